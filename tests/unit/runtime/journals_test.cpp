#include "runtime/journals.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "scoreboard/snapshot.hpp"

using namespace appserve;

TEST_CASE("every loop has a journal of its own, and warnings of the log become events") {
  std::string folder = "/tmp/appserve-journals-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  {
    Log log({.file = folder + "/log"});
    runtime::LoopPool loops(3);
    scoreboard::Board board = *scoreboard::Board::create(3);
    const std::size_t slot = board.claim_worker();
    const runtime::JournalOptions options{.access_log = folder + "/access"};
    {
      runtime::Journals journals(options, loops, board, slot, log);
      CHECK(journals.all().size() == 3);
      CHECK(scoreboard::read(board).loops.size() == 3);
      CHECK(std::filesystem::exists(folder + "/access"));
      log.write(fault('W', 6005), "few files\x1b[2J");
      log.write(Log::Level::info, "nothing");
    }
    log.write(fault('W', 6005), "nobody listens any more");
    const auto events = scoreboard::recent_events(board);
    REQUIRE(events.size() == 1);
    CHECK(events[0].text == "[W6005] few files\\x1b[2J");
    CHECK(events[0].level == 1);
  }
  std::filesystem::remove_all(folder);
}
