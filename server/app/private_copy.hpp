// A library's bytes in a folder of our own, so that nobody can change what is loaded. The folder ends with us; what a
// killed server left behind is swept by the next one.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "app/library_file.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace appserve::app {

class PrivateCopy {
 public:
  /// Writes file.bytes under `runtime_dir` (made when missing), with links to the libraries beside the original and to
  /// what `search`, its rpath or runpath, names relative to $ORIGIN. E4008 when the folder does not allow it.
  static Result<PrivateCopy, Error> make(const LibraryFile& file, std::string_view search,
                                         const std::string& runtime_dir);

  PrivateCopy(PrivateCopy&& other) noexcept
      : folder_(std::exchange(other.folder_, {})), path_(std::move(other.path_)), lock_(std::move(other.lock_)) {}
  PrivateCopy& operator=(PrivateCopy&&) = delete;
  ~PrivateCopy();

  const std::string& path() const { return path_; }

 private:
  PrivateCopy(std::string folder, UniqueFd lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::string folder_, path_;
  UniqueFd lock_;  // a lock on the folder says that its server lives
};

}  // namespace appserve::app
