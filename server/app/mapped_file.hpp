// A file's bytes without a copy of them, for files the loader would map as they are too: system libraries.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace appserve::app {

class MappedFile {
 public:
  MappedFile() = default;
  /// Never waits (FIFOs, devices). Empty when it is no file, or cannot be read.
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace appserve::app
