// The bytes of a library's file, read whole: what is checked is what is loaded later, whatever happens to the file.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "app/mapped_file.hpp"
#include "base/error.hpp"

namespace appserve::app {

struct LibraryFile {
  std::string path;        // absolute
  std::string_view bytes;  // mostly in `memory`
  MappedFile memory;
  std::string copy;  // where a kept copy of it lies; empty: none
  // Which file it was, and whose.
  dev_t device = 0;
  ino_t inode = 0;
  timespec changed{};
  uid_t owner = 0;
  mode_t mode = 0;

  std::string name() const { return path.substr(path.rfind('/') + 1); }
};

/// Opens without ever waiting (FIFOs, devices) and reads. E1001 dangling link, E1003, E1004. A file that does not begin
/// like an ELF file is not read further than needed to say what it is.
Result<LibraryFile, Error> read_library(const std::string& path);

}  // namespace appserve::app
