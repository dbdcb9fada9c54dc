#include "dev/state.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

namespace appserve::dev {

bool write_state(const std::string& folder, const State& state) {
  const std::string path = folder + "/state", next = path + ".next";
  std::ofstream file(next, std::ios::binary);
  file << static_cast<int>(state.phase) << ' ' << state.change << ' ' << state.built << '\n' << state.text;
  file.close();
  return file && std::rename(next.c_str(), path.c_str()) == 0;
}

State read_state(const std::string& folder) {
  std::ifstream file(folder + "/state", std::ios::binary);
  State state{.phase = State::Phase::over, .text = {}};
  int phase = 0;
  if (!(file >> phase >> state.change >> state.built) || phase < 0 || phase > static_cast<int>(State::Phase::over))
    return {.phase = State::Phase::over, .text = {}};
  state.phase = static_cast<State::Phase>(phase);
  file.get();
  state.text.assign(std::istreambuf_iterator<char>(file), {});
  return state;
}

}  // namespace appserve::dev
