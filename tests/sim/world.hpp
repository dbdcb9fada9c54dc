// One simulated machine: a clock, sockets, and the dice that decide what goes wrong. The server's loop room and socket
// calls are linked against it instead of the kernel (loop.cpp, sockets.cpp), so that connections run as they are.
// Everything follows from the seed.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "loop/poller.hpp"

namespace appserve::sim {

/// Ends the program with the seed when a promise is broken.
void check(bool holds, std::string_view what);

/// splitmix64: small, good enough, the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t roll();
  /// 0 … n-1.
  std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : roll() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// 0 … most, small ones more often.
  Duration delay(Duration most);

 private:
  std::uint64_t state_;
};

/// What can go wrong on the server's side of a socket.
struct Weather {
  unsigned short_io = 0;  // percent of calls that move fewer bytes than they could
  unsigned again = 0;     // percent of calls that find nothing, though epoll said otherwise
  unsigned late = 0;      // percent of ready sockets that are told of a turn later
};

/// A TCP connection between a client (who calls these) and the server (who calls socket_io).
class Socket {
 public:
  Socket(unsigned number, std::size_t buffer) : number_(number), buffer_(buffer) {}

  // ---- the client's side ----
  std::size_t push(std::string_view bytes);  // taken; the rest does not fit
  std::string pull(std::size_t most);
  bool readable() const { return !to_client_.empty(); }
  void finish() { fin_ = true; }
  void reset();
  unsigned number() const { return number_; }
  /// The server sends no more, and everything it sent is read.
  bool at_end() const { return to_client_.empty() && (server_finished_ || server_closed_); }
  bool was_reset() const { return reset_ || reset_by_server_; }
  bool closed_by_server() const { return server_closed_; }
  std::size_t taken() const { return taken_; }  // by the server, of what was pushed
  std::function<void()> on_news;                // something moved that the client may act on

 private:
  friend class World;
  std::uint32_t ready() const;

  unsigned number_;
  std::size_t buffer_;  // bytes each direction holds
  std::string to_server_, to_client_;
  std::size_t taken_ = 0;
  bool fin_ = false, reset_ = false, reset_by_server_ = false;
  bool server_finished_ = false, server_closed_ = false;

  loop::Watcher* watcher_ = nullptr;
  std::uint32_t interest_ = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed, const Weather& weather = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  /// The one that exists on this thread.
  static World& current();

  Dice dice;
  bool tells = false;  // every step on standard error

  /// A line of the story; socket 0: of the app's.
  void note(unsigned socket, std::string_view what, std::uint64_t number = 0) const;
  Time now() const { return now_; }
  void after(Duration delay, std::function<void()> job);

  /// A connection that waits to be served: the descriptor is real (and empty), so that closing it closes something.
  std::shared_ptr<Socket> connect(UniqueFd& server_end);

  // ---- for the loop (loop.cpp) ----
  void post(void (*fn)(void*), void* arg) { posted_.push_back({fn, arg}); }
  /// One thing happens: a job that is due, a posted call, the events of ready sockets, or else time passes (at most to
  /// `tick`, when the loop wants to be woken). False: nothing will ever happen again.
  bool turn(Time tick);
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }
  loop::Poller::Token watch(int fd, std::uint32_t events, loop::Watcher& watcher);
  void modify(int fd, std::uint32_t events);
  void unwatch(int fd);

  // ---- for socket calls (sockets.cpp) ----
  struct Io {
    enum class State { ok, again, closed, broken } state = State::ok;
    std::size_t bytes = 0;
  };
  Io receive(int fd, char* into, std::size_t size);
  bool has_input(int fd) const;
  Io send(int fd, const std::string& bytes);
  void finish_sending(int fd);

 private:
  struct Posted {
    void (*fn)(void*);
    void* arg;
  };
  struct Job {
    Time at;
    std::uint64_t order;
    std::function<void()> job;
    bool operator<(const Job& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  bool run_job();
  bool run_posted();
  bool deliver();
  std::size_t amount(std::size_t possible);
  void tell(Socket& socket);

  Weather weather_;
  Time now_{std::chrono::hours(1)};
  std::deque<Posted> posted_;
  std::priority_queue<Job> jobs_;
  std::uint64_t order_ = 0;
  unsigned turns_at_this_time_ = 0;
  std::map<int, std::shared_ptr<Socket>> sockets_;  // open on the server's side, in a fixed order
  unsigned connections_ = 0;
  bool stopped_ = false;
};

}  // namespace appserve::sim
