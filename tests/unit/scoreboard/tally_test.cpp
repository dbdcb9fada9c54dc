#include "scoreboard/tally.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "scoreboard/snapshot.hpp"

using namespace appserve;
using namespace appserve::scoreboard;
using namespace std::chrono_literals;

namespace {

const Time kNow{100s};

struct OneLoop {
  Board board;
  std::size_t slot;
  Tally tally;
  explicit OneLoop(std::size_t lanes = 2)
      : board(*Board::create(lanes)), slot(board.claim_worker()), tally(board, slot, 0) {}

  Ticket begin(std::string_view target = "/") {
    return tally.begin("GET", target, "0123456789abcdef", "127.0.0.1:1", kNow);
  }
};

const RouteTotals& route(const Snapshot& seen, std::string_view app, std::string_view pattern) {
  for (const RouteTotals& each : seen.routes)
    if (each.app == app && each.route == pattern) return each;
  FAIL("no such route");
  return seen.routes.front();
}

}  // namespace

TEST_CASE("a request is in flight with its names until it ends, then it is counted") {
  OneLoop loop;
  Ticket ticket = loop.begin("/game/rooms/7?x=1");
  loop.tally.name(ticket, "/game", "/rooms/{id}");
  const auto flying = in_flight(loop.board);
  REQUIRE(flying.size() == 1);
  CHECK(flying[0].method == "GET");
  CHECK(flying[0].target == "/game/rooms/7?x=1");
  CHECK(flying[0].id == "0123456789abcdef");
  CHECK(flying[0].peer == "127.0.0.1:1");
  CHECK(flying[0].app == "/game");
  CHECK(flying[0].route == "/rooms/{id}");
  CHECK(flying[0].since_ns == 100'000'000'000);
  CHECK(route(read(loop.board), "/game", "/rooms/{id}").in_flight == 1);

  loop.tally.end(ticket, Ending::answered, 201, 70, 130, 1500us);
  CHECK(in_flight(loop.board).empty());
  const Snapshot seen = read(loop.board);
  const RouteTotals& totals = route(seen, "/game", "/rooms/{id}");
  CHECK(totals.by_class[2] == 1);
  CHECK(totals.bytes_in == 70);
  CHECK(totals.bytes_out == 130);
  CHECK(totals.in_flight == 0);
  CHECK(totals.latency.sum_us == 1500);
  CHECK(totals.latency.quantile(0.5) == doctest::Approx(1500).epsilon(0.125));
  CHECK(seen.totals().in_flight == 0);
}

TEST_CASE("endings and impossible statuses are counted as what they are") {
  OneLoop loop;
  loop.tally.end(loop.begin(), Ending::left, 0, 1, 0, 1ms);
  loop.tally.end(loop.begin(), Ending::cut, 200, 1, 0, 1ms);
  loop.tally.end(loop.begin(), Ending::refused, 431, 1, 0, -1ms);
  loop.tally.end(loop.begin(), Ending::answered, 999, 1, 0, 1ms);
  const RouteTotals totals = read(loop.board).totals();
  CHECK(totals.left == 1);
  CHECK(totals.cut == 1);
  CHECK(totals.refused == 1);
  CHECK(totals.by_class == std::array<std::uint64_t, 6>{2, 0, 1, 0, 1, 0});
  CHECK(totals.requests() == 4);
}

TEST_CASE("two loops are added up") {
  OneLoop loop;
  Tally other(loop.board, loop.slot, 1);
  for (Tally* tally : {&loop.tally, &other}) {
    Ticket ticket = tally->begin("GET", "/", "id", "peer", kNow);
    tally->name(ticket, "/", "/");
    tally->end(ticket, Ending::answered, 200, 10, 20, 1ms);
  }
  loop.tally.connected();
  other.connected();
  other.disconnected();
  const Snapshot seen = read(loop.board);
  CHECK(route(seen, "/", "/").requests() == 2);
  CHECK(route(seen, "/", "/").bytes_out == 40);
  CHECK(seen.connections == 1);
  CHECK(seen.accepted == 2);
  CHECK(seen.loops.size() == 2);
}

TEST_CASE("more requests than the table shows are counted all the same") {
  OneLoop loop;
  std::vector<Ticket> tickets;
  for (std::size_t i = 0; i < kRequests + 5; ++i) tickets.push_back(loop.begin());
  CHECK(in_flight(loop.board).size() == kRequests);
  CHECK(read(loop.board).totals().in_flight == kRequests + 5);
  CHECK(read(loop.board).unshown == 5);
  for (const Ticket& ticket : tickets) loop.tally.end(ticket, Ending::answered, 200, 0, 0, 1ms);
  CHECK(read(loop.board).totals().requests() == kRequests + 5);
  loop.begin("/again");
  CHECK(in_flight(loop.board).at(0).target == "/again");
}

TEST_CASE("texts longer than their cells are cut, and any byte is kept as it is") {
  OneLoop loop;
  std::string hostile = "/";
  for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  loop.begin(hostile);
  CHECK(in_flight(loop.board).at(0).target == hostile.substr(0, 200));
}

TEST_CASE("more routes than the table holds are counted as other, and take no memory") {
  OneLoop loop;
  for (int i = 0; i < 3000; ++i) {
    Ticket ticket = loop.begin();
    loop.tally.name(ticket, "/", "/" + std::to_string(i));
    loop.tally.end(ticket, Ending::answered, 200, 0, 0, 1ms);
  }
  const Snapshot seen = read(loop.board);
  CHECK(seen.totals().requests() == 3000);
  CHECK(seen.routes.front().requests() == 3000 - (kRoutes - 1));
}

TEST_CASE("a loop without a lane counts for nobody and harms nobody") {
  OneLoop loop(1);
  Tally extra(loop.board, loop.slot, 1);
  extra.connected();
  extra.end(extra.begin("GET", "/", "id", "peer", kNow), Ending::answered, 200, 0, 0, 1ms);
  CHECK(read(loop.board).totals().requests() == 0);
}

TEST_CASE("a loop's beat tells when it was late") {
  OneLoop loop;
  loop.tally.beat(kNow, 5ms);
  loop.tally.beat(kNow + 1s, 1ms);
  const auto loops = read(loop.board).loops;
  REQUIRE(loops.size() == 1);
  CHECK(loops[0].beat_ns == 101'000'000'000);
  CHECK(loops[0].lag_us == 1000);
  CHECK(loops[0].lag_worst_us == 5000);
}

TEST_CASE("an entry whose writer died in between is not shown") {
  OneLoop loop;
  loop.begin("/whole");
  loop.begin("/torn");
  for (std::size_t i = 0; i < kRequests; ++i) {
    Flight& flight = loop.board.lane(0).flights[i];
    if (flight.target.get() == "/torn") flight.guard.begin_write();
  }
  const auto flying = in_flight(loop.board);
  REQUIRE(flying.size() == 1);
  CHECK(flying[0].target == "/whole");
}

TEST_CASE("a worker may be killed at any instruction: readers see whole entries, the next one goes on") {
  Board board = *Board::create(1);
  std::mt19937 random(1);
  std::uint64_t before = 0;
  for (int round = 0; round < 40; ++round) {
    const std::size_t slot = board.claim_worker(0);
    std::array<int, 2> started{};
    REQUIRE(::pipe(started.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Tally tally(board, slot, 0);
      [[maybe_unused]] const auto told = ::write(started[1], "x", 1);
      for (std::uint64_t i = 0;; ++i) {
        const std::string text(8 + i % 100, static_cast<char>('a' + i % 26));
        Ticket ticket = tally.begin("GET", text, text, text, Clock::now());
        tally.name(ticket, "/", i % 2 == 0 ? "/even" : "/odd");
        if (i % 7 != 0 || i > 700) tally.end(ticket, Ending::answered, 200, 1, 1, 10us);
        board.tell(1, text);
      }
    }
    char begun = 0;
    REQUIRE(::read(started[0], &begun, 1) == 1);
    ::close(started[0]);
    ::close(started[1]);
    const auto until = Clock::now() + std::chrono::microseconds(random() % 3000);
    const auto whole = [](const std::string& text) { return text.find_first_not_of(text.substr(0, 1)) == text.npos; };
    const auto look = [&] {
      for (const InFlight& flight : in_flight(board)) {
        const bool same = whole(flight.target) && flight.target.starts_with(flight.id.substr(0, 40));
        CHECK_MESSAGE(same, flight.target, " ", flight.id);
      }
      for (const EventLine& event : recent_events(board)) CHECK(whole(event.text));
    };
    while (Clock::now() < until) look();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    look();
    board.release_worker(slot);
    const RouteTotals totals = read(board).totals();
    CHECK(totals.requests() >= before);
    CHECK(totals.in_flight == 0);
    CHECK(totals.latency.total() <= totals.requests());
    before = totals.requests();
  }
  CHECK(before > 0);
}
