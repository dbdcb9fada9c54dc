// Every throw of this process, also of its plugins, passes here first: the executable's __cxa_throw comes before
// libstdc++'s in the search of every library. A plugin that brings a C++ library of its own is not seen.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <typeinfo>

#include "trace/throws.hpp"

using Throw = void (*)(void*, std::type_info*, void (*)(void*));

// By another name in here: the compiler knows __cxa_throw already, with a type of its own.
extern "C" [[noreturn]] __attribute__((visibility("default"), used)) void appserve_throw(
    void* exception, std::type_info* type, void (*destroy)(void*)) __asm__("__cxa_throw");

extern "C" void appserve_throw(void* exception, std::type_info* type, void (*destroy)(void*)) {
  static const Throw next = [] {
    Throw found = nullptr;
    void* symbol = ::dlsym(RTLD_NEXT, "__cxa_throw");
    std::memcpy(&found, &symbol, sizeof found);
    return found;
  }();
  appserve::trace::thrown(exception);
  if (next != nullptr) next(exception, type, destroy);
  std::abort();
}
