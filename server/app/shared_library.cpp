#include "app/shared_library.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <typeinfo>

#include "app/finding.hpp"
#include "base/demangle.hpp"

namespace appserve::app {
namespace {

// For the one thing that has no other way to its context: a terminate handler.
struct Opening {
  const std::string& path;
  LoadWitness* witness;
};
const Opening* opening = nullptr;

std::string thrown() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "called std::terminate()";
  const std::string name = demangle_type(type->name());
  try {
    throw;
  } catch (const std::exception& e) {
    return "threw " + name + ": " + e.what();
  } catch (...) {
    return "threw a value of type " + name;
  }
}

[[noreturn]] void say_and_end() {
  const std::string library = opening->path.substr(opening->path.rfind('/') + 1);
  const Error error = finding(fault('E', 2001), "a static initialiser of " + library + " " + thrown());
  if (opening->witness != nullptr)
    opening->witness->ending(error);
  else
    std::fputs(render(error, false).c_str(), stderr);
  ::_exit(static_cast<int>(error.fault->exit));
}

class TerminateWatch {
 public:
  explicit TerminateWatch(const Opening& now) : before_(std::set_terminate(say_and_end)) { opening = &now; }
  TerminateWatch(const TerminateWatch&) = delete;
  TerminateWatch& operator=(const TerminateWatch&) = delete;
  ~TerminateWatch() {
    opening = nullptr;
    std::set_terminate(before_);
  }

 private:
  std::terminate_handler before_;
};

}  // namespace

Result<SharedLibrary, std::string> SharedLibrary::open(const std::string& path, LoadWitness* witness) {
  const Opening now{path, witness};
  const TerminateWatch watch(now);
  if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return SharedLibrary(handle);
  const char* text = ::dlerror();
  return Failure<std::string>(text == nullptr ? "the loader does not say why" : text);
}

void* SharedLibrary::find(const std::string& symbol) const { return ::dlsym(handle_, symbol.c_str()); }

}  // namespace appserve::app
