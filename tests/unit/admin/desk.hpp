// A board on which two loops have served something.
#pragma once
#include <unistd.h>

#include <chrono>
#include <string>

#include "admin/about.hpp"
#include "scoreboard/tally.hpp"

namespace appserve::admin::test {

struct Desk {
  scoreboard::Board board = *scoreboard::Board::create(2);
  std::size_t slot = board.claim_worker();
  scoreboard::Tally first{board, slot, 0}, second{board, slot, 1};
  std::vector<std::string> problems;
  About about{
      .version = "1.2.3", .instance = "blue", .settings = {{"server.threads", "2", "default"}}, .problems = [this] {
        return problems;
      }};

  Desk() {
    board.worker(slot).pid.set(::getpid());
    board.worker(slot).state.store(scoreboard::WorkerState::serving);
    for (scoreboard::Tally* tally : {&first, &second}) tally->beat(Clock::now(), std::chrono::milliseconds(1));
  }
  void serve(scoreboard::Tally& tally, std::string_view app, std::string_view route, int status) const {
    auto ticket = tally.begin("GET", "/", "id", "192.0.2.1:1", Clock::now());
    tally.name(ticket, app, route);
    tally.end(ticket, scoreboard::Ending::answered, status, 10, 20, std::chrono::milliseconds(2));
  }
};

}  // namespace appserve::admin::test
