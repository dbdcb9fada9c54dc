// A loop that was held too long, in words: who held it, and where. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "trace/modules.hpp"
#include "trace/sample.hpp"

namespace appserve::runtime {

struct BlockedLoop {
  unsigned loop = 0;
  Duration held{};
  bool over = false;                    // it goes on; else it is held still
  std::optional<trace::Sample> sample;  // none: the thread did not answer
};

/// "loop 1 was held 340 ms by POST /rooms/{id}/move (libgame.so:app, request 4bf92f35); other requests waited; it was
/// in sleep < load_score < move"
std::string describe(const BlockedLoop& blocked, const trace::Modules& modules);

/// What makes two of them the same: the innermost function of a plugin, else of anything.
std::uintptr_t place_of(const BlockedLoop& blocked, const trace::Modules& modules);

/// Lets one line a minute through for each place.
class OncePerPlace {
 public:
  /// How many were kept back since the last one that went through; nothing: this one is kept back.
  std::optional<unsigned> admit(std::uintptr_t place, Time now);

 private:
  struct Record {
    Time told;
    unsigned kept_back = 0;
  };
  std::map<std::uintptr_t, Record> places_;
};

}  // namespace appserve::runtime
