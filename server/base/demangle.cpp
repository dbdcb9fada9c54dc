#include "base/demangle.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace appserve {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : name;
}

}  // namespace

std::string demangle(const std::string& symbol) {
  constexpr std::size_t kLongest = 4096;
  return symbol.starts_with("_Z") && symbol.size() <= kLongest ? demangled(symbol.c_str()) : symbol;
}

std::string demangle_all(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$.";
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find("_Z"), text.size());
    out += text.substr(0, begin);
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_not_of(kLetters), text.size());
    out += demangle(std::string(text.substr(0, end)));
    text.remove_prefix(end);
  }
  return out;
}

std::string demangle_type(const char* type_name) { return demangled(type_name); }

}  // namespace appserve
