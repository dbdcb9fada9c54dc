// The dynamic loader's complaints in words that help.
#pragma once
#include "app/elf_file.hpp"
#include "app/library_file.hpp"
#include "app/shared_library.hpp"
#include "base/error.hpp"

namespace appserve::app {

/// E1014, E1015, E1016, E1017 or E2001.
Error translate(const SharedLibrary::Failed& failed, const LibraryFile& file, const ElfFile& elf);

}  // namespace appserve::app
