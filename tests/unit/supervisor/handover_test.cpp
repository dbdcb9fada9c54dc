#include "supervisor/handover.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "unit/supervisor/fake_ledger.hpp"
#include "unit/supervisor/sockets.hpp"

using namespace appserve;
using namespace appserve::supervisor;
using namespace appserve::supervisor::test;
using namespace std::chrono_literals;

namespace {

struct OneChild : Launcher {
  Result<Child, int> launch(bool) override {
    auto ends = Channel::pair();
    theirs = std::move(ends->second);
    return Child{4'200'000, std::move(ends->first)};
  }
  Channel theirs;
};

Plan some_plan() {
  Plan plan;
  plan.threads = 3;
  plan.config = "[server]\n";
  plan.apps = {"libone.so", "libtwo.so"};
  plan.runtime_dir = "/run/x";
  plan.grace = 7s;
  plan.listen = addresses(address(":80", 2));
  return plan;
}

}  // namespace

TEST_CASE("a successor knows the sockets, the plan and the workers, and speaks to them") {
  OneChild launcher;
  SocketSet sockets;
  Log log(Log::Level::error);
  Obituary obituary(log);
  FakeLedger ledger;
  Fleet fleet(launcher, sockets, ledger, obituary, log);
  const Time now{100s};
  fleet.begin(some_plan(), now, [](const Failed*) {});
  launcher.theirs.send(Ready{});
  fleet.hear(4'200'000, now);
  REQUIRE(fleet.current() != nullptr);

  const Legacy legacy = leave(sockets, fleet, nullptr, {});
  // What execve() does: numbers stay, owners are gone. Here both live, so one of them lets go at the end.
  auto heir = inherit(legacy.bytes);
  REQUIRE(heir);
  REQUIRE(heir->addresses.size() == 1);
  CHECK(heir->addresses[0].name == ":80");
  CHECK(heir->addresses[0].sockets.size() == 2);
  CHECK(heir->addresses[0].sockets[1].id == 2);
  CHECK(listens(heir->addresses[0].sockets[0].fd.get()));
  CHECK((::fcntl(heir->addresses[0].sockets[0].fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(heir->generation->number == 1);
  CHECK(heir->generation->plan.config == "[server]\n");
  CHECK(heir->generation->plan.apps.size() == 2);
  CHECK(heir->generation->plan.grace == 7s);
  CHECK(heir->generation->slots.size() == 1);
  REQUIRE(heir->workers.size() == 1);
  CHECK(heir->workers[0]->pid == 4'200'000);
  CHECK(heir->workers[0]->state == Worker::State::serving);
  CHECK(heir->workers[0]->sockets == std::set<std::uint32_t>{1, 2});
  CHECK_FALSE(heir->control);

  for (auto& listening : heir->addresses)
    for (auto& socket : listening.sockets) socket.fd.release();
  Fleet successor(launcher, sockets, ledger, obituary, log);
  successor.adopt(std::move(heir->generation), std::move(heir->workers), now);
  CHECK(successor.current()->slots[0].worker != nullptr);
  CHECK_FALSE(successor.next_tick());
  successor.stop(now);
  std::optional<Drain> told;
  for (Channel::Received received; (received = launcher.theirs.receive()).state == Channel::Received::State::message;)
    if (const auto* drain = std::get_if<Drain>(&received.message)) told = *drain;
  CHECK(told);
  for (const auto& [pid, worker] : successor.workers()) {
    worker->channel.release().release();
    worker->last_words.release();
  }
}

TEST_CASE("what another version left is not understood") {
  CHECK_FALSE(inherit(""));
  CHECK_FALSE(inherit(std::string("\x63\0\0\0garbage", 11)));
}
