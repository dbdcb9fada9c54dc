// Which of the library's symbols is the app? Decided from the file's symbol table.
#pragma once
#include <string>
#include <vector>

#include "app/app_spec.hpp"
#include "app/elf_file.hpp"
#include "base/error.hpp"

namespace appserve::app {

struct Entry {
  std::string symbol;
  bool call = false;  // a factory function; else an as_app object
};

/// What the file exports that can be an app: objects that hold an as_app, and functions with C names.
std::vector<Entry> entries_of(const ElfFile& elf);

/// The entry that `spec` means. E1020 - E1025; `name` is the library's, for messages.
Result<Entry, Error> choose_entry(const AppSpec& spec, const ElfFile& elf, const std::string& name);

}  // namespace appserve::app
