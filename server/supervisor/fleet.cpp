#include "supervisor/fleet.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <ranges>

#include "supervisor/death.hpp"
#include "supervisor/memory_file.hpp"
#include "supervisor/phase.hpp"

namespace appserve::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr auto kLastWords = 2s;  // for a worker that is not ready in time to say where it is
constexpr auto kUnwind = 8s;     // for a worker to end after its grace: cancelled handlers, the apps' destroy()

using State = Worker::State;

std::string name(const Worker& worker) { return fmt::format("worker {} (pid {})", worker.slot + 1, worker.pid); }

long long ms(Duration time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); }

// Of a generation that begins: the plan's, if it is a new one.
int admin_of(const Plan& plan, const SocketSet& sockets) {
  for (const Address& address : plan.listen)
    if (address.admin) return address.sockets.empty() ? sockets.admin() : address.sockets.front().get();
  return plan.listen.empty() ? sockets.admin() : -1;
}

Failed why_not(const Worker& worker, int status) {
  if (worker.late)
    return not_ready_in_time(worker.phase, worker.generation->plan.start_timeout, read_all(worker.last_words.get()));
  if (worker.failed) return *worker.failed;
  return died_while_starting(worker.phase, status, read_all(worker.last_words.get()));
}

Time earlier(std::optional<Time> a, Time b) { return a ? std::min(*a, b) : b; }

}  // namespace

Fleet::Fleet(Launcher& launcher, SocketSet& sockets, Ledger& ledger, Obituary& obituary, Log& log)
    : launcher_(launcher), sockets_(sockets), ledger_(ledger), obituary_(obituary), log_(log) {}

// ---- a generation begins
// ----------------------------------------------------------------------------------------------

void Fleet::begin(Plan plan, Time now, Done done) {
  done_ = std::move(done);
  next_ = std::make_shared<Generation>(++number_, std::move(plan));
  launch(next_, 0, now);  // the probe: what fails, fails once
}

void Fleet::launch(const std::shared_ptr<Generation>& generation, unsigned slot, Time now) {
  auto child = launcher_.launch(current_ != nullptr && generation == next_);
  if (!child) {
    Worker nobody{.slot = slot, .generation = generation};
    return did_not_start(nobody, not_launched(child.error()), now);
  }
  const Plan& plan = generation->plan;
  auto worker = std::make_unique<Worker>();
  worker->pid = child->pid;
  worker->slot = slot;
  worker->generation = generation;
  worker->channel = std::move(child->channel);
  worker->born = now;
  worker->deadline = now + plan.start_timeout;
  worker->last_words = memory_file("last words");
  worker->place = ledger_.enter(slot, generation->number, worker->pid);

  const int admin = admin_of(plan, sockets_);
  const Start start{.generation = generation->number,
                    .slot = slot,
                    .workers = static_cast<std::uint32_t>(generation->slots.size()),
                    .place = worker->place,
                    .folder = plan.folder.path(),
                    .announce = slot == 0 && generation == next_ && current_ == nullptr,
                    .has_config = plan.config.has_value(),
                    .has_scoreboard = ledger_.descriptor() >= 0,
                    .has_admin = admin >= 0,
                    .closed = generation->quarantine.closed(now)};
  std::vector<int> descriptors;
  UniqueFd config;
  if (plan.config) {
    config = memory_file("configuration", *plan.config);
    descriptors.push_back(config.get());
  }
  descriptors.push_back(worker->last_words.get());
  if (start.has_scoreboard) descriptors.push_back(ledger_.descriptor());
  if (start.has_admin) descriptors.push_back(admin);
  worker->channel.send(start, descriptors);
  generation->slots[slot].incoming = worker.get();
  workers_.emplace(worker->pid, std::move(worker));
}

std::optional<Progress::Work> Fleet::work() const {
  if (!next_) return std::nullopt;
  for (const Slot& slot : next_->slots)
    if (slot.incoming != nullptr && slot.incoming->state == State::starting) return work_of(slot.incoming->phase);
  return std::nullopt;
}

