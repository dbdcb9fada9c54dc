// A library file of any bytes. Oracles: it is fit, or one finding that can be read says why; what is said about it
// points into its bytes and nowhere else.
#include <algorithm>
#include <string>

#include "app/elf_check.hpp"
#include "fuzz/fuzz_input.hpp"

namespace {

using namespace appserve;
using fuzz::check;

bool is_printable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\n' || c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

void check_finding(const Error& error) {
  check(std::ranges::all_of(render(error, false), is_printable), "a message cannot be printed");
}

void check_views(const app::ElfFile& elf, std::string_view bytes) {
  const auto inside = [bytes](std::string_view view) {
    check(view.empty() || (view.data() >= bytes.data() && view.data() + view.size() <= bytes.data() + bytes.size()),
          "a view points outside the file");
  };
  for (const auto& list : {elf.exports, elf.imports, elf.hidden})
    for (const auto& symbol : list) {
      inside(symbol.name);
      inside(elf.content_at(symbol.address, symbol.size));
    }
  for (const auto& version : elf.needed_versions) {
    inside(version.library);
    inside(version.name);
  }
  for (const auto& note : elf.notes) {
    inside(note.name);
    inside(note.content);
  }
  for (const auto& list : {elf.needed, elf.offered_versions}) std::ranges::for_each(list, inside);
  for (const std::string_view text : {elf.soname, elf.rpath, elf.runpath, elf.compiler}) inside(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  app::LibraryFile file;
  file.path = "/apps/libx.so";
  file.bytes = {reinterpret_cast<const char*>(data), size};
  if (const auto elf = app::read_elf(file.bytes)) {
    check_views(*elf, file.bytes);
    for (const Error& warning : app::warnings_about(file, *elf)) check_finding(warning);
  }
  const auto library = app::check_library(file);
  if (!library) check_finding(library.error());
  return 0;
}
