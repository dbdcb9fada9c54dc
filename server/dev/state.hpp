// What `appserve dev` and the server it started know of each other: a small file that one writes and the other reads.
#pragma once
#include <cstdint>
#include <string>

namespace appserve::dev {

struct State {
  enum class Phase : unsigned char {
    building,  // nothing has been served yet
    broken,    // `text` says why: the compiler's words, or the server's when the app does not start
    serving,   // what was built last
    over       // everything ends
  } phase = Phase::building;
  std::uint64_t change = 0;  // counts what browsers are to see
  bool built = false;        // there is an app to load
  std::string text;
};

/// Whole or not at all. False: the folder is not there any more.
bool write_state(const std::string& folder, const State& state);
/// A folder without a state is one where everything is over.
State read_state(const std::string& folder);

}  // namespace appserve::dev
