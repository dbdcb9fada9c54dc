// Is this file an app for this server? Decided from its bytes: nothing of it has run.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/elf_file.hpp"
#include "app/library_file.hpp"
#include "base/error.hpp"

namespace appserve::app {

/// What the library's .note.appserve says.
struct AppNote {
  std::uint32_t abi = 0, abi_min = 0;  // major << 16 | minor
  std::uint32_t language = 0;
};

struct CheckedLibrary {
  ElfFile elf;  // its views point into the LibraryFile
  AppNote note;
};

/// E1005 - E1011 and E1013. `file` outlives the result.
Result<CheckedLibrary, Error> check_library(const LibraryFile& file);

/// W1018 and W1027: it will be served, but somebody should know.
std::vector<Error> warnings_about(const LibraryFile& file, const ElfFile& elf);

/// "1.0"
std::string abi_text(std::uint32_t abi);

}  // namespace appserve::app
