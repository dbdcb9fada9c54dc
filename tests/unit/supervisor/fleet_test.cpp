#include "supervisor/fleet.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

#include "supervisor/memory_file.hpp"
#include "unit/supervisor/fake_ledger.hpp"
#include "unit/supervisor/sockets.hpp"

using namespace appserve;
using namespace appserve::supervisor;
using namespace appserve::supervisor::test;
using namespace std::chrono_literals;

namespace {

constexpr pid_t kNobody = 4'200'000;  // above what the kernel gives: signals to it go nowhere

// No processes: the tests hold the workers' ends of the channels.
struct FakeLauncher : Launcher {
  Result<Child, int> launch(bool in_background) override {
    background = in_background;
    if (refuse != 0) return Failure<int>(refuse);
    auto ends = Channel::pair();
    theirs.push_back(std::move(ends->second));
    return Child{kNobody + static_cast<pid_t>(theirs.size()) - 1, std::move(ends->first)};
  }
  std::vector<Channel> theirs;
  int refuse = 0;
  bool background = false;  // the last one
};

struct House {
  FakeLauncher launcher;
  SocketSet sockets;
  Log log{Log::Level::error};
  Obituary obituary{log};
  FakeLedger ledger;
  Fleet fleet{launcher, sockets, ledger, obituary, log};
  Time now{1000s};
  std::vector<std::string> outcomes;

  void begin(unsigned workers, std::vector<std::string> apps = {"libone.so"}, unsigned new_sockets = 0) {
    Plan plan;
    plan.workers = workers;
    plan.apps = std::move(apps);
    plan.listen.push_back(address(":80", new_sockets));
    fleet.begin(std::move(plan), now,
                [this](const Failed* failure) { outcomes.push_back(failure == nullptr ? "serves" : failure->reason); });
  }
  std::size_t launched() const { return launcher.theirs.size(); }

  // Everything a worker was told since it was asked last.
  std::vector<Message> told(std::size_t worker) {
    std::vector<Message> all;
    for (;;) {
      Channel::Received received = launcher.theirs[worker].receive();
      if (received.state != Channel::Received::State::message) return all;
      all.push_back(std::move(received.message));
    }
  }
  template <class Kind>
  std::optional<Kind> last(std::size_t worker) {
    std::optional<Kind> found;
    for (const Message& message : told(worker))
      if (const auto* kind = std::get_if<Kind>(&message)) found = *kind;
    return found;
  }
  void say(std::size_t worker, const Message& message) {
    launcher.theirs[worker].send(message);
    fleet.hear(pid(worker), now);
  }
  void dies(std::size_t worker, int status) { fleet.bury(pid(worker), status, now); }
  static pid_t pid(std::size_t worker) { return kNobody + static_cast<pid_t>(worker); }

  void serving(unsigned workers, std::vector<std::string> apps = {"libone.so"}) {
    begin(workers, std::move(apps), 2 * workers);
    for (unsigned i = 0; i < workers; ++i) say(i, Ready{});
    REQUIRE(outcomes == std::vector<std::string>{"serves"});
    outcomes.clear();
  }
};

std::vector<std::uint32_t> ids(const std::optional<Take>& take) {
  std::vector<std::uint32_t> ids;
  if (take)
    for (const Take::Socket& socket : take->sockets) ids.push_back(socket.id);
  return ids;
}
using Ids = std::vector<std::uint32_t>;
constexpr int exited(int code) { return code << 8; }

}  // namespace

TEST_CASE("one worker is the probe; the others start when it is ready, and all serve together") {
  House house;
  house.begin(3, {"libone.so"}, 3);
  CHECK(house.launched() == 1);
  const auto start = house.last<Start>(0);
  REQUIRE(start);
  CHECK(start->announce);
  CHECK(start->generation == 1);
  house.say(0, Ready{});
  CHECK(house.launched() == 3);
  CHECK_FALSE(house.last<Start>(1)->announce);
  CHECK_FALSE(house.launcher.background);  // nobody serves yet
  house.say(1, Ready{});
  CHECK(house.outcomes.empty());
  CHECK_FALSE(house.last<Take>(0));
  house.say(2, Ready{});
  CHECK(house.outcomes == std::vector<std::string>{"serves"});
  for (unsigned worker = 0; worker < 3; ++worker) CHECK(ids(house.last<Take>(worker)) == Ids{worker + 1});
}

