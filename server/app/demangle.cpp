#include "app/demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace appserve::app {
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

std::string demangle_type(const char* type_name) { return demangled(type_name); }

}  // namespace appserve::app
