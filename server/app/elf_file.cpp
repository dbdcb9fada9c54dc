#include "app/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "app/elf_bytes.hpp"
#include "app/elf_tables.hpp"

namespace appserve::app {
namespace {

static_assert(sizeof(void*) == 8, "appserve runs on 64-bit machines");
static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);

// a * b + c, or nothing when that does not fit.
std::optional<std::uint64_t> end_of_table(std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
  std::uint64_t bytes = 0, end = 0;
  if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(offset, bytes, &end)) return std::nullopt;
  return end;
}

struct Dynamic {
  std::uint64_t strings = 0, strings_size = 0, symbols = 0, hash = 0, gnu_hash = 0, verneed = 0, verneed_count = 0,
                verdef = 0, verdef_count = 0, flags = 0, flags_1 = 0;
  bool textrel = false;
  std::vector<std::uint64_t> needed;
  std::optional<std::uint64_t> soname, rpath, runpath;
};

class Reader {
 public:
  Reader(std::string_view bytes, Symbols symbols) : symbols_(symbols) { file_.bytes = bytes; }

  Result<ElfFile, std::string> read() {
    const auto header = at<Elf64_Ehdr>(file_.bytes, 0);
    if (!header) return damaged("its header is cut off");
    if (!read_segments(*header)) return damaged("its program headers make no sense");
    if (file_.end > file_.bytes.size()) return std::move(file_);  // truncated: the caller says so
    read_sections(*header);
    if (const char* problem = read_dynamic()) return damaged(problem);
    return std::move(file_);
  }

 private:
  static Failure<std::string> damaged(std::string why) { return Failure<std::string>(std::move(why)); }

  void must_reach(std::uint64_t end, std::string_view what) {
    if (end > file_.end) {
      file_.end = end;
      file_.end_of = what;
    }
  }

  bool read_segments(const Elf64_Ehdr& header) {
    const auto table_end = end_of_table(header.e_phoff, header.e_phnum, sizeof(Elf64_Phdr));
    if (header.e_phentsize != sizeof(Elf64_Phdr) && header.e_phnum != 0) return false;
    if (!table_end) return false;
    must_reach(*table_end, "the program header table");
    if (header.e_shoff != 0 && header.e_shentsize == sizeof(Elf64_Shdr)) {
      const auto sections_end = end_of_table(header.e_shoff, header.e_shnum, sizeof(Elf64_Shdr));
      if (!sections_end) return false;
      must_reach(*sections_end, "the section table");
    }
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
      const auto segment = at<Elf64_Phdr>(file_.bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
      if (!segment) return true;  // truncated
      if (!keep(*segment)) return false;
    }
    return true;
  }

  bool keep(const Elf64_Phdr& segment) {
    std::uint64_t end = 0;
    if (__builtin_add_overflow(segment.p_offset, segment.p_filesz, &end)) return false;
    switch (segment.p_type) {
      case PT_LOAD:
        must_reach(end, "a segment");
        file_.segments.push_back({segment.p_vaddr, segment.p_offset, segment.p_filesz});
        return segment.p_filesz <= segment.p_memsz;
      case PT_DYNAMIC:
        dynamic_ = slice(file_.bytes, segment.p_offset, segment.p_filesz);
        return true;
      case PT_NOTE:
        read_notes(slice(file_.bytes, segment.p_offset, segment.p_filesz), segment.p_align == 8 ? 8 : 4);
        return true;
      case PT_TLS:
        file_.thread_local_size = segment.p_memsz;
        return true;
      case PT_GNU_STACK:
        file_.executable_stack = (segment.p_flags & PF_X) != 0;
        return true;
      default:
        return true;
    }
  }

  void read_notes(std::string_view notes, std::uint64_t align) {
    const auto padded = [align](std::uint64_t n) { return (n + align - 1) / align * align; };
    while (const auto head = at<Elf64_Nhdr>(notes, 0)) {
      const std::uint64_t name_at = sizeof(Elf64_Nhdr);
      const std::uint64_t content_at = padded(name_at + head->n_namesz);
      const std::string_view name = slice(notes, name_at, head->n_namesz);
      const std::string_view content = slice(notes, content_at, head->n_descsz);
      if (name.size() != head->n_namesz || content.size() != head->n_descsz) return;
      file_.notes.push_back({name.substr(0, name.find('\0')), content, head->n_type});
      notes.remove_prefix(std::min<std::uint64_t>(padded(content_at + head->n_descsz), notes.size()));
    }
  }