TEST_CASE("a worker that dies at work is replaced at once, in its slot and with its sockets") {
  House house;
  house.serving(2);
  house.told(0);
  house.told(1);
  house.dies(1, SIGSEGV);
  REQUIRE(house.launched() == 3);
  CHECK_FALSE(house.launcher.background);  // it is missed
  CHECK(house.last<Start>(2)->slot == 1);
  CHECK(ids(house.last<Take>(0)) == Ids{2, 4});  // meanwhile its sibling accepts for it
  house.now += 20ms;
  house.say(2, Ready{});
  CHECK(ids(house.last<Take>(2)) == Ids{2, 4});
  CHECK(house.last<Leave>(0)->ids == Ids{2, 4});
  CHECK(house.fleet.replaced() == 1);
}

TEST_CASE("a reload starts new workers first, then the old ones drain") {
  House house;
  house.serving(2);
  house.told(0);
  house.begin(2);
  CHECK(house.launcher.background);
  house.say(2, Ready{});
  CHECK(house.launcher.background);
  CHECK_FALSE(house.last<Drain>(0));
  house.say(3, Ready{});
  CHECK(house.outcomes == std::vector<std::string>{"serves"});
  CHECK(house.last<Drain>(0));
  CHECK(house.last<Drain>(1));
  CHECK(ids(house.last<Take>(2)) == Ids{1, 3});
  CHECK(house.fleet.current()->number == 2);
  CHECK(house.ledger.states.at(0) == "draining");
  house.dies(0, exited(0));
  house.dies(1, exited(0));
  CHECK(house.launched() == 4);
  CHECK(house.ledger.states.at(1) == "gone");
  CHECK(house.ledger.states.at(3) == "serving");
}

TEST_CASE("a reload that fails changes nothing: by its own words, by a crash, by its length") {
  House house;
  house.serving(1);
  house.told(0);
  house.begin(2);
  house.say(1, Failed{70, "[E2005] create_app failed", ""});
  house.dies(1, exited(70));
  house.begin(1);
  house.say(2, Phase{Phase::Stage::loading, "libone.so", ""});
  house.dies(2, SIGSEGV);
  house.begin(1);
  house.now += 31s;
  house.fleet.tick(house.now);
  CHECK(house.fleet.next_tick() == house.now + 2s);  // asked where it is; then it is killed
  house.dies(3, SIGABRT);
  house.launcher.refuse = EAGAIN;
  house.begin(1);
  CHECK(house.outcomes == std::vector<std::string>{"[E2005] create_app failed",
                                                   "[E2002] libone.so crashed while loading: SIGSEGV",
                                                   "[E2004] a worker was not ready after 30 s (server.start_timeout)",
                                                   "[E6008] cannot start a worker: Resource temporarily unavailable"});
  CHECK(house.told(0).empty());
  CHECK(house.fleet.current()->number == 1);
}

TEST_CASE("a worker that was told to end by somebody else is replaced while it drains") {
  House house;
  house.serving(1);
  house.say(0, Draining{});
  REQUIRE(house.launched() == 2);
  house.say(1, Ready{});
  CHECK(ids(house.last<Take>(1)) == Ids{1, 2});
  house.dies(0, exited(0));
  CHECK(house.launched() == 2);
}

TEST_CASE("a replacement that cannot start is tried again later; its siblings accept for it") {
  House house;
  house.serving(2);
  house.dies(0, SIGKILL);
  house.told(1);
  house.say(2, Failed{70, "[E2005] no database", ""});
  house.dies(2, exited(70));
  CHECK(house.launched() == 3);
  CHECK(house.fleet.next_tick() == house.now + 1s);
  house.now += 1s;
  house.fleet.tick(house.now);
  REQUIRE(house.launched() == 4);
  house.dies(3, exited(70));
  CHECK(house.fleet.next_tick() == house.now + 2s);
  house.now += 2s;
  house.fleet.tick(house.now);
  house.say(4, Ready{});
  CHECK(ids(house.last<Take>(4)) == Ids{1, 3});
}

