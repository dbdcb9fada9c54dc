// A library's bytes in a folder of our own, so that nobody can change what is loaded. The folder ends with us; what a
// killed server left behind is swept by the next one.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "app/library_file.hpp"
#include "base/error.hpp"
#include "base/owned_folder.hpp"

namespace appserve::app {

/// E4008.
Error unusable_for_copies(const std::string& folder, const std::string& why);

class PrivateCopy {
 public:
  /// Writes file.bytes under `runtime_dir` (made when missing), with links to the libraries beside the original and to
  /// what `search`, its rpath or runpath, names relative to $ORIGIN. E4008 when the folder does not allow it.
  static Result<PrivateCopy, Error> make(const LibraryFile& file, std::string_view search,
                                         const std::string& runtime_dir);

  /// The same inside `folder`, and the copy stays when this object ends: the folder is somebody else's.
  static Result<PrivateCopy, Error> keep(const LibraryFile& file, std::string_view search, const std::string& folder);
  /// A copy that was kept.
  static PrivateCopy kept(std::string path) { return {{}, std::move(path)}; }

  const std::string& path() const { return path_; }

 private:
  PrivateCopy(OwnedFolder folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}

  OwnedFolder folder_;
  std::string path_;
};

}  // namespace appserve::app
