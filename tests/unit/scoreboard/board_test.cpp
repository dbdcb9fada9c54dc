#include "scoreboard/board.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "scoreboard/snapshot.hpp"

using namespace appserve;
using namespace appserve::scoreboard;

namespace {

Board new_board(std::size_t lanes = 4) {
  auto board = Board::create(lanes);
  REQUIRE(board);
  return *std::move(board);
}

Board attached(const Board& board) {
  auto other = Board::attach(UniqueFd(::dup(board.fd())));
  REQUIRE(other);
  return *std::move(other);
}

}  // namespace

TEST_CASE("what one mapping writes another one reads") {
  Board master = new_board();
  Board worker = attached(master);
  const std::size_t slot = master.claim_worker();
  Lane* lane = worker.claim_lane(slot, 3);
  REQUIRE(lane != nullptr);
  lane->accepted.add(7);
  worker.worker(slot).pid.set(4711);
  const Snapshot seen = read(master);
  CHECK(seen.accepted == 7);
  REQUIRE(seen.workers.size() == 1);
  CHECK(seen.workers[0].pid == 4711);
  REQUIRE(seen.loops.size() == 1);
  CHECK(seen.loops[0].loop == 3);
}

TEST_CASE("another file, another size and another version are not attached to") {
  const Board good = new_board();
  CHECK_FALSE(Board::attach(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC))));
  UniqueFd small(::memfd_create("small", MFD_CLOEXEC));
  REQUIRE(::ftruncate(small.get(), 100) == 0);
  CHECK_FALSE(Board::attach(std::move(small)));
  UniqueFd zeroes(::memfd_create("zeroes", MFD_CLOEXEC));
  REQUIRE(::ftruncate(zeroes.get(), static_cast<off_t>(segment_size(4))) == 0);
  CHECK_FALSE(Board::attach(std::move(zeroes)));

  Board older = new_board();
  const_cast<Header&>(older.header()).version = kVersion + 1;
  const auto refused = Board::attach(UniqueFd(::dup(older.fd())));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("version") != std::string::npos);
}

TEST_CASE("nobody can shrink the segment under the others") {
  const Board board = new_board();
  CHECK(::ftruncate(board.fd(), 0) != 0);
}

TEST_CASE("a new worker in an old one's slot goes on counting; gauges begin anew") {
  Board board = new_board(1);
  const std::size_t slot = board.claim_worker();
  Lane* lane = board.claim_lane(slot, 0);
  REQUIRE(lane != nullptr);
  lane->rows[kOther].by_class[2].add(5);
  lane->rows[kOther].in_flight.set(2);
  lane->connections.set(9);
  board.worker(slot).restarts.fetch_add(1);
  board.release_worker(slot);
  CHECK(read(board).workers.empty());

  CHECK(board.claim_worker(slot) == slot);
  CHECK(board.claim_lane(slot, 0) == lane);
  const Snapshot seen = read(board);
  CHECK(seen.totals().by_class[2] == 5);
  CHECK(seen.connections == 0);
  CHECK(seen.restarts == 1);
  SUBCASE("what was in flight is not forgotten: it ended without an answer") {
    CHECK(seen.totals().in_flight == 0);
    CHECK(seen.totals().by_class[0] == 2);
    CHECK(seen.totals().cut == 2);
  }
}

TEST_CASE("lanes belong to one worker at a time") {
  Board board = new_board(2);
  const std::size_t a = board.claim_worker(), b = board.claim_worker();
  CHECK(a != b);
  Lane* first = board.claim_lane(a, 0);
  Lane* second = board.claim_lane(b, 0);
  CHECK(first != second);
  CHECK(board.claim_lane(b, 1) == nullptr);
  board.release_worker(a);
  CHECK(board.claim_lane(b, 1) == first);
}

TEST_CASE("all slots can be taken, and one more is said") {
  Board board = new_board();
  for (std::size_t i = 0; i < kWorkers; ++i) CHECK(board.claim_worker() == i);
  CHECK(board.claim_worker() == kWorkers);
}

TEST_CASE("a route has one row; when the table is full the rest is other") {
  Board board = new_board();
  const std::uint32_t row = board.row_of("/game", "/rooms/{id}");
  CHECK(row != kOther);
  CHECK(board.row_of("/game", "/rooms/{id}") == row);
  CHECK(board.row_of("/shop", "/rooms/{id}") != row);
  CHECK(attached(board).row_of("/game", "/rooms/{id}") == row);
  for (std::size_t i = 0; i < kRoutes; ++i) board.row_of("/", "/" + std::to_string(i));
  CHECK(board.row_of("/", "/one more") == kOther);
  CHECK(board.row_of("/game", "/rooms/{id}") == row);
}

TEST_CASE("a name longer than its cell is cut, and still found") {
  Board board = new_board();
  const std::string longer(500, 'x');
  CHECK(board.row_of("/", longer) == board.row_of("/", longer + "y"));
}

TEST_CASE("a row whose claimer died before it was filled is left alone") {
  Board board = new_board();
  const_cast<Header&>(board.header()).labels[kOther + 1].state.store(LabelState::claimed);
  const std::uint32_t row = board.row_of("/", "/a");
  CHECK(row == kOther + 2);
  CHECK(read(board).routes.size() == 2);
}

TEST_CASE("recent events are the newest, newest first") {
  Board board = new_board();
  for (std::size_t i = 0; i < kEvents + 3; ++i) board.tell(1, "event " + std::to_string(i));
  const auto events = recent_events(board);
  REQUIRE(events.size() == kEvents);
  CHECK(events.front().text == "event " + std::to_string(kEvents + 2));
  CHECK(events.back().text == "event 3");
  CHECK(events.front().unix_ms > 1'600'000'000'000);
  SUBCASE("one that was left unfinished is skipped") {
    const_cast<Header&>(board.header()).events[2].ticket.fetch_sub(1);
    CHECK(recent_events(board).size() == kEvents - 1);
  }
}

TEST_CASE("what nobody uses costs no memory, whoever looks at the board") {
  Board board = new_board(1024);
  const std::size_t slot = board.claim_worker();
  board.claim_lane(slot, 0);
  board.row_of("/", "/a");
  (void)read(board);
  (void)in_flight(board, slot);
  board.release_worker(slot);
  struct stat info{};
  REQUIRE(::fstat(board.fd(), &info) == 0);
  CHECK(static_cast<std::size_t>(info.st_blocks) * 512 < 2 * sizeof(Lane));
}

TEST_CASE("a header that somebody has written over leads nobody out of the board") {
  Board board = new_board(2);
  auto& header = const_cast<Header&>(board.header());
  header.used_lanes = header.used_rows = 0xFFFFFFFF;
  CHECK(board.lanes() == 2);
  CHECK(board.rows() == kRoutes);
  CHECK(read(board).loops.empty());
}
