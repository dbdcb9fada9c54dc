// A library's file and all that can be found out about it without running anything of it.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "app/app_spec.hpp"
#include "app/closure.hpp"
#include "app/elf_check.hpp"
#include "app/entry.hpp"
#include "app/library_file.hpp"

namespace appserve::app {

class Examination {
 public:
  Examination(std::unique_ptr<const LibraryFile> file, CheckedLibrary checked, const AppSpec& spec);
  Examination(const Examination&) = delete;  // the parts point at each other
  Examination& operator=(const Examination&) = delete;

  const LibraryFile& file() const { return *file_; }
  const ElfFile& elf() const { return checked_.elf; }
  const AppNote& note() const { return checked_.note; }
  const Closure& closure() const { return closure_; }
  /// The one that was asked for, when there is no error.
  const Entry& entry() const { return *entry_; }
  /// Everything that keeps it from being served.
  Errors errors() const;

 private:
  std::unique_ptr<const LibraryFile> file_;
  CheckedLibrary checked_;
  Closure closure_;
  Result<Entry, Error> entry_;
};

/// Finds the file and reads it, with what it needs. Failure: it is not there or no app at all (E1001 - E1013).
Result<std::unique_ptr<const Examination>, Error> examine(const AppSpec& spec,
                                                          const std::vector<std::string>& search_path);
/// The same for a file that was read already.
Result<std::unique_ptr<const Examination>, Error> examine_file(const AppSpec& spec, LibraryFile file);

/// What `appserve inspect LIB` tells.
struct Inspection {
  struct Needed {
    std::string name;
    std::string path;       // empty: missing
    std::string needed_by;  // "libgame.so -> libhiredis.so.1"
  };
  std::string library;         // full path
  std::size_t size = 0;        // bytes
  std::string abi, abi_min;    // "1.0"
  std::string language;        // "C", "C++", "Rust", or "" when the note does not say
  std::string compiler;        // "GCC: (Debian 12.2.0-14) 12.2.0"; empty when stripped
  std::vector<Entry> entries;  // what LIB:SYMBOL and --call LIB:SYMBOL may name
  std::size_t other_exports = 0, unique_symbols = 0;
  std::vector<Needed> needed;                // all of it, nearest first
  std::vector<std::string> system_versions;  // the newest it asks of each: "GLIBC_2.34", "GLIBCXX_3.4.30"
  Errors errors;                             // why it cannot be served; empty: it can
  std::vector<Error> warnings;
};

/// A spec without a symbol asks about the library alone.
Result<Inspection, Error> inspect(const AppSpec& spec, const std::vector<std::string>& search_path);

}  // namespace appserve::app
