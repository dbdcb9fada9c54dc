#include "sim/world.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace appserve::sim {
namespace {

thread_local World* the_world = nullptr;

}  // namespace

// ---- dice -----------------------------------------------------------------------------------------------------------

std::uint64_t Dice::roll() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

Duration Dice::delay(Duration most) {
  const auto range = static_cast<std::uint64_t>(most.count()) >> below(12);
  return Duration(static_cast<Duration::rep>(below(range + 1)));
}

// ---- the client's side ----------------------------------------------------------------------------------------------

std::size_t Socket::push(std::string_view bytes) {
  if (was_reset() || fin_) return 0;
  if (server_closed_) {  // nobody is there: the kernel answers with a reset, and what was not read is lost
    reset_by_server_ = true;
    to_client_.clear();
    return 0;
  }
  const std::size_t taken = std::min(bytes.size(), buffer_ - to_server_.size());
  to_server_.append(bytes.substr(0, taken));
  return taken;
}

std::string Socket::pull(std::size_t most) {
  const std::string bytes = to_client_.substr(0, most);
  to_client_.erase(0, bytes.size());
  return bytes;
}

void Socket::reset() {
  reset_ = true;
  to_client_.clear();
}

std::uint32_t Socket::ready() const {
  std::uint32_t events = 0;
  if (reset_) return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (!to_server_.empty() || fin_) events |= EPOLLIN;
  if (fin_) events |= EPOLLRDHUP;
  if (fin_ && server_finished_) events |= EPOLLHUP;
  if (to_client_.size() < buffer_) events |= EPOLLOUT;
  return events;
}

// ---- the world ------------------------------------------------------------------------------------------------------

World::World(std::uint64_t seed, const Weather& weather) : dice(seed), weather_(weather) {
  check(the_world == nullptr, "one world at a time");
  the_world = this;
}

World::~World() { the_world = nullptr; }

World& World::current() { return *the_world; }

void World::note(unsigned socket, std::string_view what, std::uint64_t number) const {
  if (!tells) return;
  const std::chrono::duration<double> at = now_ - Time(std::chrono::hours(1));
  std::fprintf(stderr, "%9.4f s  socket %u: %.*s %llu\n", at.count(), socket, static_cast<int>(what.size()),
               what.data(), static_cast<unsigned long long>(number));
}

void World::after(Duration delay, std::function<void()> job) { jobs_.push({now_ + delay, order_++, std::move(job)}); }

std::shared_ptr<Socket> World::connect(UniqueFd& server_end) {
  server_end.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  check(static_cast<bool>(server_end), "the test has descriptors");
  static constexpr std::size_t kBuffers[] = {2048, 16'384, 65'536, 262'144};
  auto socket = std::make_shared<Socket>(++connections_, kBuffers[dice.below(std::size(kBuffers))]);
  sockets_[server_end.get()] = socket;
  return socket;
}

bool World::turn(Time tick) {
  check(++turns_at_this_time_ < 1'000'000, "time goes on: nothing is polled for ever");
  if (run_job() || run_posted() || deliver()) return true;
  const Time next = std::min(tick, jobs_.empty() ? Time::max() : jobs_.top().at);
  if (next == Time::max()) return false;
  now_ = next;
  turns_at_this_time_ = 0;
  return true;
}

bool World::run_job() {
  if (jobs_.empty() || jobs_.top().at > now_) return false;
  const auto job = std::move(const_cast<Job&>(jobs_.top()).job);
  jobs_.pop();
  job();
  return true;
}

bool World::run_posted() {
  if (posted_.empty()) return false;
  const Posted call = posted_.front();
  posted_.pop_front();
  call.fn(call.arg);
  return true;
}

// Level-triggered, in an order the dice choose; who is told late is told next turn.
bool World::deliver() {
  std::vector<int> ready;
  for (const auto& [fd, socket] : sockets_) {
    constexpr std::uint32_t kAlways = EPOLLHUP | EPOLLERR;
    if (socket->watcher_ != nullptr && (socket->ready() & (socket->interest_ | kAlways)) != 0) ready.push_back(fd);
  }
  if (ready.empty()) return false;
  if (ready.size() > 1) std::swap(ready.front(), ready[dice.below(ready.size())]);
  bool delivered = false;
  for (const int fd : ready) {
    const auto found = sockets_.find(fd);
    if (found == sockets_.end() || (ready.size() > 1 && dice.chance(weather_.late))) continue;
    const auto socket = found->second;
    const std::uint32_t events = socket->ready() & (socket->interest_ | EPOLLHUP | EPOLLERR);
    if (socket->watcher_ == nullptr || events == 0) continue;
    socket->watcher_->on_events(events);
    delivered = true;
  }
  return delivered;
}

loop::Poller::Token World::watch(int fd, std::uint32_t events, loop::Watcher& watcher) {
  Socket& socket = *sockets_.at(fd);
  socket.watcher_ = &watcher;
  socket.interest_ = events;
  return static_cast<loop::Poller::Token>(fd);
}

void World::modify(int fd, std::uint32_t events) { sockets_.at(fd)->interest_ = events; }

// The server closes right after. With unread bytes that is a reset: what the client has not read yet is lost.
void World::unwatch(int fd) {
  const auto socket = sockets_.at(fd);
  sockets_.erase(fd);
  socket->watcher_ = nullptr;
  socket->server_closed_ = true;
  note(socket->number_, "the server closes; unread", socket->to_server_.size());
  if (!socket->to_server_.empty()) {
    socket->reset_by_server_ = true;
    socket->to_client_.clear();
  }
  tell(*socket);
}

std::size_t World::amount(std::size_t possible) {
  return possible > 1 && dice.chance(weather_.short_io) ? 1 + dice.below(possible) : possible;
}

void World::tell(Socket& socket) {
  if (socket.on_news) socket.on_news();
}

World::Io World::receive(int fd, char* into, std::size_t size) {
  Socket& socket = *sockets_.at(fd);
  if (socket.reset_) return {Io::State::broken};
  if (dice.chance(weather_.again)) return {Io::State::again};
  if (socket.to_server_.empty()) return {socket.fin_ ? Io::State::closed : Io::State::again};
  const std::size_t bytes = amount(std::min(size, socket.to_server_.size()));
  std::memcpy(into, socket.to_server_.data(), bytes);
  socket.to_server_.erase(0, bytes);
  socket.taken_ += bytes;
  note(socket.number_, "the server takes", bytes);
  tell(socket);
  return {Io::State::ok, bytes};
}

bool World::has_input(int fd) const {
  const Socket& socket = *sockets_.at(fd);
  return !socket.to_server_.empty() && !socket.reset_;
}

World::Io World::send(int fd, const std::string& bytes) {
  Socket& socket = *sockets_.at(fd);
  if (socket.reset_) return {Io::State::broken};
  check(!socket.server_finished_, "nothing is sent after the end of sending");
  const std::size_t room = socket.buffer_ - socket.to_client_.size();
  if (room == 0 || dice.chance(weather_.again)) return {Io::State::again};
  const std::size_t sent = amount(std::min(room, bytes.size()));
  socket.to_client_.append(bytes, 0, sent);
  note(socket.number_, "the server sends", sent);
  tell(socket);
  return {Io::State::ok, sent};
}

void World::finish_sending(int fd) {
  Socket& socket = *sockets_.at(fd);
  socket.server_finished_ = true;
  note(socket.number_, "the server sends no more");
  tell(socket);
}

}  // namespace appserve::sim
