#include "trace/modules.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/unique_fd.hpp"

namespace appserve::trace {
namespace {

using Symbol = ElfW(Sym);
using Section = ElfW(Shdr);

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The section headers, or as many as there is room for: a linker writes some forty.
class Sections {
 public:
  Sections(int fd, const ElfW(Ehdr) & head) noexcept {
    if (head.e_shentsize != sizeof(Section)) return;
    const std::size_t wanted = std::min<std::size_t>(head.e_shnum, all_.size()) * sizeof(Section);
    const ssize_t got = ::pread(fd, all_.data(), wanted, static_cast<off_t>(head.e_shoff));
    count_ = got < 0 ? 0 : static_cast<std::size_t>(got) / sizeof(Section);
  }
  const Section* at(std::size_t index) const noexcept { return index < count_ ? &all_[index] : nullptr; }
  /// The better of the two symbol tables: .symtab when the file is not stripped.
  const Section* symbols() const noexcept {
    const Section* best = nullptr;
    for (const Section& each : std::span(all_).first(count_))
      if (each.sh_type == SHT_SYMTAB || (each.sh_type == SHT_DYNSYM && best == nullptr)) best = &each;
    return best;
  }

 private:
  std::array<Section, 128> all_;  // NOLINT: read at once
  std::size_t count_ = 0;
};

}  // namespace

struct Modules::Mapped {
  const char* path = "";
  std::uintptr_t base = 0;
  std::array<Range, kSegments> code{};

  bool holds(std::uintptr_t address) const noexcept {
    return std::ranges::any_of(code, [&](const Range& r) { return r.begin <= address && address < r.end; });
  }
};

Modules::Mapped Modules::describe(const dl_phdr_info& info) noexcept {
  Mapped mapped{.path = info.dlpi_name, .base = info.dlpi_addr};
  std::size_t segments = 0;
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const auto& segment = info.dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0 || segments == kSegments) continue;
    const std::uintptr_t begin = info.dlpi_addr + segment.p_vaddr;
    mapped.code[segments++] = {begin, begin + segment.p_memsz};
  }
  return mapped;
}

void Modules::call(std::string_view path, std::string_view name) {
  if (alias_count_ == aliases_.size()) return;
  Alias& alias = aliases_.at(alias_count_++);
  path.copy(alias.path.data(), alias.path.size() - 1);
  name.copy(alias.name.data(), alias.name.size() - 1);
}

void Modules::learn() {
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* self) {
        static_cast<Modules*>(self)->add(describe(*info));
        return 0;
      },
      this);
}

// The loader's lock is no hindrance: only its own thread gets here while it is held (a constructor that crashes), and
// that thread may take it again.
void Modules::learn_at(std::uintptr_t address) noexcept {
  struct Search {
    Modules* self;
    std::uintptr_t address;
  } search{this, address};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* wanted) {
        const auto& [self, at] = *static_cast<Search*>(wanted);
        const Mapped mapped = describe(*info);
        if (mapped.holds(at)) self->add(mapped);
        return mapped.holds(at) ? 1 : 0;
      },
      &search);
}

bool Modules::known(const Mapped& mapped) const noexcept {
  return std::any_of(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(count_.load()),
                     [&](const Module& m) { return m.base == mapped.base && m.code[0].begin == mapped.code[0].begin; });
}

void Modules::add(const Mapped& mapped) noexcept {
  const std::size_t count = count_.load();
  if (count == kMost || mapped.code[0].end == 0 || known(mapped)) return;
  const std::string_view path = mapped.path;
  std::string_view name = path.empty() ? "appserve" : file_name(path);
  Module& module = all_[count];
  for (std::size_t i = 0; i < alias_count_; ++i)
    if (path == aliases_[i].path.data()) {
      name = aliases_[i].name.data();
      module.plugin = true;
    }
  name.copy(module.name.data(), module.name.size() - 1);
  module.base = mapped.base;
  module.code = mapped.code;
  read_symbols(path.empty() ? "/proc/self/exe" : mapped.path, module);
  count_.store(count + 1);
}

// Maps the two tables where they are: nothing is read before it is needed. A file that lies has no names.
void Modules::read_symbols(const char* path, Module& module) noexcept {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  ElfW(Ehdr) head{};
  if (::pread(fd.get(), &head, sizeof head, 0) != sizeof head || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
    return;
  const Sections sections(fd.get(), head);
  const Section* const symbols = sections.symbols();
  if (symbols == nullptr || symbols->sh_entsize != sizeof(Symbol)) return;
  const Section* const strings = sections.at(symbols->sh_link);
  if (strings == nullptr) return;

  const auto map = [&](const Section& part) -> Bytes {
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (part.sh_size == 0 || part.sh_offset > size || size - part.sh_offset < part.sh_size) return {};
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t skip = part.sh_offset % page;
    void* memory = ::mmap(nullptr, part.sh_size + skip, PROT_READ, MAP_PRIVATE, fd.get(),
                          static_cast<off_t>(part.sh_offset - skip));
    return memory == MAP_FAILED ? Bytes{} : Bytes{static_cast<const char*>(memory) + skip, part.sh_size};
  };
  module.symbols = map(*symbols);
  module.strings = map(*strings);
}

Place Modules::find(std::uintptr_t address) const noexcept {
  for (std::size_t i = count_.load(); i-- > 0;) {
    const Module& module = all_[i];
    for (const Range& range : module.code) {
      if (address < range.begin || address >= range.end) continue;
      Place place{.module = module.name.data(), .offset = address - module.base, .plugin = module.plugin};
      find_symbol(module, place);
      return place;
    }
  }
  return {.offset = address};
}

void Modules::find_symbol(const Module& module, Place& place) noexcept {
  const std::uintptr_t offset = place.offset;
  std::uintptr_t best = 0;
  for (std::size_t at = 0; at + sizeof(Symbol) <= module.symbols.size; at += sizeof(Symbol)) {
    Symbol symbol;  // NOLINT: read at once
    std::memcpy(&symbol, module.symbols.data + at, sizeof symbol);
    const bool function = (symbol.st_info & 15) == STT_FUNC && symbol.st_shndx != SHN_UNDEF;
    const bool inside =
        symbol.st_value <= offset && offset < symbol.st_value + std::max<std::uint64_t>(symbol.st_size, 1);
    if (!function || !inside || symbol.st_value < best || symbol.st_name >= module.strings.size) continue;
    best = symbol.st_value;
    const char* name = module.strings.data + symbol.st_name;
    place.symbol = {name, ::strnlen(name, module.strings.size - symbol.st_name)};
    place.offset = offset - symbol.st_value;
  }
}

Modules& modules() noexcept {
  static constinit Modules all;
  return all;
}

}  // namespace appserve::trace
