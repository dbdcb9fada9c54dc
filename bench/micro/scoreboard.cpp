// Nanoseconds per request that counting costs: begin, name and end of one exchange, in a loop.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "scoreboard/snapshot.hpp"
#include "scoreboard/tally.hpp"

using namespace appserve;
using namespace appserve::scoreboard;

int main() {
  constexpr int kRounds = 5'000'000;
  auto board = Board::create(1);
  if (!board) return EXIT_FAILURE;
  Tally tally(*board, board->claim_worker(), 0);
  for (int series = 0; series < 5; ++series) {
    const Time begun = Clock::now();
    const std::clock_t cpu = std::clock();  // busy machines take our turn, not our CPU time
    for (int i = 0; i < kRounds; ++i) {
      Ticket ticket = tally.begin("GET", "/rooms/abcdefgh?since=12", "0123456789abcdef", "127.0.0.1:54321", begun);
      tally.name(ticket, "/game", "/rooms/{id}");
      tally.end(ticket, Ending::answered, 200, 90, 180, std::chrono::microseconds(i & 4095));
    }
    std::printf("%.1f ns per request\n", 1e9 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC / kRounds);
  }
  return read(*board).totals().requests() == 5ULL * kRounds ? EXIT_SUCCESS : EXIT_FAILURE;
}
