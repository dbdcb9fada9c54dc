#include "app/elf_tables.hpp"

#include <elf.h>

#include <algorithm>

#include "app/elf_bytes.hpp"

namespace appserve::app {
namespace {

constexpr std::uint64_t kMostVersions = 10'000;  // libc has about 40

}  // namespace

std::optional<std::uint64_t> symbols_in_hash(std::string_view table) {
  const auto chains = at<std::uint32_t>(table, 4);  // one for each symbol
  return chains ? std::optional<std::uint64_t>(*chains) : std::nullopt;
}

// The last symbol is at the end of the chain that starts last; the symbols before `first` are not in the table.
std::optional<std::uint64_t> symbols_in_gnu_hash(std::string_view table) {
  struct Head {
    std::uint32_t buckets, first, bloom_words, shift;
  };
  const auto head = at<Head>(table, 0);
  if (!head) return std::nullopt;
  const std::uint64_t buckets_at = sizeof(Head) + std::uint64_t{head->bloom_words} * 8;
  const std::uint64_t chains_at = buckets_at + std::uint64_t{head->buckets} * 4;
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < head->buckets; ++i) {
    const auto bucket = at<std::uint32_t>(table, buckets_at + i * 4);
    if (!bucket) return std::nullopt;
    last = std::max<std::uint64_t>(last, *bucket);
  }
  if (last < head->first) return head->first;  // nothing is exported
  for (;; ++last) {
    const auto link = at<std::uint32_t>(table, chains_at + (last - head->first) * 4);
    if (!link) return std::nullopt;
    if ((*link & 1) != 0) return last + 1;
  }
}

std::vector<ElfFile::Version> versions_needed(std::string_view table, std::uint64_t count, std::string_view strings) {
  std::vector<ElfFile::Version> versions;
  std::uint64_t offset = 0, steps = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto need = at<Elf64_Verneed>(table, offset);
    if (!need) break;
    std::uint64_t aux_at = offset + need->vn_aux;
    for (unsigned j = 0; j < need->vn_cnt; ++j) {
      const auto aux = at<Elf64_Vernaux>(table, aux_at);
      if (!aux || ++steps > kMostVersions) return versions;
      const bool weak = (aux->vna_flags & VER_FLG_WEAK) != 0;
      if (!weak) versions.push_back({text_at(strings, need->vn_file), text_at(strings, aux->vna_name)});
      if (aux->vna_next == 0) break;
      aux_at += aux->vna_next;
    }
    if (need->vn_next == 0 || ++steps > kMostVersions) break;
    offset += need->vn_next;
  }
  return versions;
}

std::vector<std::string_view> versions_offered(std::string_view table, std::uint64_t count, std::string_view strings) {
  std::vector<std::string_view> versions;
  std::uint64_t offset = 0;
  for (std::uint64_t i = 0; i < std::min(count, kMostVersions); ++i) {
    const auto definition = at<Elf64_Verdef>(table, offset);
    if (!definition) break;
    if (const auto aux = at<Elf64_Verdaux>(table, offset + definition->vd_aux))
      versions.push_back(text_at(strings, aux->vda_name));
    if (definition->vd_next == 0) break;
    offset += definition->vd_next;
  }
  return versions;
}

}  // namespace appserve::app
