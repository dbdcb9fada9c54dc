// One worker process and the generation it belongs to, as the supervisor sees them.
#pragma once
#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "supervisor/channel.hpp"
#include "supervisor/crash_policy.hpp"
#include "supervisor/plan.hpp"

namespace appserve::supervisor {

struct Generation;

struct Worker {
  enum class State : unsigned char { starting, ready, serving, draining };

  pid_t pid = 0;
  unsigned slot = 0;
  std::shared_ptr<Generation> generation;
  Channel channel;
  State state = State::starting;
  Phase phase;
  std::optional<Failed> failed;  // what it said before it ended
  bool late = false;             // it was not ready in time, and is asked where it is
  Time born{}, serving_since{};
  std::optional<Time> deadline;     // to be ready, or to be gone
  std::set<std::uint32_t> sockets;  // it accepts from
  UniqueFd last_words;
  std::uint32_t place = 0;  // in the ledger
};

struct Slot {
  Worker* worker = nullptr;    // serves, or did until a moment ago
  Worker* incoming = nullptr;  // will take its place
  BackOff back_off;
  std::optional<Time> start_at;  // the next try
  struct End {
    pid_t pid;
    std::string how;
    Time when;
    std::size_t lost;  // requests
  };
  std::optional<End> end;  // of the last worker, until it is replaced
};

struct Generation {
  Generation(unsigned n, Plan p) : number(n), plan(std::move(p)), quarantine(plan.apps.size()), slots(plan.workers) {}

  unsigned number;
  Plan plan;
  Quarantine quarantine;
  std::vector<Slot> slots;
};

}  // namespace appserve::supervisor
