// A configuration file of any bytes. Oracles: settings, or errors that can be read and name their place; settings that
// are shown and read again are the same settings.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/option.hpp"
#include "fuzz/fuzz_input.hpp"

namespace {

using namespace appserve;
using fuzz::check;

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// A file without a folder: the reader gets it by its descriptor's name.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("config", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {}

  const std::string& write(std::string_view text) {
    check(::ftruncate(fd_, 0) == 0 && ::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
          "the file cannot be written");
    return path_;
  }

 private:
  int fd_;
  std::string path_;
};

Result<config::Command, Errors> read(const std::string& path) {
  const std::string argument = "--config=" + path;
  const std::array arguments{argument.c_str()};
  const std::array environment{"HOME=/home/ada", "EMPTY="};
  return config::parse_command_line(arguments, environment);
}

void check_findings(const Errors& findings, const std::string& path, std::string_view text) {
  check(!findings.empty(), "refused without a word");
  const auto lines = std::ranges::count(text, '\n') + 1;
  for (const Error& error : findings) {
    check(std::ranges::all_of(render(error, false), is_printable), "a message cannot be printed");
    if (error.where && error.where->file == path)
      check(error.where->line >= 0 && error.where->line <= lines, "a message names a line that is not there");
  }
}

std::string as_file(const config::Settings& settings) {
  std::string text;
  for (const config::Option& option : config::option_table())
    text += std::string(option.path) + " = " + option.show(settings) + "\n";
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile file;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string& path = file.write(text);
  const auto command = read(path);
  if (!command) {
    check_findings(command.error(), path, text);
    return 0;
  }
  const std::string shown = as_file(command->settings);
  const auto again = read(file.write(shown + "[[app]]\nload = \"libx.so\"\n"));
  check(again.has_value(), "settings that are shown are not read");
  check(as_file(again->settings) == shown, "settings change when they are shown and read");
  return 0;
}
