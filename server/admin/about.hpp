// What the admin listener tells beside the scoreboard: who serves, with which settings, and whether it may be asked.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace appserve::admin {

struct Setting {
  std::string path, value, origin;  // as print-config shows them; secrets are hidden
};

struct About {
  std::string version;
  std::string instance;
  std::vector<Setting> settings;
  /// [any thread] What keeps this worker's apps from serving; nothing: they are well.
  std::function<std::vector<std::string>()> problems;
};

}  // namespace appserve::admin
