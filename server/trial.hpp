// One app loaded on trial, by a worker of its own that ends again: a crash, an exit() or a hang in the app's code is a
// finding and harms nobody. Nothing is served.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "app/plugin_app.hpp"
#include "base/error.hpp"
#include "base/progress.hpp"
#include "config/settings.hpp"
#include "supervisor/launcher.hpp"
#include "supervisor/post.hpp"

namespace appserve {

struct Trial {
  std::optional<app::PluginApp::Facts> app;  // none: it does not load
  Errors findings;                           // errors first; warnings when it loads
  int exit = 0;                              // of a start with this app
  std::chrono::milliseconds took{0};         // to load and create it
};

/// What a trial is of. `folder` is the caller's, for the copy of the library.
struct TrialOrder {
  unsigned app = 0;  // of the settings' apps
  std::string folder;
  std::optional<std::string> config;  // the configuration file's bytes
  std::chrono::milliseconds limit{30'000};
};

/// Starts a worker that does stand_trial(), and waits for its end: E2002 - E2004 when it comes too soon or not at all.
Trial hold_trial(supervisor::Launcher& launcher, const TrialOrder& order, Progress& progress);

/// The worker's part: loads the app its slot is the number of, and reports. The exit code.
int stand_trial(const supervisor::Post& post, const config::Settings& settings);

}  // namespace appserve