void Fleet::ready(Worker& worker, Time now) {
  worker.state = State::ready;
  worker.deadline.reset();
  if (worker.generation == current_) {
    put_to_work(worker, now);
    return rebalance();
  }
  if (worker.generation != next_) return;  // it was told to end
  const std::shared_ptr<Generation> generation = next_;
  if (worker.slot == 0)
    for (unsigned slot = 1; slot < generation->slots.size() && next_; ++slot) launch(generation, slot, now);
  const auto waits = [](const Slot& slot) { return slot.incoming != nullptr && slot.incoming->state == State::ready; };
  if (next_ && std::ranges::all_of(next_->slots, waits)) commit(now);
}

void Fleet::commit(Time now) {
  const std::shared_ptr<Generation> before = std::exchange(current_, std::exchange(next_, nullptr));
  paused_ = false;
  for (const std::string& refused : sockets_.become(std::move(current_->plan.listen), current_->plan.backlog))
    log_.write(fault('E', 6008), "the system does not let " + refused + " listen");
  for (Slot& slot : current_->slots) put_to_work(*slot.incoming, now);
  rebalance();
  for (const auto& [pid, worker] : workers_)
    if (worker->generation == before)
      worker->state == State::serving ? drain(*worker, 0ms, now) : discard(*worker, now);
  std::exchange(done_, nullptr)(nullptr);
}

void Fleet::fail_next(const Failed& why, Time now) {
  const std::shared_ptr<Generation> failed = std::exchange(next_, nullptr);
  for (const auto& [pid, worker] : workers_)
    if (worker->generation == failed) discard(*worker, now);
  std::exchange(done_, nullptr)(&why);
}

// ---- work
// -------------------------------------------------------------------------------------------------------------

void Fleet::put_to_work(Worker& worker, Time now) {
  Slot& slot = current_->slots[worker.slot];
  Worker* before = std::exchange(slot.worker, &worker);
  slot.incoming = nullptr;
  worker.state = State::serving;
  worker.serving_since = now;
  ledger_.serves(worker.place);
  if (before != nullptr) drain(*before, 0ms, now);
  if (!slot.end) return;
  ++replaced_;
  const std::string lost = slot.end->lost == 0 ? "" : fmt::format("; {} requests in flight were lost", slot.end->lost);
  log_.write(fault('W', 6002), fmt::format("worker {} (pid {}) {}: replaced by pid {} in {} ms{}", worker.slot + 1,
                                           slot.end->pid, slot.end->how, worker.pid, ms(now - slot.end->when), lost));
  slot.end.reset();
}

// Gives every worker at work what it is to accept from now, and takes back the rest.
void Fleet::rebalance() {
  if (!current_) return;
  std::vector<bool> serving;
  for (const Slot& slot : current_->slots) serving.push_back(slot.worker != nullptr);
  const std::vector<SocketSet::Share> shares = sockets_.deal(serving);
  for (const Slot& slot : current_->slots)
    if (slot.worker != nullptr) hand_over(*slot.worker, paused_ ? SocketSet::Share{} : shares[slot.worker->slot]);
}

void Fleet::hand_over(Worker& worker, const SocketSet::Share& share) {
  Take take;
  std::vector<int> descriptors;
  std::set<std::uint32_t> keeps;
  const auto send = [&] {
    if (!take.sockets.empty()) worker.channel.send(std::exchange(take, {}), std::exchange(descriptors, {}));
  };
  for (std::size_t i = 0; i < share.sockets.size(); ++i) {
    keeps.insert(share.sockets[i].id);
    if (worker.sockets.contains(share.sockets[i].id)) continue;
    take.sockets.push_back(share.sockets[i]);
    descriptors.push_back(share.descriptors[i]);
    if (descriptors.size() == Channel::kMostDescriptors) send();
  }
  send();
  Leave leave;
  std::ranges::set_difference(worker.sockets, keeps, std::back_inserter(leave.ids));
  if (!leave.ids.empty()) worker.channel.send(leave);
  worker.sockets = std::move(keeps);
}

void Fleet::drain(Worker& worker, std::chrono::milliseconds delay, Time now) {
  worker.state = State::draining;
  worker.deadline = now + delay + worker.generation->plan.grace + kUnwind;
  ledger_.drains(worker.place);
  if (!worker.channel.send(Drain{delay, !stopping_})) ::kill(worker.pid, SIGTERM);
}

// One that never served: nothing of anybody's is lost with it.
void Fleet::discard(Worker& worker, Time now) {
  worker.state = State::draining;
  worker.deadline = now + kUnwind;
  ::kill(worker.pid, SIGTERM);
}

