// Three tables of an ELF file: the two kinds of symbol hash, and versions. Bytes in, values out; all of it may be lies.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "app/elf_file.hpp"

namespace appserve::app {

/// How many symbols a DT_HASH or DT_GNU_HASH table stands for. `table` may go on behind its end. Nothing: it is cut
/// off.
std::optional<std::uint64_t> symbols_in_hash(std::string_view table);
std::optional<std::uint64_t> symbols_in_gnu_hash(std::string_view table);

/// The entries of DT_VERNEED and DT_VERDEF, as far as they are there. Weak needs are left out.
std::vector<ElfFile::Version> versions_needed(std::string_view table, std::uint64_t count, std::string_view strings);
std::vector<std::string_view> versions_offered(std::string_view table, std::uint64_t count, std::string_view strings);

}  // namespace appserve::app
