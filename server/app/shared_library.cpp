#include "app/shared_library.hpp"

#include <dlfcn.h>

#include <exception>

namespace appserve::app {

Result<SharedLibrary, SharedLibrary::Failed> SharedLibrary::open(const std::string& path) {
  try {
    if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return SharedLibrary(handle);
  } catch (const std::exception& e) {
    return Failure<Failed>({e.what(), true});
  } catch (...) {
    return Failure<Failed>({"something that is no std::exception", true});
  }
  const char* text = ::dlerror();
  return Failure<Failed>({text == nullptr ? "the loader does not say why" : text, false});
}

void* SharedLibrary::find(const std::string& symbol) const { return ::dlsym(handle_, symbol.c_str()); }

}  // namespace appserve::app
