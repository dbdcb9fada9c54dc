// A folder of our own below a folder that others may use too. It ends with its owner; what a killed owner left behind
// is swept by the next one.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace appserve {

class OwnedFolder {
 public:
  /// Makes `parent` when it is missing. Failure: why not, as the end of a sentence; also when somebody else could
  /// change what is in there, or nothing in there may be executed.
  static Result<OwnedFolder, std::string> make(const std::string& parent);
  /// Takes over a folder whose lock this process inherited.
  static OwnedFolder adopt(std::string path, UniqueFd lock) { return {std::move(path), std::move(lock)}; }

  OwnedFolder() = default;
  OwnedFolder(OwnedFolder&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  OwnedFolder& operator=(OwnedFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
  }
  ~OwnedFolder();

  const std::string& path() const { return path_; }
  /// Open as long as the owner lives: says so to other sweepers.
  int lock() const { return lock_.get(); }

 private:
  OwnedFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd lock_;
};

}  // namespace appserve
