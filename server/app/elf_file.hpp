// What an ELF file says about itself, read from bytes: nothing is mapped, run or trusted; every offset is checked.
// Knows ELF, not appserve.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace appserve::app {

/// The first bytes, which mean the same on every machine.
struct ElfIdentity {
  bool elf = false;
  unsigned bits = 0;  // 32, 64; 0: unknown
  bool little_endian = false;
  unsigned type = 0;     // ET_*
  unsigned machine = 0;  // EM_*
};
ElfIdentity identify_elf(std::string_view bytes);

/// All views point into the bytes that were read.
struct ElfFile {
  enum class Kind : std::uint8_t { object, function, other };
  struct Symbol {
    std::string_view name;
    Kind kind = Kind::other;
    bool unique = false;  // STB_GNU_UNIQUE
    bool weak = false;
    bool thread_local_ = false;
    std::uint64_t address = 0, size = 0;
  };
  struct Version {
    std::string_view library, name;  // "libstdc++.so.6", "GLIBCXX_3.4.32"
  };
  struct Note {
    std::string_view name, content;
    std::uint32_t type = 0;
  };

  std::uint64_t end = 0;    // the file's size must be at least this …
  std::string_view end_of;  // … because there ends "a segment" or "the section table"
  bool position_independent_executable = false;
  bool executable_stack = false;
  bool text_relocations = false;
  std::uint64_t thread_local_size = 0;  // of its variables that each thread has
  std::string_view soname, rpath, runpath;
  std::vector<std::string_view> needed;
  std::vector<Version> needed_versions;
  std::vector<std::string_view> offered_versions;
  std::vector<Symbol> exports;  // defined, visible from outside
  std::vector<Symbol> imports;  // undefined
  std::vector<Symbol> hidden;   // from .symtab, when not stripped: functions and objects nobody else can see
  std::vector<Note> notes;
  std::string_view compiler;  // .comment's first line: "GCC: (Debian 12.2.0-14) 12.2.0"

  /// `count` bytes of the image at a virtual address, as they are in the file; empty when not (all) there.
  std::string_view content_at(std::uint64_t address, std::uint64_t count) const;

  struct Segment {
    std::uint64_t address, offset, size;
  };
  std::string_view bytes;
  std::vector<Segment> segments;
};

enum class Symbols : std::uint8_t { all, none };  // none: exports, imports and hidden stay empty
/// Reads a file of this machine's word size and byte order. Failure: what is damaged, "its symbol table lies outside
/// the file". A file that is only too short is read as far as it goes: compare `end` with its size.
Result<ElfFile, std::string> read_elf(std::string_view bytes, Symbols symbols = Symbols::all);

}  // namespace appserve::app
