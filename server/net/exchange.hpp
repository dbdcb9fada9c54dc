// One request and its answer: the host's record. It holds itself until release(), also when the connection is long
// gone, so a handler that is late never touches freed memory: it is told `gone`.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "loop/timer_wheel.hpp"
#include "net/arena.hpp"
#include "net/held_answer.hpp"
#include "service/body_reader.hpp"
#include "service/journal.hpp"
#include "service/request.hpp"
#include "service/response_writer.hpp"

namespace appserve::net {

class Connection;
class ServingLoop;

class Exchange final : public service::ResponseWriter, public service::BodyReader, private loop::Deadline {
 public:
  explicit Exchange(ServingLoop& home) : home_(home) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // ---- for its connection ----
  /// The head's bytes, copied: to be parsed in place.
  std::span<char> take_head(std::string_view bytes);
  http::RequestHead& head() { return head_; }
  /// The head is parsed and what arrived of the body is received: makes the Request.
  void open(Connection& connection, bool body_done);
  service::Request& request() { return request_; }

  void receive(std::string_view content) {
    bytes_in_ += content.size();
    arrived_.append(content);
  }
  /// As much unread content as is worth holding.
  bool body_full() const;
  /// Content arrived, or the last of it: wakes a waiting reader.
  void body_arrived(bool done);
  /// Content is on its way, or waits to be.
  void sent(std::size_t content) { bytes_out_ += content; }
  /// What was written has left: wakes a waiting writer.
  void drained();
  /// The connection is gone or gives up on this exchange: later calls answer `gone`, waiting ones are told soon.
  /// `status`: of what the server answered instead.
  void abandon(service::Ending why, int status = 0);
  /// No answer came before the deadline: the log is told, and the handler has the grace left to end.
  void timed_out();
  /// The handler should stop; the connection can still take an answer.
  void cancel();
  /// The head or body was refused before open(): the exchange is free again.
  void release_unopened();
  /// The answer is complete: the connection goes on without this exchange. `sent`: all of it is; else delivered()
  /// follows, and the exchange stays until then.
  void finish(bool sent);
  void delivered(service::Ending how);

  // ---- service::ResponseWriter ----
  service::Status respond(const http::ResponseHead& head, std::span<const service::Piece> body) override;
  service::Status begin(const http::ResponseHead& head) override;
  service::Status write(std::span<const service::Piece> body, service::Completion done) override;
  service::Status end() override;
  void on_cancel(void (*fn)(void* arg), void* arg) override;
  service::Status fail(std::string_view why) override;
  void set_route(std::string_view pattern) override;
  void* allocate(std::size_t bytes) override { return arena_.allocate(bytes); }
  void release() override;

  // ---- service::BodyReader ----
  service::Status next(std::string_view& chunk, service::Completion done) override;
  service::Status all(std::size_t max, std::string_view& content, service::Completion done) override;
  bool limit(std::uint64_t max) override;

 private:
  static constexpr std::size_t kBodyBuffer = 64 * 1024;
  enum class Phase : unsigned char { open, finished, abandoned };

  std::span<char> keep(std::string_view bytes);
  void enter();
  void tell(service::Ending how);
  void on_deadline() override;
  void end_within(Duration time);
  service::Status closed() const;
  bool begun() const;
  service::Status start(const http::ResponseHead& head, bool whole);
  [[gnu::noinline]] service::Status head_refused(const http::ResponseHead& head) const;
  service::Status send(std::span<const service::Piece> body, service::Completion done);
  service::Status release_held(bool whole);
  void answer_500();
  std::string story(std::string_view why) const;
  void wake_soon();
  void wake();
  void recycle_if_unused();

  ServingLoop& home_;
  Connection* connection_ = nullptr;  // while phase_ is open
  Arena arena_;
  http::RequestHead head_;
  service::Request request_;
  std::string_view route_;
  std::array<char, 16> id_{};

  service::Journal::Mark mark_ = 0;
  Time began_{}, answered_{};
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
  int status_ = 0;  // of the answer that began

  std::string arrived_;     // content not handed out yet
  std::string handed_out_;  // the chunk the reader holds
  service::Completion reading_;
  std::size_t read_max_ = 0;  // of a waiting all(); 0: next() waits
  bool body_done_ = true;
  bool all_taken_ = false;  // the content was handed out whole

  HeldAnswer held_;
  service::Completion writing_;
  void (*cancel_fn_)(void*) = nullptr;
  void* cancel_arg_ = nullptr;

  Phase phase_ = Phase::open;
  bool entered_ = false;  // in the journal
  bool canceled_ = false;
  bool released_ = false;
  bool undelivered_ = false;  // finished, but not all of it is sent
  bool wake_posted_ = false;
  bool stuck_ = false;  // nobody waits for the handler any more, and it goes on
};

}  // namespace appserve::net
