#include "supervisor/supervisor.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "base/poll_time.hpp"
#include "supervisor/death.hpp"

namespace appserve::supervisor {

Supervisor::Supervisor(Household household, Launcher& launcher, Ledger& ledger, const Binary& binary, Log& log,
                       bool colour)
    : household_(std::move(household)),
      binary_(binary),
      log_(log),
      colour_(colour),
      signals_{SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGWINCH, SIGPIPE},
      fleet_(launcher, sockets_, ledger, obituary_, log) {
  if (household_.heartbeat) heartbeat_ = Clock::now();
}

void Supervisor::adopt(Inheritance inheritance) {
  for (SocketSet::Listening& address : inheritance.addresses) sockets_.adopt(std::move(address));
  fleet_.adopt(std::move(inheritance.generation), std::move(inheritance.workers), Clock::now());
  control_ = std::move(inheritance.control);
  waiting_next_ = std::move(inheritance.waiting);
  serves_ = true;
}

int Supervisor::run() {
  reap();  // children of whatever ran here before
  reload();
  while (!(stopping_ && fleet_.gone())) {
    show_progress(Clock::now());
    wait();
  }
  if (household_.progress != nullptr) household_.progress->done();
  return exit_;
}

void Supervisor::wait() {
  std::vector<pollfd> watched{{signals_.fd(), POLLIN, 0}, {watch_.fd(), POLLIN, 0}};
  const std::size_t fixed = watched.size();
  std::vector<pid_t> speakers;
  for (const auto& [pid, worker] : fleet_.workers())
    if (worker->channel) {
      watched.push_back({worker->channel.fd(), POLLIN, 0});
      speakers.push_back(pid);
    }
  if (control_)
    for (const int fd : control_->descriptors()) watched.push_back({fd, POLLIN, 0});
  ::poll(watched.data(), watched.size(), milliseconds_until(next_moment(), Clock::now()));

  for (std::size_t i = 0; i < speakers.size(); ++i)
    if (watched[fixed + i].revents != 0) fleet_.hear(speakers[i], Clock::now());
  while (const auto signal = signals_.next()) obey(*signal);
  if (control_)
    for (const Control::Question& question : control_->questions()) obey(question);
  const Time now = Clock::now();
  watch_.look(now);
  if (watch_.changed(now)) reload_wanted_ = true;
  if (heartbeat_ && *heartbeat_ <= now) {
    household_.alive();
    heartbeat_ = now + *household_.heartbeat;
  }
  fleet_.tick(now);
  begin_what_was_asked();
}

std::optional<Time> Supervisor::next_moment() const {
  std::optional<Time> next = fleet_.next_tick();
  const std::optional<Time> progress = household_.progress == nullptr ? std::nullopt : household_.progress->next();
  for (const std::optional<Time>& other : {watch_.next_look(), heartbeat_, progress})
    if (other && (!next || *other < *next)) next = other;
  return next;
}

std::optional<Progress::Work> Supervisor::work() const {
  if (!stopping_) return fleet_.work();
  const std::size_t requests = household_.in_flight();
  return Progress::Work{"draining", fmt::format("{} request{} in flight (a second signal stops now)", requests,
                                                requests == 1 ? "" : "s")};
}

void Supervisor::show_progress(Time now) {
  if (household_.progress == nullptr) return;
  if (const auto current = work())
    household_.progress->at(*current, now);
  else
    household_.progress->done();
}

void Supervisor::begin_what_was_asked() {
  if (!serves_ || fleet_.beginning() || stopping_) return;
  if (std::exchange(upgrade_wanted_, false)) return upgrade();
  if (reload_wanted_) reload();
}

// ---- what is asked
// ------------------------------------------------------------------------------------------------------

void Supervisor::obey(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
      return stop();
    case SIGCHLD:
      return reap();
    case SIGHUP:
      reload_wanted_ = true;
      return;
    case SIGUSR1:
      return reopen();
    case SIGUSR2:
      upgrade_wanted_ = true;
      return;
    case SIGTTIN:
      return resize(1);
    case SIGTTOU:
      return resize(-1);
    case SIGWINCH:
      return pause();
    default:
      return;
  }
}

void Supervisor::obey(const Control::Question& question) {
  const std::string_view asked = question.text;
  const auto done = [&](std::string_view text) { control_->answer(question.client, 0, std::string(text)); };
  if (asked == "status") return done(status());
  if (asked == "stop") {
    done("it stops\n");
    return stop();
  }
  if (asked == "reopen") {
    reopen();
    return done("");
  }
  const bool reloads = asked == "reload" || asked == "reload wait",
             upgrades = asked == "upgrade" || asked == "upgrade wait";
  if (!reloads && !upgrades)
    return control_->answer(question.client, static_cast<int>(Exit::command_line), "unknown\n");
  (reloads ? reload_wanted_ : upgrade_wanted_) = true;
  if (asked.ends_with(" wait"))
    waiting_next_.push_back(question.client);
  else
    done("");
}

std::string Supervisor::status() const {
  const Generation* current = fleet_.current();
  std::string text = fmt::format("appserve pid {}   generation {}   {} replaced\n", ::getpid(),
                                 current == nullptr ? 0 : current->number, fleet_.replaced());
  for (const SocketSet::Listening& address : sockets_.addresses())
    text += (address.admin ? "  admin    " : "  listens  ") + address.name + "\n";
  constexpr std::string_view kStates[] = {"starting", "ready", "serving", "draining"};
  for (const auto& [pid, worker] : fleet_.workers())
    text += fmt::format("  worker {}  pid {}  generation {}  {}  {} s\n", worker->slot + 1, pid,
                        worker->generation->number, kStates[static_cast<std::size_t>(worker->state)],
                        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - worker->born).count());
  return text;
}

