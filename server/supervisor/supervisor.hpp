// The master process: owns the listening sockets, starts workers and replaces them. It reads no byte of a client and
// loads no plugin. One thread that waits in poll().
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "supervisor/binary.hpp"
#include "supervisor/control.hpp"
#include "supervisor/fleet.hpp"
#include "supervisor/handover.hpp"
#include "supervisor/signals.hpp"
#include "supervisor/watch.hpp"

namespace appserve::supervisor {

/// What the house lends its supervisor: everything that knows more than processes.
struct Household {
  /// Reads the configuration, and binds those of its addresses that are not `present`.
  std::function<Result<Plan, Errors>(const SocketSet& present)> plan;
  /// Binds n more sockets to an address that is there: they share its clients.
  std::function<Result<std::vector<UniqueFd>, Error>(const std::string& name, unsigned n)> more_sockets;
  /// The first generation serves at these addresses.
  std::function<void(const std::vector<std::string>& names, const std::string& admin)> ready;
  /// The service manager hears of it: a new generation begins; one serves; the end begins; all is well.
  std::function<void()> reloading, serving, stopping, alive;
  std::function<void()> reopen;  // log files of this process
  /// Another program runs in this process's place at once; it could not.
  std::function<void()> leaving, staying;
  std::optional<Duration> heartbeat;       // between calls of alive(); none: nobody asks
  std::function<std::size_t()> in_flight;  // requests; asked for while it stops
  Progress* progress = nullptr;            // of starts, reloads and stops; null: nobody looks
};

class Supervisor {
 public:
  /// Everything given outlives it. Signals are queued from here on.
  Supervisor(Household household, Launcher& launcher, Ledger& ledger, const Binary& binary, Log& log, bool colour);

  /// What a predecessor in this process left: its workers serve until the first generation of ours does.
  void adopt(Inheritance inheritance);

  /// Serves until it is told to stop. The exit code.
  int run();

 private:
  void wait();
  void obey(int signal);
  void obey(const Control::Question& question);
  void stop();
  void pause();
  void reopen();
  void reap();
  void begin_what_was_asked();
  void reload();
  void upgrade();
  void resize(int by);
  void open_control(const std::string& folder);
  Result<Plan, Errors> prepare();
  void begun(const Failed* failure);
  void answer_waiting(int exit, const std::string& text);
  Errors add_sockets(std::vector<Address>& addresses, unsigned loops);
  std::optional<Time> next_moment() const;
  std::optional<Progress::Work> work() const;
  void show_progress(Time now);
  std::string status() const;

  Household household_;
  const Binary& binary_;
  Log& log_;
  bool colour_;
  Signals signals_;
  SocketSet sockets_;
  Obituary obituary_{log_};
  Fleet fleet_;
  std::optional<Control> control_;
  Watch watch_;
  std::optional<Time> heartbeat_;
  Time asked_{};              // for the generation that begins
  std::vector<int> waiting_;  // clients of the control socket, for how it goes
  std::vector<int> waiting_next_;
  bool reload_wanted_ = false, upgrade_wanted_ = false, stopping_ = false, serves_ = false;
  int exit_ = 0;
};

}  // namespace appserve::supervisor
