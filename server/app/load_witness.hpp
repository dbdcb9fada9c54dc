// Told what apps' code runs next while they are loaded, so that a sudden end of the process has a name.
#pragma once
#include <string>

#include "base/error.hpp"

namespace appserve::app {

class LoadWitness {
 public:
  virtual ~LoadWitness() = default;
  /// Static initialisers of the library run next.
  virtual void loading(const std::string& library) = 0;
  /// The factory, or the app's create(), runs next.
  virtual void creating(const std::string& library, const std::string& symbol) = 0;
  /// A static initialiser threw (E2001): the process ends when this returns.
  virtual void ending(const Error& why) = 0;
};

}  // namespace appserve::app
