// Every throw of this process, also of its plugins, passes here first: the executable's __cxa_throw comes before
// libstdc++'s in the search of every library. A plugin that brings a C++ library of its own is not seen.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <typeinfo>

#include "trace/throws.hpp"

using Throw = void (*)(void*, std::type_info*, void (*)(void*));

extern "C" [[noreturn]] __attribute__((visibility("default"))) void __cxa_throw(void* exception, std::type_info* type,
                                                                                void (*destroy)(void*));

extern "C" void __cxa_throw(void* exception, std::type_info* type, void (*destroy)(void*)) {
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
