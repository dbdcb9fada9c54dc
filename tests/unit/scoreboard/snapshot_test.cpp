#include "scoreboard/snapshot.hpp"

#include <doctest/doctest.h>

#include "scoreboard/tally.hpp"

using namespace appserve;
using namespace appserve::scoreboard;
using namespace std::chrono_literals;

TEST_CASE("an empty board is all zeroes") {
  Board board = *Board::create(8);
  const Snapshot seen = read(board);
  CHECK(seen.totals().requests() == 0);
  CHECK(seen.workers.empty());
  CHECK(seen.loops.empty());
  CHECK(in_flight(board).empty());
  CHECK(recent_events(board).empty());
}

TEST_CASE("two rows of one name are one route") {
  Board board = *Board::create(1);
  auto& header = const_cast<Header&>(board.header());
  auto& labels = header.labels;
  for (const std::size_t row : {3U, 4U}) {
    labels[row].app.put("/game");
    labels[row].route.put("/");
    labels[row].state.store(LabelState::ready);
    board.lane(0).rows[row].by_class[2].add(2);
  }
  header.used_rows = 5;
  board.claim_lane(board.claim_worker(), 0);
  const Snapshot seen = read(board);
  REQUIRE(seen.routes.size() == 2);
  CHECK(seen.routes[1].requests() == 4);
}

TEST_CASE("requests in flight are of one worker or of all, oldest first") {
  Board board = *Board::create(2);
  const std::size_t a = board.claim_worker(), b = board.claim_worker();
  Tally first(board, a, 0), second(board, b, 0);
  first.begin("GET", "/young", "1", "p", Time(20s));
  second.begin("GET", "/old", "2", "p", Time(10s));
  const auto all = in_flight(board);
  REQUIRE(all.size() == 2);
  CHECK(all[0].target == "/old");
  CHECK(all[0].worker == b);
  const auto of_a = in_flight(board, a);
  REQUIRE(of_a.size() == 1);
  CHECK(of_a[0].target == "/young");
}

TEST_CASE("what a dead worker counted stays in the sums") {
  Board board = *Board::create(1);
  const std::size_t slot = board.claim_worker();
  {
    Tally tally(board, slot, 0);
    tally.access_lines_dropped(3);
    tally.end(tally.begin("GET", "/", "1", "p", Time(1s)), Ending::answered, 200, 0, 0, 1ms);
  }
  board.worker(slot).log_dropped.fetch_add(2);
  board.release_worker(slot);
  const Snapshot seen = read(board);
  CHECK(seen.loops.empty());
  CHECK(seen.totals().requests() == 1);
  CHECK(seen.access_dropped == 3);
  CHECK(seen.log_dropped == 2);
}
