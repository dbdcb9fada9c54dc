#include "runtime/wear.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <vector>

#include "base/unique_fd.hpp"
#include "scoreboard/tally.hpp"

using namespace appserve;
using runtime::Wear;

namespace {

// A worker of one loop, on a board of its own.
struct Worker {
  scoreboard::Board board = *scoreboard::Board::create(1);
  std::size_t slot = board.claim_worker();
  scoreboard::Tally tally{board, slot, 0};

  void serve(int requests) {
    for (int i = 0; i < requests; ++i)
      tally.end(tally.begin("GET", "/", "id", "192.0.2.1", Time{}), scoreboard::Ending::answered, 200, 0, 0, {});
  }
};

const Fault* fault_of(const std::optional<Error>& worn) { return worn ? worn->fault : nullptr; }

}  // namespace

TEST_CASE("a worker is worn out after so many requests of its own, or up to a tenth fewer") {
  Worker worker;
  worker.serve(500);  // somebody else's, before
  Wear wear({.requests = 100}, worker.board, worker.slot);
  worker.serve(89);
  CHECK(fault_of(wear.look()) == nullptr);
  worker.serve(11);
  const auto worn = wear.look();
  REQUIRE(fault_of(worn) == &fault('W', 5015));
  CHECK(worn->what == "this worker has served 100 requests (server.max_requests)");
}

TEST_CASE("a worker is worn out when it has more memory in use than it may") {
  Worker worker;
  CHECK(fault_of(Wear({.memory = 1}, worker.board, worker.slot).look()) == &fault('W', 5015));
  CHECK(fault_of(Wear({.memory = std::uint64_t{1} << 50}, worker.board, worker.slot).look()) == nullptr);
  CHECK(fault_of(Wear({}, worker.board, worker.slot).look()) == nullptr);
}

TEST_CASE("descriptors that are no connections are a leak when they are four fifths of all there may be") {
  Worker worker;
  Wear wear({}, worker.board, worker.slot);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{100, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  CHECK(fault_of(wear.look()) == nullptr);
  std::vector<UniqueFd> hoard;
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0 && fd < 85; fd = ::open("/dev/null", O_RDONLY))
    hoard.emplace_back(fd);
  const auto leak = wear.look();
  for (int i = 0; i < 60; ++i) worker.tally.connected();
  const auto busy = wear.look();
  ::setrlimit(RLIMIT_NOFILE, &before);
  REQUIRE(fault_of(leak) == &fault('W', 5016));
  CHECK(leak->what.find(" of 100 descriptors open, 0 of them connections: ") != std::string::npos);
  CHECK(leak->what.find("/dev/null") != std::string::npos);
  CHECK(fault_of(busy) == nullptr);
}
