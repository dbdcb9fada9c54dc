// What the connections of one loop share: buffers, spare exchanges, the common fields, the service. It owns them all.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "loop/event_loop.hpp"
#include "net/connection_options.hpp"
#include "net/dated_fields.hpp"
#include "service/journal.hpp"
#include "service/service.hpp"

namespace appserve::net {

class Connection;
class Exchange;
class ProxyGreeting;

class ServingLoop {
 public:
  /// Everything given outlives it. `open` counts the connections of all loops of the server.
  ServingLoop(loop::EventLoop& loop, const ConnectionOptions& options, service::Service& service,
              service::Journal& journal, Log& log, std::atomic<std::size_t>& open);
  ~ServingLoop();
  ServingLoop(const ServingLoop&) = delete;
  ServingLoop& operator=(const ServingLoop&) = delete;

  /// [home] Serves an accepted, non-blocking socket, behind its PROXY header where one is asked for. `peer` as in
  /// Request::remote.
  void serve(UniqueFd socket, std::string_view peer);

  /// [home] From now on every answer says `Connection: close`, and idle connections end shortly. `succeeded`: another
  /// process accepts in this one's place, so that they may take their time.
  void drain(bool succeeded = false);
  bool draining() const { return draining_; }
  bool succeeded() const { return succeeded_; }
  /// [home] The deadline passed: connections are cut, their handlers cancelled.
  void cut();
  /// [home] Calls fn(arg) once, as soon as no connection and no exchange is left but those that are stuck.
  void when_idle(void (*fn)(void* arg), void* arg);
  /// [home] Calls fn(arg, 1) for each handler that goes on though nobody waits for it, fn(arg, -1) when it ends.
  void when_stuck(void (*fn)(void* arg, int change), void* arg) {
    stuck_fn_ = fn;
    stuck_arg_ = arg;
  }
  std::size_t connections() const { return live_.size(); }

  // ---- for greetings ----
  /// The socket of this client speaks HTTP from here on; or why it does not. Destroys the greeting.
  void greeted(ProxyGreeting& greeting, UniqueFd socket, std::string_view client, std::string_view refused);
  /// There will be none. Destroys the greeting.
  void greeting_over(ProxyGreeting& greeting);

  // ---- for connections and exchanges ----
  loop::EventLoop& loop() { return loop_; }
  const ConnectionOptions& options() const { return options_; }
  service::Service& service() { return service_; }
  service::Journal& journal() { return journal_; }
  Log& log() { return log_; }
  /// Scratch for one receive.
  std::span<char> read_buffer() { return {read_buffer_.get(), kReadBuffer}; }
  /// Scratch for the answers of the connection that is processing its input; empty between events.
  std::string& batch() { return batch_; }
  /// Scratch for one answer of any other connection: it may be written while the first one processes.
  std::string& scratch() { return scratch_; }
  const http::CommonFields& common_fields() { return common_.at(loop_.now()); }
  /// 16 characters, unique in this process and hard to guess across processes.
  void make_id(std::span<char, 16> id);

  Exchange& take_exchange();
  void give_back(Exchange& exchange);
  /// A handler that nobody waits for any more goes on, or (-1) has ended after all. A drain does not wait for it.
  void handler_stuck(int change);
  /// The connection is closed; it is destroyed when nothing on the stack can refer to it any more.
  void retire(Connection& connection);

 private:
  static constexpr std::size_t kReadBuffer = 64 * 1024;
  static constexpr std::size_t kSpareExchanges = 64;

  void open(UniqueFd socket, std::string_view peer, std::string_view refused = {});
  void greet(UniqueFd socket, std::string_view peer);
  void forget(ProxyGreeting& greeting);
  void turn_down(UniqueFd socket, std::string_view peer, std::string_view why);
  bool make_room();
  void bury_soon();
  void bury();
  void tell_if_idle();

  loop::EventLoop& loop_;
  const ConnectionOptions& options_;
  service::Service& service_;
  service::Journal& journal_;
  Log& log_;
  std::atomic<std::size_t>& open_;
  DatedFields common_;
  std::unique_ptr<char[]> read_buffer_;
  std::string batch_;
  std::string scratch_;
  std::vector<std::unique_ptr<ProxyGreeting>> greetings_;
  std::vector<std::unique_ptr<Connection>> live_;
  std::size_t hand_ = 0;  // where in live_ the next search for a resting one begins
  std::vector<std::unique_ptr<Connection>> retired_;
  std::vector<std::unique_ptr<Exchange>> spare_;
  std::size_t exchanges_out_ = 0;
  Time turned_down_told_{};
  std::array<char, 8> id_prefix_;
  std::uint32_t id_next_ = 0;
  bool draining_ = false, succeeded_ = false;
  void (*idle_fn_)(void*) = nullptr;
  void* idle_arg_ = nullptr;
  void (*stuck_fn_)(void*, int) = nullptr;
  void* stuck_arg_ = nullptr;
  std::size_t stuck_ = 0;
};

}  // namespace appserve::net
