// The apps to serve: from the file or from the command line, never from both.
#pragma once
#include "config/arguments.hpp"
#include "config/draft.hpp"
#include "config/environment.hpp"
#include "config/toml_file.hpp"

namespace appserve::config {

/// Fills draft.settings.apps. `file` may be null; `needed_by`: the command for which it is E3012 that there is none;
/// empty: for none.
void collect_apps(const TomlFile* file, const Arguments& arguments, const Environment& environment,
                  const std::string& needed_by, const std::vector<Option>& table, Draft& draft);

/// In development an app may be named by its only source, "hello.cpp:app": its library is build/libhello.so.
void take_sources(std::vector<AppSettings>& apps);

}  // namespace appserve::config
