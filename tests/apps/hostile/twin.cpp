// libtwin_small.so:app and libtwin_large.so:app - the same C++ names with different layouts, as two apps that carry
// different versions of one library.
#include <appserve/app.hpp>

#include <array>
#include <map>
#include <string>

namespace library {

struct State {
#ifdef TWIN_LARGE
  std::array<double, 512> table{};
  std::map<std::string, int> names;
  int count = 2000;
#else
  int count = 1000;
#endif
  int next() { return ++count; }
};

inline State shared;  // the linker would merge them, were they not apart

inline State& instance() {
  static State state;
  return state;
}

template <class T>
struct Holder {
  static inline T value{};
};

struct Base {
  virtual ~Base() = default;
  virtual std::string name() const;
};
inline std::string Base::name() const {
#ifdef TWIN_LARGE
  return "large";
#else
  return "small";
#endif
}

}  // namespace library

APPSERVE_APP(app) {
  app.get("/", [] {
    const library::Base base;
    return base.name() + " " + std::to_string(library::shared.next()) + " " +
           std::to_string(library::instance().next()) + " " +
           std::to_string(library::Holder<library::State>::value.next()) + "\n";
  });
}