TEST_CASE("an app that ends workers again and again is left out, and tried again") {
  House house;
  house.serving(1, {"libone.so", "libtwo.so"});
  for (std::size_t worker = 0; worker < 3; ++worker) {
    house.now += 2s;
    for (const auto& [pid, w] : house.fleet.workers()) REQUIRE(::write(w->last_words.get(), "in libtwo.so", 12) == 12);
    house.dies(worker, SIGSEGV);
    if (worker < 2) house.say(worker + 1, Ready{});
  }
  CHECK(house.last<Start>(3)->closed == std::vector<Start::Closed>{{1, 1}});
  house.say(3, Ready{});
  house.now += 1s;
  house.fleet.tick(house.now);
  REQUIRE(house.launched() == 5);
  CHECK(house.last<Start>(4)->closed.empty());
  CHECK_FALSE(house.last<Drain>(3));
  house.say(4, Ready{});
  CHECK(house.last<Drain>(3));
  CHECK(ids(house.last<Take>(4)) == Ids{1, 2});
}

TEST_CASE("a stop drains everybody, replaces nobody, and closes the sockets") {
  House house;
  house.serving(2);
  house.fleet.stop(house.now);
  CHECK(house.last<Drain>(0));
  CHECK(house.last<Drain>(1));
  CHECK(house.sockets.addresses().empty());
  house.dies(0, SIGSEGV);
  CHECK(house.launched() == 2);
  house.fleet.cut(house.now);
  CHECK(house.last<Cut>(1));
  house.dies(1, exited(0));
  CHECK(house.fleet.gone());
}

TEST_CASE("a stop while a generation starts ends what has begun") {
  House house;
  house.begin(2, {"libone.so"}, 2);
  house.fleet.stop(house.now);
  house.dies(0, SIGTERM);
  CHECK(house.fleet.gone());
  CHECK(house.launched() == 1);
}

TEST_CASE("W5026: one that does not end in time is killed, once") {
  House house;
  house.serving(1);
  house.fleet.stop(house.now);
  REQUIRE(house.fleet.next_tick());
  house.now = *house.fleet.next_tick();
  house.fleet.tick(house.now);
  CHECK_FALSE(house.fleet.next_tick());
  house.dies(0, SIGKILL);
  CHECK(house.fleet.gone());
}

TEST_CASE("fewer workers: the others take over; more: they share anew") {
  House house;
  house.serving(2);
  house.told(0);
  house.fleet.resize(1, house.now);
  CHECK(house.last<Drain>(1));
  CHECK(ids(house.last<Take>(0)) == Ids{2, 4});
  house.dies(1, exited(0));
  house.fleet.resize(2, house.now);
  REQUIRE(house.launched() == 3);
  house.say(2, Ready{});
  CHECK(ids(house.last<Take>(2)) == Ids{2, 4});
  CHECK(house.last<Leave>(0)->ids == Ids{2, 4});
}

TEST_CASE("a pause takes the sockets back; the next generation gets them") {
  House house;
  house.serving(1);
  house.told(0);
  house.fleet.pause();
  CHECK(house.last<Leave>(0)->ids == Ids{1, 2});
  house.begin(1);
  house.say(1, Ready{});
  CHECK(ids(house.last<Take>(1)) == Ids{1, 2});
}

TEST_CASE("more sockets than fit into one message arrive all the same") {
  House house;
  house.begin(1, {"libone.so"}, 450);
  house.say(0, Ready{});
  std::size_t taken = 0;
  for (const Message& message : house.told(0))
    if (const auto* take = std::get_if<Take>(&message)) taken += take->sockets.size();
  CHECK(taken == 450);
}
