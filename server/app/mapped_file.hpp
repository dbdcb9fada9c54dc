// A file's bytes in memory. As they are, for files that nobody writes to while they are read: system libraries, copies
// of our own. Or as they were, whatever becomes of the file.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace appserve::app {

class MappedFile {
 public:
  MappedFile() = default;
  /// Never waits (FIFOs, devices). Empty when it is no file, or cannot be read.
  explicit MappedFile(const std::string& path);
  /// The first `size` bytes that `fd` has now, or as many as there are.
  static MappedFile snapshot(int fd, std::size_t size);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  void map(int fd, std::size_t size);

  std::string_view bytes_;
};

}  // namespace appserve::app
