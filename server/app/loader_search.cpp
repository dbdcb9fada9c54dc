#include "app/loader_search.hpp"

#include <link.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "app/elf_file.hpp"

namespace appserve::app {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string read_file(const std::string& path, std::size_t most = std::string::npos) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  if (most != std::string::npos) {
    bytes.resize(most);
    file.read(bytes.data(), static_cast<std::streamsize>(most));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
  } else {
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  return bytes;
}

// Like the loader, which passes over files for other machines.
bool fits(const std::string& path) {
  static constexpr std::size_t kIdentity = 64;
  const ElfIdentity own = identify_elf(read_file("/proc/self/exe", kIdentity));
  const ElfIdentity other = identify_elf(read_file(path, kIdentity));
  return other.elf && (!own.elf || (other.bits == own.bits && other.machine == own.machine));
}

int note_loaded(dl_phdr_info* object, std::size_t, void* map) {
  const std::string path = object->dlpi_name == nullptr ? "" : object->dlpi_name;
  if (!path.empty()) static_cast<std::map<std::string, std::string, std::less<>>*>(map)->emplace(base_name(path), path);
  return 0;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

std::string expanded(std::string path, const std::string& origin) {
  for (const std::string_view name : {"${ORIGIN}", "$ORIGIN"}) path = replaced(std::move(path), name, origin);
  for (const std::string_view name : {"${LIB}", "$LIB"}) path = replaced(std::move(path), name, "lib");
  return path;
}

std::optional<std::string> look_along(std::string_view path, std::string_view name, const std::string& origin) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of(":;"), path.size());
    std::string folder = expanded(std::string(path.substr(0, end)), origin);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (folder.empty()) folder = ".";
    std::string candidate = folder + "/" + std::string(name);
    if (fits(candidate)) return candidate;
  }
  return std::nullopt;
}

struct CacheHeader {
  std::array<char, 20> magic;
  std::uint32_t count, strings_size;
  std::array<std::uint32_t, 5> unused;
};
struct CacheEntry {
  std::int32_t flags;
  std::uint32_t key, value, os;
  std::uint64_t hwcap;
};

std::string text_at(std::string_view bytes, std::size_t offset) {
  if (offset >= bytes.size()) return {};
  return std::string(bytes.substr(offset, bytes.find('\0', offset) - offset));
}

}  // namespace

LoaderSearch::LoaderSearch()
    : cache_(parse_loader_cache(read_file("/etc/ld.so.cache"))),
#if defined(__x86_64__)
      system_{"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
#elif defined(__aarch64__)
      system_{"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
#else
      system_{"/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
#endif
  if (const char* path = std::getenv("LD_LIBRARY_PATH")) library_path_ = path;
  ::dl_iterate_phdr(note_loaded, &loaded_);
}

LoaderSearch::LoaderSearch(std::map<std::string, std::string> loaded, std::string library_path,
                           std::vector<std::string> system)
    : loaded_(loaded.begin(), loaded.end()), library_path_(std::move(library_path)), system_(std::move(system)) {}

std::optional<std::string> LoaderSearch::find(std::string_view name, const std::vector<Needer>& needers) const {
  if (const auto known = loaded_.find(name); known != loaded_.end()) return known->second;
  if (name.find('/') != name.npos) return fits(std::string(name)) ? std::optional(std::string(name)) : std::nullopt;
  const bool has_runpath = !needers.empty() && !needers.front().runpath.empty();
  for (const Needer& needer : needers)
    if (!has_runpath && needer.runpath.empty())
      if (auto found = look_along(needer.rpath, name, needer.folder)) return found;
  if (auto found = look_along(library_path_, name, "")) return found;
  if (has_runpath)
    if (auto found = look_along(needers.front().runpath, name, needers.front().folder)) return found;
  if (const auto cached = cache_.find(name); cached != cache_.end() && fits(cached->second)) return cached->second;
  for (const std::string& folder : system_)
    if (auto found = look_along(folder, name, "")) return found;
  return std::nullopt;
}

std::map<std::string, std::string, std::less<>> parse_loader_cache(std::string_view bytes) {
  std::map<std::string, std::string, std::less<>> entries;
  CacheHeader header{};
  if (bytes.size() < sizeof(header)) return entries;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::string_view(header.magic.data(), header.magic.size()) != "glibc-ld.so.cache1.1") return entries;
  std::size_t offset = sizeof(header);
  for (std::uint32_t i = 0; i < header.count && bytes.size() - offset >= sizeof(CacheEntry); ++i) {
    CacheEntry entry{};
    std::memcpy(&entry, bytes.data() + offset, sizeof(entry));
    offset += sizeof(entry);
    std::string name = text_at(bytes, entry.key), path = text_at(bytes, entry.value);
    if (!name.empty() && !path.empty()) entries.emplace(std::move(name), std::move(path));
  }
  return entries;
}

}  // namespace appserve::app
