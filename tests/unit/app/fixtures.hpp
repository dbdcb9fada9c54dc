// The libraries built in fixtures/, and folders and files that live as long as a test.
#pragma once
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace appserve::app::test {

/// "hello" → the path of libhello.so.
inline std::string fixture(std::string_view name) { return std::string(FIXTURES "/lib") + std::string(name) + ".so"; }

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE_MESSAGE(file.good(), path);
}

/// Every `what` in a library's bytes becomes `with`, of the same length.
inline std::string replaced(std::string bytes, std::string_view what, std::string_view with) {
  REQUIRE(what.size() == with.size());
  std::size_t times = 0;
  for (std::size_t at = bytes.find(what); at != bytes.npos; at = bytes.find(what, at + 1), ++times)
    bytes.replace(at, what.size(), with);
  REQUIRE(times > 0);
  return bytes;
}

class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  bool empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "appserve-test-XXXXXX").string();
};

/// "E1006", the way people write it.
inline std::string code(const Error& error) { return error.fault->severity + std::to_string(error.fault->number); }

/// The message without its code, lines separated by '|': what|note|note|help: first|second.
inline std::string text(const Error& error) {
  std::string out = error.what;
  for (const std::string& note : error.notes) out += "|" + note;
  for (const std::string& help : error.help) out += "|help: " + help;
  return out;
}

}  // namespace appserve::app::test
