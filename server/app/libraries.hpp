// The libraries of this process: one copy for each file, shared by all mounts of it.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "app/closure.hpp"
#include "app/elf_file.hpp"
#include "app/library_file.hpp"
#include "app/plugin_app.hpp"
#include "app/private_copy.hpp"
#include "app/shared_library.hpp"

namespace appserve::app {

/// [ctl] Outlives the apps made from it. Its end removes the copies that are not kept; the libraries stay mapped.
class Libraries {
 public:
  struct Library {
    dev_t device;
    ino_t inode;
    timespec changed;
    std::size_t size;
    PrivateCopy copy;
    SharedLibrary code;
  };

  /// Maps the file's copy, or finds that it is here already. E1016, E1017, E2001, E4008.
  Result<const Library*, Error> open(const LibraryFile& file, const ElfFile& elf, const Closure& closure,
                                     const Surroundings& surroundings);

 private:
  std::vector<std::unique_ptr<Library>> all_;
};

}  // namespace appserve::app
