// The simulation test: real connections on simulated sockets and a simulated clock, thousands of times.
//   sim [--seeds N] [--from SEED]    N seeds (default 1000)
//   sim --seed SEED                  one, and its story on standard error
//   sim --endless                    until something breaks
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>

#include "net/serving_loop.hpp"
#include "sim/app.hpp"
#include "sim/client.hpp"

namespace appserve::sim {
namespace {

using namespace std::chrono_literals;

std::uint64_t the_seed = 0;

struct Tally {
  std::uint64_t seeds = 0, requests = 0, connections = 0;
  Duration simulated{};
};

// Every exchange that begins in it ends in it, once.
struct Journal final : service::Journal {
  Mark begin(const service::Request&, Time) override {
    open.insert(++last);
    return last;
  }
  void end(Mark mark, const service::Record& record) override {
    check(open.erase(mark) == 1, "an exchange ends once in the journal");
    check(record.ending != service::Ending::answered || record.status != 0, "what is answered has a status");
  }
  Mark last = 0;
  std::set<Mark> open;
};

Fault some_fault(Dice& dice) {
  static constexpr Fault kFaults[] = {Fault::none,    Fault::none,         Fault::none,      Fault::none,
                                      Fault::reset,   Fault::half_close,   Fault::cut_short, Fault::falls_silent,
                                      Fault::garbage, Fault::stops_reading};
  return kFaults[dice.below(std::size(kFaults))];
}

Duration some_clumsiness(Dice& dice) {
  static constexpr Duration kMost[] = {0ms, 1ms, 100ms, 1s};
  return kMost[dice.below(std::size(kMost))];
}

net::ConnectionOptions some_options(Dice& dice) {
  net::ConnectionOptions options;
  options.lookahead = std::size_t{1024} << dice.below(5);
  if (dice.chance(25)) options.connections = 1 + dice.below(3);  // fewer than clients: idle ones make room
  return options;
}

void play(std::uint64_t seed, bool tells, Tally& tally) {
  the_seed = seed;
  Dice first(seed);
  const Weather weather{static_cast<unsigned>(first.below(60)), static_cast<unsigned>(first.below(30)),
                        static_cast<unsigned>(first.below(30))};
  World world(first.roll(), weather);
  world.tells = tells;
  const Time began = world.now();
  const net::ConnectionOptions options = some_options(world.dice);

  std::vector<Plan> plans;
  std::vector<std::size_t> shares;
  for (auto n = 1 + world.dice.below(4); n > 0; --n) {
    shares.push_back(1 + world.dice.below(5));
    for (std::size_t i = 0; i < shares.back(); ++i)
      plans.push_back(make_plan(world.dice, static_cast<unsigned>(plans.size())));
  }

  loop::EventLoop loop(0);
  App app(plans);
  Log log(Log::Level::off);
  std::atomic<std::size_t> open = 0;
  Journal journal;
  net::ServingLoop serving(loop, options, app, journal, log, open);
  bool idle = false;

  const bool stops = world.dice.chance(20);
  std::vector<std::shared_ptr<Client>> clients;
  std::size_t given = 0;
  for (const std::size_t share : shares) {
    std::vector<const Plan*> own;
    for (std::size_t i = 0; i < share; ++i) own.push_back(&plans[given++]);
    world.after(world.dice.delay(2s), [&, own] {
      UniqueFd server_end;
      auto socket = world.connect(server_end);
      clients.push_back(std::make_shared<Client>(world, socket, own, some_fault(world.dice),
                                                 some_clumsiness(world.dice), options, stops));
      clients.back()->start();
      serving.serve(std::move(server_end), "192.0.2.1:1");
    });
  }
  if (stops) {
    world.after(world.dice.delay(10s), [&] { serving.drain(); });
    if (world.dice.chance(50)) world.after(10s + world.dice.delay(10s), [&] { serving.cut(); });
  }
  loop.run();

  check(clients.size() == shares.size(), "every client came");
  for (const auto& client : clients) check(client->done(), "every client's story ends");
  check(serving.connections() == 0 && open == 0, "no connection is left");
  check(app.running() == 0, "no handler is left");
  check(journal.open.empty(), "no exchange is left in the journal");
  check(app.lent() == 0, "every lent piece came back");
  check(loop.wheel().empty(), "no deadline is armed when nothing is left");
  serving.when_idle([](void* flag) { *static_cast<bool*>(flag) = true; }, &idle);
  check(idle, "the loop knows that it is idle");

  ++tally.seeds;
  tally.requests += plans.size();
  tally.connections += shares.size();
  tally.simulated += world.now() - began;
}

}  // namespace

void check(bool holds, std::string_view what) {
  if (holds) return;
  std::cerr << "violated: " << what << "\nagain: sim --seed " << the_seed << "\n";
  std::abort();
}

static int run(int argc, char** argv) {
  std::uint64_t from = 1, seeds = 1000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (word == "--seeds") {
      seeds = number();
    } else if (word == "--from") {
      from = number();
    } else if (word == "--seed") {
      from = number();
      seeds = 1;
    } else if (word == "--endless") {
      seeds = UINT64_MAX - from;
    } else {
      std::cerr << "usage: sim [--seeds N] [--from SEED] [--seed SEED] [--endless]\n";
      return 64;
    }
  }
  const auto start = std::chrono::steady_clock::now();
  Tally tally;
  for (std::uint64_t seed = from; seed - from < seeds; ++seed) play(seed, seeds == 1, tally);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  const std::chrono::duration<double> simulated = tally.simulated;
  std::printf("%llu seeds, %llu connections, %llu requests: %.0f simulated seconds in %.1f (%.0f x)\n",
              static_cast<unsigned long long>(tally.seeds), static_cast<unsigned long long>(tally.connections),
              static_cast<unsigned long long>(tally.requests), simulated.count(), spent.count(),
              simulated.count() / spent.count());
  return 0;
}

}  // namespace appserve::sim

int main(int argc, char** argv) { return appserve::sim::run(argc, argv); }