void Fleet::stop(Time now) {
  if (std::exchange(stopping_, true)) return;
  next_.reset();
  for (const auto& [pid, worker] : workers_) {
    if (worker->state == State::serving)
      drain(*worker, worker->generation->plan.delay, now);
    else if (worker->state != State::draining)
      discard(*worker, now);
  }
  sockets_.close();
}

void Fleet::cut(Time now) {
  for (const auto& [pid, worker] : workers_) {
    worker->deadline = now + kUnwind;
    if (!worker->channel.send(Cut{})) ::kill(pid, SIGKILL);
  }
}

void Fleet::reopen() {
  for (const auto& [pid, worker] : workers_) worker->channel.send(Reopen{});
}

void Fleet::pause() {
  paused_ = true;
  rebalance();
}

void Fleet::resize(unsigned workers, Time now) {
  for (unsigned slot = workers; slot < current_->slots.size(); ++slot) {
    Slot& leaving = current_->slots[slot];
    if (leaving.worker != nullptr) drain(*leaving.worker, 0ms, now);
    if (leaving.incoming != nullptr) discard(*leaving.incoming, now);
  }
  const auto before = static_cast<unsigned>(current_->slots.size());
  current_->slots.resize(workers);
  rebalance();
  for (unsigned slot = before; slot < workers; ++slot) launch(current_, slot, now);
}

// ---- what workers say
// ---------------------------------------------------------------------------------------------------

void Fleet::hear(pid_t pid, Time now) {
  const auto found = workers_.find(pid);
  if (found == workers_.end()) return;
  Worker& worker = *found->second;
  while (worker.channel) {
    const Channel::Received received = worker.channel.receive();
    if (received.state == Channel::Received::State::nothing) return;
    if (received.state == Channel::Received::State::closed)
      worker.channel = {};  // it ends; its end comes by another way
    else
      said(worker, received.message, now);
  }
}

void Fleet::said(Worker& worker, const Message& message, Time now) {
  if (const auto* phase = std::get_if<Phase>(&message)) {
    worker.phase = *phase;
  } else if (const auto* failed = std::get_if<Failed>(&message)) {
    worker.failed = *failed;
  } else if (std::holds_alternative<Ready>(message)) {
    if (worker.state == State::starting) ready(worker, now);
  } else if (std::holds_alternative<Draining>(message) && worker.state == State::serving) {
    // Somebody else told it to end: it is replaced while it finishes what runs.
    worker.state = State::draining;
    worker.deadline = now + worker.generation->plan.grace + kUnwind;
    ledger_.drains(worker.place);
    if (worker.generation == current_)
      lost(current_->slots[worker.slot], worker, {worker.pid, "was told to end", now, 0}, 0s);
  }
}

// ---- ends
// ---------------------------------------------------------------------------------------------------------------

void Fleet::bury(pid_t pid, int status, Time now) {
  hear(pid, now);  // it may have said why
  const auto found = workers_.find(pid);
  if (found == workers_.end()) return;
  const std::unique_ptr<Worker> worker = std::move(found->second);
  workers_.erase(found);
  const std::size_t lost_requests = tell_lost_requests(*worker);
  if (worker->state == State::serving)
    ended_at_work(*worker, status, lost_requests, now);
  else if (worker->state != State::draining)
    did_not_start(*worker, why_not(*worker, status), now);
  else if (worker->serving_since != Time{})
    ended_draining(*worker, status);
}

std::size_t Fleet::tell_lost_requests(const Worker& worker) {
  const std::vector<std::string> lost = ledger_.leave(worker.place, worker.state == State::serving);
  for (const std::string& request : lost) log_.write(Log::Level::error, "000 worker-died " + request);
  return lost.size();
}

// A crash while an app is destroyed leaves last words, and the status of an end that is as it should be.
void Fleet::ended_draining(const Worker& worker, int status) {
  if (const std::string words = read_all(worker.last_words.get()); !words.empty())
    obituary_.write({worker.slot, worker.pid, status, words}, worker.generation->plan);
  if (status != 0) log_.write(Log::Level::warn, name(worker) + " " + how_it_ended(status) + " while it drained");
}