  // Sections are optional and only looked at for what helps people: hidden symbols and the compiler.
  void read_sections(const Elf64_Ehdr& header) {
    if (header.e_shentsize != sizeof(Elf64_Shdr)) return;
    const auto section = [&](std::uint64_t i) {
      return i < header.e_shnum ? at<Elf64_Shdr>(file_.bytes, header.e_shoff + i * sizeof(Elf64_Shdr)) : std::nullopt;
    };
    const auto content = [&](const std::optional<Elf64_Shdr>& s) {
      return s && s->sh_type != SHT_NOBITS ? slice(file_.bytes, s->sh_offset, s->sh_size) : std::string_view();
    };
    const std::string_view names = content(section(header.e_shstrndx));
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
      const auto s = section(i);
      if (!s) return;
      if (s->sh_type == SHT_SYMTAB && symbols_ == Symbols::all) read_hidden(content(s), content(section(s->sh_link)));
      if (text_at(names, s->sh_name) == ".comment") file_.compiler = text_at(content(s), 0);
    }
  }

  static ElfFile::Symbol convert(const Elf64_Sym& symbol, std::string_view name) {
    const unsigned type = ELF64_ST_TYPE(symbol.st_info), bind = ELF64_ST_BIND(symbol.st_info);
    ElfFile::Symbol out;
    out.name = name;
    if (type == STT_OBJECT || type == STT_COMMON) out.kind = ElfFile::Kind::object;
    if (type == STT_FUNC || type == STT_GNU_IFUNC) out.kind = ElfFile::Kind::function;
    out.unique = bind == STB_GNU_UNIQUE;
    out.weak = bind == STB_WEAK;
    out.thread_local_ = type == STT_TLS;
    out.address = symbol.st_value;
    out.size = symbol.st_size;
    return out;
  }

  static bool visible(const Elf64_Sym& symbol) {
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return ELF64_ST_BIND(symbol.st_info) != STB_LOCAL && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
  }

  void read_hidden(std::string_view table, std::string_view strings) {
    for (std::uint64_t offset = 0; const auto symbol = at<Elf64_Sym>(table, offset); offset += sizeof(Elf64_Sym)) {
      const ElfFile::Symbol s = convert(*symbol, text_at(strings, symbol->st_name));
      if (symbol->st_shndx != SHN_UNDEF && !visible(*symbol) && s.kind != ElfFile::Kind::other && !s.name.empty())
        file_.hidden.push_back(s);
    }
  }

  /// Null, or what is wrong with it.
  const char* read_dynamic() {
    if (dynamic_.empty()) return "it has no dynamic section";
    Dynamic d;
    for (std::uint64_t offset = 0; const auto entry = at<Elf64_Dyn>(dynamic_, offset); offset += sizeof(Elf64_Dyn)) {
      if (entry->d_tag == DT_NULL) break;
      take(*entry, d);
    }
    strings_ = file_.content_at(d.strings, d.strings_size);
    if (strings_.empty()) return "its string table lies outside the file";
    file_.position_independent_executable = (d.flags_1 & DF_1_PIE) != 0;
    file_.text_relocations = d.textrel || (d.flags & DF_TEXTREL) != 0;
    for (const std::uint64_t name : d.needed) file_.needed.push_back(text_at(strings_, name));
    if (d.soname) file_.soname = text_at(strings_, *d.soname);
    if (d.rpath) file_.rpath = text_at(strings_, *d.rpath);
    if (d.runpath) file_.runpath = text_at(strings_, *d.runpath);
    if (symbols_ == Symbols::all && !read_symbols(d)) return "its symbol table lies outside the file";
    if (d.verneed != 0) file_.needed_versions = versions_needed(rest_at(d.verneed), d.verneed_count, strings_);
    if (d.verdef != 0) file_.offered_versions = versions_offered(rest_at(d.verdef), d.verdef_count, strings_);
    return nullptr;
  }

  static void take(const Elf64_Dyn& entry, Dynamic& d) {
    const std::uint64_t value = entry.d_un.d_val;
    switch (entry.d_tag) {
      case DT_STRTAB:
        d.strings = value;
        break;
      case DT_STRSZ:
        d.strings_size = value;
        break;
      case DT_SYMTAB:
        d.symbols = value;
        break;
      case DT_HASH:
        d.hash = value;
        break;
      case DT_GNU_HASH:
        d.gnu_hash = value;
        break;
      case DT_VERNEED:
        d.verneed = value;
        break;
      case DT_VERNEEDNUM:
        d.verneed_count = value;
        break;
      case DT_VERDEF:
        d.verdef = value;
        break;
      case DT_VERDEFNUM:
        d.verdef_count = value;
        break;
      case DT_FLAGS:
        d.flags = value;
        break;
      case DT_FLAGS_1:
        d.flags_1 = value;
        break;
      case DT_TEXTREL:
        d.textrel = true;
        break;
      case DT_NEEDED:
        d.needed.push_back(value);
        break;
      case DT_SONAME:
        d.soname = value;
        break;
      case DT_RPATH:
        d.rpath = value;
        break;
      case DT_RUNPATH:
        d.runpath = value;
        break;
      default:
        break;
    }
  }

  // From an address to the end of its segment in the file.
  std::string_view rest_at(std::uint64_t address) const {
    for (const ElfFile::Segment& s : file_.segments)
      if (address >= s.address && address - s.address < s.size)
        return slice(file_.bytes, s.offset + (address - s.address), s.size - (address - s.address));
    return {};
  }

  // The dynamic section does not say how many symbols there are; the hash tables do.
  std::optional<std::uint64_t> symbol_count(const Dynamic& d) const {
    if (d.hash != 0) return symbols_in_hash(rest_at(d.hash));
    return d.gnu_hash == 0 ? 0 : symbols_in_gnu_hash(rest_at(d.gnu_hash));
  }

  bool read_symbols(const Dynamic& d) {
    const auto count = symbol_count(d);
    if (!count) return false;
    const std::string_view table = rest_at(d.symbols);
    if (*count != 0 && table.size() / sizeof(Elf64_Sym) < *count) return false;
    for (std::uint64_t i = 1; i < *count; ++i) {
      const Elf64_Sym symbol = *at<Elf64_Sym>(table, i * sizeof(Elf64_Sym));
      const ElfFile::Symbol s = convert(symbol, text_at(strings_, symbol.st_name));
      if (s.name.empty()) continue;
      if (symbol.st_shndx == SHN_UNDEF)
        file_.imports.push_back(s);
      else if (visible(symbol))
        file_.exports.push_back(s);
    }
    return true;
  }

  ElfFile file_;
  const Symbols symbols_;
  std::string_view dynamic_, strings_;
};

}  // namespace

