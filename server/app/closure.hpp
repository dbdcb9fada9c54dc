// A library and everything it needs, as the loader would find it: read, not loaded.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/elf_file.hpp"
#include "app/library_file.hpp"
#include "app/loader_search.hpp"
#include "app/mapped_file.hpp"
#include "base/error.hpp"

namespace appserve::app {

class Closure {
 public:
  struct Member {
    std::string name;  // as it is needed: "libz.so.1"
    std::string path;
    std::vector<std::string> chain;  // who brought it in: "libgame.so", "libhiredis.so.1"
    std::vector<Needer> needers;     // the same as places to search from, itself first
    MappedFile file;
    ElfFile elf;
  };
  struct Missing {
    std::string name;
    std::vector<std::string> chain;
  };

  Closure(const LibraryFile& file, const ElfFile& elf, const LoaderSearch& search);

  const std::vector<std::unique_ptr<Member>>& members() const { return members_; }  // without the library itself
  const std::vector<Missing>& missing() const { return missing_; }

  /// E1014 for what is not there, E1015 for what is too old. Empty when the loader will be content.
  std::vector<Error> problems() const;

  /// Bytes of the variables that each thread has, of all in here; at most 1 GiB.
  std::uint64_t thread_local_size() const;

  /// Symbols that something in here uses and nothing in here or in the process defines, as in the files.
  std::vector<std::string> undefined() const;

 private:
  void add_needs_of(const ElfFile& elf, const std::vector<std::string>& chain, const std::vector<Needer>& needers,
                    const LoaderSearch& search);
  const Member* find(std::string_view name) const;
  void add_too_new(const std::string& name, const ElfFile& elf, std::vector<Error>& found) const;

  std::string name_;
  const ElfFile* root_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Missing> missing_;
};

}  // namespace appserve::app
