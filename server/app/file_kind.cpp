#include "app/file_kind.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace appserve::app {
namespace {

bool ends_in(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [name](std::string_view ending) { return name.ends_with(ending); });
}

bool is_text(std::string_view head) {
  return std::ranges::all_of(head, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

std::string first_line(std::string_view head) {
  constexpr std::size_t kLongest = 60;
  return std::string(head.substr(0, std::min(head.find_first_of("\r\n"), kLongest)));
}

struct Magic {
  std::string_view bytes;
  std::string_view phrase;
};
using namespace std::string_view_literals;
constexpr std::array kMagics{
    Magic{"!<arch>\n"sv, "a static library (.a)"},
    Magic{"!<thin>\n"sv, "a static library (.a)"},
    Magic{"/* GNU ld script"sv, "a linker script"},
    Magic{"MZ"sv, "a Windows program or DLL"},
    Magic{"\xcf\xfa\xed\xfe"sv, "a macOS library or program"},
    Magic{"\xca\xfe\xba\xbe"sv, "a macOS library or a Java class"},
    Magic{"\x1f\x8b"sv, "gzip data"},
    Magic{"PK\x03\x04"sv, "a zip archive"},
    Magic{"BC\xc0\xde"sv, "LLVM bitcode"},
    Magic{"\0asm"sv, "a WebAssembly module"},
};

}  // namespace

FileKind file_kind(std::string_view name, std::string_view head) {
  if (head.empty()) return {"empty"};
  for (const Magic& magic : kMagics)
    if (head.starts_with(magic.bytes)) return {std::string(magic.phrase)};
  if (!is_text(head)) return {"not an ELF file"};
  if (head.starts_with("#!")) return {"a script (it begins with \"" + first_line(head) + "\")"};
  if (ends_in(name, {".cpp", ".cc", ".cxx", ".C", ".c++", ".hpp", ".hh", ".hxx"}))
    return {"a C++ source file", true, false};
  if (ends_in(name, {".c", ".h"})) return {"a C source file", false, true};
  if (ends_in(name, {".toml"})) return {"a TOML file"};
  if (head.starts_with("INPUT") || head.starts_with("GROUP")) return {"a linker script"};
  return {"a text file (it begins with \"" + first_line(head) + "\")"};
}

}  // namespace appserve::app
