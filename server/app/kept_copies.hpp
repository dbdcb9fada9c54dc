// The copies of a generation, in its folder: its first worker makes them, later ones find them, whatever became of the
// originals meanwhile.
#pragma once
#include <optional>
#include <string>

#include "app/library_file.hpp"

namespace appserve::app {

class KeptCopies {
 public:
  /// `folder` is there, and outlives this.
  explicit KeptCopies(std::string folder) : folder_(std::move(folder)) {}

  const std::string& folder() const { return folder_; }

  /// The file that was found for this name as typed, with its bytes from the copy.
  std::optional<LibraryFile> find(const std::string& typed) const;
  /// For those who come later.
  void remember(const std::string& typed, const LibraryFile& file, const std::string& copy) const;

 private:
  std::string index() const { return folder_ + "/index"; }

  std::string folder_;
};

}  // namespace appserve::app