ElfIdentity identify_elf(std::string_view bytes) {
  ElfIdentity id;
  if (bytes.size() < EI_NIDENT + 4 || bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) return id;
  id.elf = true;
  id.bits = bytes[EI_CLASS] == ELFCLASS64 ? 64 : bytes[EI_CLASS] == ELFCLASS32 ? 32 : 0;
  id.little_endian = bytes[EI_DATA] == ELFDATA2LSB;
  const auto half = [&](std::size_t offset) {
    const unsigned first = static_cast<unsigned char>(bytes[offset]);
    const unsigned second = static_cast<unsigned char>(bytes[offset + 1]);
    return id.little_endian ? first | second << 8 : first << 8 | second;
  };
  id.type = half(EI_NIDENT);
  id.machine = half(EI_NIDENT + 2);
  return id;
}

std::string_view ElfFile::content_at(std::uint64_t address, std::uint64_t count) const {
  for (const Segment& s : segments) {
    if (address < s.address || address - s.address >= s.size) continue;
    const std::uint64_t inside = address - s.address;
    return s.size - inside < count ? std::string_view() : slice(bytes, s.offset + inside, count);
  }
  return {};
}

Result<ElfFile, std::string> read_elf(std::string_view bytes, Symbols symbols) { return Reader(bytes, symbols).read(); }

}  // namespace appserve::app