void Fleet::ended_at_work(const Worker& worker, int status, std::size_t lost_requests, Time now) {
  const std::string words = read_all(worker.last_words.get());
  const Duration served = now - worker.serving_since;
  Generation& generation = *worker.generation;
  if (const auto app = culprit(status, words, generation.plan.apps);
      app && generation.quarantine.blame(*app, served, now))
    log_.write(
        fault('E', 5020),
        fmt::format("quarantine: {} ended its workers again and again; its mount answers 503 for {} s",
                    generation.plan.apps[*app],
                    std::chrono::ceil<std::chrono::seconds>(generation.quarantine.remaining(*app, now)).count()));
  Slot& slot = generation.slots[worker.slot];
  lost(slot, worker, {worker.pid, how_it_ended(status), now, lost_requests}, slot.back_off.ended(served));
  obituary_.write({worker.slot, worker.pid, status, words}, generation.plan);  // its successor starts meanwhile
}

void Fleet::did_not_start(const Worker& worker, const Failed& why, Time now) {
  if (worker.generation == next_ && next_) return fail_next(why, now);
  if (worker.generation != current_ || stopping_) return;
  Slot& slot = current_->slots[worker.slot];
  slot.incoming = nullptr;
  const Duration wait = slot.back_off.ended(std::nullopt);
  slot.start_at = now + wait;
  log_.write(fault('E', 6003), fmt::format("worker {} cannot be started: {}; next try in {} s", worker.slot + 1,
                                           why.reason, std::chrono::ceil<std::chrono::seconds>(wait).count()));
  rebalance();
}

void Fleet::lost(Slot& slot, const Worker& worker, Slot::End end, Duration wait) {
  if (slot.worker == &worker) slot.worker = nullptr;
  if (stopping_ || worker.generation != current_) return;
  const Time now = end.when;
  slot.end = std::move(end);
  slot.start_at = now + wait;
  start_due(now);
  rebalance();
  if (slot.start_at)
    log_.write(fault('E', 6003), fmt::format("worker {} ends again and again; next try in {} s", worker.slot + 1,
                                             std::chrono::ceil<std::chrono::seconds>(wait).count()));
}

// ---- time
// ---------------------------------------------------------------------------------------------------------------

void Fleet::tick(Time now) {
  std::vector<Worker*> late;
  for (const auto& [pid, worker] : workers_)
    if (worker->deadline && *worker->deadline <= now) late.push_back(worker.get());
  for (Worker* worker : late) overdue(*worker, now);
  if (!current_ || stopping_) return;
  if (current_->quarantine.open_due(now))
    for (Slot& slot : current_->slots)
      if (slot.incoming == nullptr) slot.start_at = now;
  start_due(now);
}

void Fleet::start_due(Time now) {
  for (unsigned i = 0; i < current_->slots.size(); ++i) {
    Slot& slot = current_->slots[i];
    if (!slot.start_at || *slot.start_at > now) continue;
    slot.start_at.reset();
    if (slot.incoming == nullptr) launch(current_, i, now);
  }
}

void Fleet::overdue(Worker& worker, Time now) {
  worker.deadline.reset();
  if (worker.state == State::starting && !std::exchange(worker.late, true)) {
    worker.deadline = now + kLastWords;
    ::kill(worker.pid, SIGABRT);
    return;
  }
  if (worker.state != State::starting) log_.write(fault('W', 5026), name(worker) + " does not end; it is killed");
  ::kill(worker.pid, SIGKILL);
}

std::optional<Time> Fleet::next_tick() const {
  std::optional<Time> next;
  for (const auto& [pid, worker] : workers_)
    if (worker->deadline) next = earlier(next, *worker->deadline);
  if (!current_ || stopping_) return next;
  for (const Slot& slot : current_->slots)
    if (slot.start_at) next = earlier(next, *slot.start_at);
  if (const auto due = current_->quarantine.next_try()) next = earlier(next, *due);
  return next;
}

void Fleet::adopt(std::shared_ptr<Generation> generation, std::vector<std::unique_ptr<Worker>> workers, Time now) {
  number_ = generation->number;
  current_ = std::move(generation);
  for (auto& worker : workers) {
    worker->generation = current_;
    if (worker->state != State::draining && worker->slot < current_->slots.size()) {
      Slot& slot = current_->slots[worker->slot];
      (worker->state == State::serving ? slot.worker : slot.incoming) = worker.get();
    }
    workers_.emplace(worker->pid, std::move(worker));
  }
  for (Slot& slot : current_->slots)
    if (slot.worker == nullptr && slot.incoming == nullptr) slot.start_at = now;
}

}  // namespace appserve::supervisor
