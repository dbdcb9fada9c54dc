// A command line, an environment and files in a folder of their own, and what becomes of them.
#pragma once
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/command_line.hpp"

namespace appserve::config {

/// An empty folder that is the current one while this lives, so that messages name files without a path.
class TemporaryFolder {
 public:
  TemporaryFolder() : before_(std::filesystem::current_path()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "appserve_config_XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    std::filesystem::current_path(folder_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path(name);
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

 private:
  std::filesystem::path before_, folder_;
};

using Words = std::vector<const char*>;

inline std::string render_all(const Errors& findings) {
  std::string out;
  for (const Error& finding : findings) out += render(finding, false);
  return out;
}

/// What the person reads when the start is refused; fails the test when it is not.
inline std::string refusal(const Words& arguments, const Words& environment = {}) {
  const Result<Command, Errors> command = parse_command_line(arguments, environment);
  REQUIRE_MESSAGE(!command, "accepted, but should not be");
  return render_all(command.error());
}

/// What is understood; fails the test when the start is refused.
inline Command accepted(const Words& arguments, const Words& environment = {}) {
  Result<Command, Errors> command = parse_command_line(arguments, environment);
  REQUIRE_MESSAGE(command, render_all(command ? Errors() : command.error()));
  return std::move(*command);
}

/// The same with `text` as config.toml, which is asked for unless `arguments` do.
inline std::string refusal_of_file(const std::string& text, const Words& environment = {}, Words arguments = {}) {
  const TemporaryFolder folder;
  folder.write("config.toml", text);
  arguments.insert(arguments.end(), {"--config", "config.toml"});
  return refusal(arguments, environment);
}

inline Command accepted_file(const std::string& text, const Words& environment = {}, Words arguments = {}) {
  const TemporaryFolder folder;
  folder.write("config.toml", text);
  arguments.insert(arguments.end(), {"--config", "config.toml"});
  return accepted(arguments, environment);
}

inline constexpr const char* kHello = "[[app]]\nload = \"libhello.so:app\"\n";

}  // namespace appserve::config
