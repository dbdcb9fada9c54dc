// All workers of a server, in their generations: which start, serve, are replaced and drain. It reacts to what workers
// say, to their ends and to the time; it waits for nothing.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.hpp"
#include "base/progress.hpp"
#include "supervisor/launcher.hpp"
#include "supervisor/ledger.hpp"
#include "supervisor/obituary.hpp"
#include "supervisor/socket_set.hpp"
#include "supervisor/worker.hpp"

namespace appserve::supervisor {

class Fleet {
 public:
  using Done = std::function<void(const Failed* failure)>;

  /// Everything given outlives it.
  Fleet(Launcher& launcher, SocketSet& sockets, Ledger& ledger, Obituary& obituary, Log& log);

  /// Starts a generation: first one worker, then the others together. When all are ready they serve and the generation
  /// before drains; when one fails nothing has changed. `done` hears of it once, null: it serves.
  void begin(Plan plan, Time now, Done done);
  bool beginning() const { return next_ != nullptr; }
  /// What the generation that begins waits for.
  std::optional<Progress::Work> work() const;

  /// Every worker drains; none is replaced any more.
  void stop(Time now);
  /// Every worker ends now.
  void cut(Time now);
  bool gone() const { return workers_.empty(); }

  void reopen();
  /// Nobody is accepted any more until the next generation.
  void pause();
  /// From now on so many workers; the sockets for them are there. The next generation has what its plan says.
  void resize(unsigned workers, Time now);

  // ---- what happens ----
  void hear(pid_t pid, Time now);
  /// An ended child; unknown ones are somebody else's.
  void bury(pid_t pid, int status, Time now);
  void tick(Time now);
  std::optional<Time> next_tick() const;

  // ---- what is ----
  const std::map<pid_t, std::unique_ptr<Worker>>& workers() const { return workers_; }
  /// Null until the first one serves.
  const Generation* current() const { return current_.get(); }
  unsigned replaced() const { return replaced_; }

  // ---- for a successor in this process's place ----
  void adopt(std::shared_ptr<Generation> generation, std::vector<std::unique_ptr<Worker>> workers, Time now);

 private:
  void launch(const std::shared_ptr<Generation>& generation, unsigned slot, Time now);
  void said(Worker& worker, const Message& message, Time now);
  void ready(Worker& worker, Time now);
  void commit(Time now);
  void put_to_work(Worker& worker, Time now);
  void fail_next(const Failed& why, Time now);
  std::size_t tell_lost_requests(const Worker& worker);
  void ended_at_work(const Worker& worker, int status, std::size_t lost_requests, Time now);
  void ended_draining(const Worker& worker, int status);
  void did_not_start(const Worker& worker, const Failed& why, Time now);
  void lost(Slot& slot, const Worker& worker, Slot::End end, Duration wait);
  void drain(Worker& worker, std::chrono::milliseconds delay, Time now);
  void discard(Worker& worker, Time now);
  void overdue(Worker& worker, Time now);
  void start_due(Time now);
  void rebalance();
  void hand_over(Worker& worker, const SocketSet::Share& share);

  Launcher& launcher_;
  SocketSet& sockets_;
  Ledger& ledger_;
  Obituary& obituary_;
  Log& log_;
  std::map<pid_t, std::unique_ptr<Worker>> workers_;
  std::shared_ptr<Generation> current_, next_;
  Done done_;
  unsigned number_ = 0;
  unsigned replaced_ = 0;
  bool stopping_ = false, paused_ = false;
};

}  // namespace appserve::supervisor