// On a terminal the signal says that its window has changed.
void Supervisor::pause() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::isatty(fd) == 1) return;
  log_.write(Log::Level::warn, "accepts no one from now on; a reload begins it again");
  fleet_.pause();
}

void Supervisor::reopen() {
  household_.reopen();
  fleet_.reopen();
}

void Supervisor::stop() {
  if (std::exchange(stopping_, true)) return fleet_.cut(Clock::now());
  household_.stopping();
  fleet_.stop(Clock::now());
  answer_waiting(static_cast<int>(Exit::system), "the server stops\n");
}

// All of them: as process 1 we inherit the orphans of others.
void Supervisor::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) fleet_.bury(pid, status, Clock::now());
}

// ---- generations
// --------------------------------------------------------------------------------------------------------

void Supervisor::reload() {
  reload_wanted_ = false;
  asked_ = Clock::now();
  waiting_.insert(waiting_.end(), waiting_next_.begin(), waiting_next_.end());
  waiting_next_.clear();
  if (serves_) household_.reloading();
  auto plan = prepare();
  if (!plan) {
    const Failed why = failed_with(plan.error(), colour_);
    return begun(&why);
  }
  fleet_.begin(*std::move(plan), asked_, [this](const Failed* failure) { begun(failure); });
}

Result<Plan, Errors> Supervisor::prepare() {
  auto plan = household_.plan(sockets_);
  if (!plan) return plan;
  Errors errors = add_sockets(plan->listen, plan->workers * plan->threads);
  if (!errors.empty()) return Failure<Errors>(std::move(errors));
  watch_.files(plan->watched);
  if (!control_) open_control(plan->runtime_dir);
  return plan;
}

Errors Supervisor::add_sockets(std::vector<Address>& addresses, unsigned loops) {
  Errors errors;
  for (Address& address : addresses) {
    const unsigned missing = sockets_.missing(address, loops);
    if (missing == 0) continue;
    auto more = household_.more_sockets(address.name, missing);
    if (!more) {
      errors.push_back(std::move(more.error()));
      continue;
    }
    for (UniqueFd& socket : *more) address.sockets.push_back(std::move(socket));
  }
  return errors;
}

void Supervisor::open_control(const std::string& folder) {
  auto control = Control::open(folder);
  if (control)
    control_.emplace(*std::move(control));
  else
    log_.write(Log::Level::warn, "appserve ctl will find no door: " + control.error());
}

// The generation serves, or it does not and nothing has changed.
void Supervisor::begun(const Failed* failure) {
  const bool first = !serves_;
  const unsigned number = fleet_.current() != nullptr ? fleet_.current()->number : 0;
  if (household_.progress != nullptr) household_.progress->done();
  if (failure != nullptr && first) {
    std::fputs(failure->text.c_str(), stderr);
    exit_ = failure->exit;
    return stop();
  }
  household_.serving();
  if (failure != nullptr) {
    log_.write(fault('E', 6001),
               fmt::format("reload failed: {}; generation {} keeps serving", failure->reason, number));
    return answer_waiting(failure->exit, failure->text);
  }
  serves_ = true;
  if (first) {
    std::vector<std::string> names;
    std::string admin;
    for (const SocketSet::Listening& address : sockets_.addresses()) {
      if (address.admin)
        admin = address.name;
      else
        names.push_back(address.name);
    }
    return household_.ready(names, admin);
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked_).count();
  const std::string text = fmt::format("reloaded: generation {} serves after {} ms", number, took);
  log_.write(Log::Level::info, text);
  answer_waiting(0, text + "\n");
}

void Supervisor::answer_waiting(int exit, const std::string& text) {
  for (const int client : std::exchange(waiting_, {})) control_->answer(client, exit, text);
}

// Returns only when it failed.
void Supervisor::upgrade() {
  std::string why;
  if (auto unusable = binary_.unusable()) {
    why = *std::move(unusable);
  } else {
    household_.leaving();
    why = binary_.take_over(leave(sockets_, fleet_, control_ ? &*control_ : nullptr, waiting_next_));
    household_.staying();
  }
  log_.write(fault('E', 6010), why + "; this one stays");
  waiting_ = std::exchange(waiting_next_, {});
  answer_waiting(static_cast<int>(Exit::system), "error[E6010]: " + why + "\n");
}

void Supervisor::resize(int by) {
  if (!serves_ || fleet_.beginning() || stopping_) return;
  const Generation& current = *fleet_.current();
  const auto workers = static_cast<unsigned>(std::max(1, static_cast<int>(current.slots.size()) + by));
  std::vector<Address> addresses;
  for (const SocketSet::Listening& present : sockets_.addresses())
    addresses.push_back({present.wanted, present.name, present.shared, {}, {}, present.admin, present.given});
  for (const Error& error : add_sockets(addresses, workers * current.plan.threads))
    log_.write(*error.fault, error.what);
  sockets_.become(std::move(addresses), current.plan.backlog);
  log_.write(Log::Level::info, fmt::format("{} worker{} from now on", workers, workers == 1 ? "" : "s"));
  fleet_.resize(workers, Clock::now());
}

}  // namespace appserve::supervisor
