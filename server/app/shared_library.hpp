// A library in this process. Once open it stays: an app is never unmapped from a server that lives (abi.h 7).
#pragma once
#include <string>

#include "app/load_witness.hpp"
#include "base/result.hpp"

namespace appserve::app {

class SharedLibrary {
 public:
  /// [ctl] Maps it and runs its constructors; all its symbols are resolved at once and nobody else sees them. Failure:
  /// the loader's own words. What a constructor throws cannot be caught: then the witness is told E2001, or it is
  /// printed, and the process ends.
  static Result<SharedLibrary, std::string> open(const std::string& path, LoadWitness* witness = nullptr);

  /// Null when there is none of that name.
  void* find(const std::string& symbol) const;

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace appserve::app
