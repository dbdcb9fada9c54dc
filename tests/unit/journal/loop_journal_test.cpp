#include "journal/loop_journal.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "scoreboard/snapshot.hpp"

using namespace appserve;
using namespace std::chrono_literals;
using service::Ending;

namespace {

std::string new_folder() {
  std::string folder = "/tmp/appserve-journal-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  return folder;
}

struct Stage {
  std::string folder = new_folder();
  std::string wrong;
  journal::AccessFormat format = *journal::AccessFormat::parse(
      "{remote} {method} {target} {status} {ending} {app} {route} {bytes_in} {why}", wrong);
  std::vector<std::string> skip;
  Log log{Log::Level::error};
  loop::EventLoop loop{0};
  scoreboard::Board board = *scoreboard::Board::create(1);
  std::size_t slot = board.claim_worker();
  std::unique_ptr<journal::LoopJournal> journal;

  Stage() {
    journal = std::make_unique<journal::LoopJournal>(
        loop, board, slot, std::make_unique<journal::AccessLog>(format, folder + "/access", skip, log));
  }
  ~Stage() {
    journal.reset();
    std::filesystem::remove_all(folder);
  }
  std::string lines() {
    std::ostringstream text;
    text << std::ifstream(folder + "/access").rdbuf();
    return text.str();
  }
};

service::Request game() {
  service::Request request;
  request.method_name = "GET";
  request.target = "/game/7";
  request.remote = "192.0.2.1:1";
  request.app = "/game";
  return request;
}

}  // namespace

TEST_CASE("an exchange is in flight, then counted and logged once") {
  Stage stage;
  const service::Request request = game();
  auto mark = stage.journal->begin(request, Time(1s));
  stage.journal->routed(mark, request, "/{id}");
  const auto flying = scoreboard::in_flight(stage.board);
  REQUIRE(flying.size() == 1);
  CHECK(flying[0].route == "/{id}");
  stage.journal->end(mark, {.request = request,
                            .route = "/{id}",
                            .ending = Ending::left,
                            .status = 200,
                            .bytes_in = 40,
                            .bytes_out = 5,
                            .began = Time(1s),
                            .latency = 2ms,
                            .took = 3ms});
  const auto seen = scoreboard::read(stage.board);
  CHECK(seen.totals().left == 1);
  CHECK(seen.totals().bytes_out == 5);
  CHECK(scoreboard::in_flight(stage.board).empty());
  stage.journal->reopen();
  CHECK(stage.lines() == "192.0.2.1:1 GET /game/7 200 left /game /{id} 40 -\n");
}

TEST_CASE("a request in flight is shown with its app before its route is known") {
  Stage stage;
  const service::Request request = game();
  auto mark = stage.journal->begin(request, Time(1s));
  const auto flying = scoreboard::in_flight(stage.board);
  REQUIRE(flying.size() == 1);
  CHECK(flying[0].app == "/game");
  CHECK(flying[0].peer == "192.0.2.1:1");
  stage.journal->end(mark, {.request = request, .route = {}, .status = 200, .began = Time(1s)});
  CHECK(scoreboard::in_flight(stage.board).empty());
}

TEST_CASE("a message that was no request is logged as far as it is known") {
  Stage stage;
  stage.journal->refused(
      {.peer = "192.0.2.1:1", .why = {431, "too long"}, .head = "GET /x HTTP/1.1\r\nA: b", .at = {}});
  stage.journal->refused({.peer = "192.0.2.1:2", .why = {400, "garbage"}, .head = "\x16\x03\n\" 200", .at = {}});
  stage.journal->refused({.peer = "192.0.2.1:3", .why = {503, "full"}, .head = {}, .at = {}});
  stage.journal->reopen();
  CHECK(stage.lines() ==
        "192.0.2.1:1 GET /x 431 refused - - 21 too long\n"
        "192.0.2.1:2 \\x16\\x03 - 400 refused - - 8 garbage\n"
        "192.0.2.1:3 - - 503 refused - - 0 full\n");
  const auto totals = scoreboard::read(stage.board).totals();
  CHECK(totals.refused == 3);
  CHECK(totals.by_class[4] == 2);
  CHECK(totals.by_class[5] == 1);
}

TEST_CASE("the loop beats, and lines leave by themselves") {
  Stage stage;
  const service::Request request = game();
  std::thread thread([&] { stage.loop.run(); });
  struct Call {
    Stage& stage;
    const service::Request& request;
  } call{stage, request};
  stage.loop.post(
      [](void* arg) {
        auto& [s, r] = *static_cast<Call*>(arg);
        s.journal->end(s.journal->begin(r, s.loop.now()), {.request = r, .route = {}, .status = 204, .began = {}});
      },
      &call);
  const std::int64_t first = scoreboard::read(stage.board).loops.at(0).beat_ns;
  const Time limit = Clock::now() + 20s;
  bool beaten = false, written = false;
  while ((!beaten || !written) && Clock::now() < limit) {
    std::this_thread::sleep_for(5ms);
    beaten = scoreboard::read(stage.board).loops.at(0).beat_ns > first;
    written = !stage.lines().empty();
  }
  CHECK(beaten);
  CHECK(written);
  stage.loop.stop();
  thread.join();
}
