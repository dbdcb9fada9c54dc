// The way a response goes out: whole, or head, pieces and end. Implemented by a connection, and by tests.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "service/status.hpp"

namespace appserve::service {

/// A piece of outgoing content: bytes, or a part of a regular file (`fd`). A file's descriptor stays the giver's, who
/// may close it when the call returns. Of bytes: without `release` it is copied (or sent) before the call returns; with
/// it the memory stays needed until release(arg) is called: exactly once, on the home loop, also when the call fails,
/// and before the write's completion.
struct Piece {
  std::string_view data;
  void (*release)(void* arg) = nullptr;
  void* arg = nullptr;
  int fd = -1;  // a file's: `data` is empty
  std::uint64_t offset = 0, length = 0;

  bool is_file() const { return fd >= 0; }
  std::uint64_t size() const { return is_file() ? length : data.size(); }
  void give_back() const {
    if (release != nullptr) release(arg);
  }
};

class ResponseWriter {
 public:
  /// [home] The whole response, once. invalid: a status or field was refused; nothing was sent, another may follow.
  /// bad_state: already answered. gone: the client has left (the response is dropped, the call is over all the same).
  virtual Status respond(const http::ResponseHead& head, std::span<const Piece> body) = 0;

  /// [home] The head of a streamed response; head.content_length -1 = not known. Statuses as respond().
  virtual Status begin(const http::ResponseHead& head) = 0;
  /// [home] Content. pending: taken, but wait for `done` before the next (back-pressure). gone: the client has left.
  virtual Status write(std::span<const Piece> body, Completion done) = 0;
  /// [home] The stream is complete.
  virtual Status end() = 0;

  /// [home] `fn(arg)` is called at most once when the client leaves, the deadline passes or the server drains.
  /// Pending operations end with canceled or gone. nullptr unsets.
  virtual void on_cancel(void (*fn)(void* arg), void* arg) = 0;

  /// [home] The handler failed: `why` goes to the log with route and id; the client gets 500 with the id, or, when the
  /// head is out, a cut connection. After a complete response only the log is told.
  virtual Status fail(std::string_view why) = 0;

  /// [home] A label for logs and metrics; must live until release(). The first call, with "" where there is no label
  /// yet, also says that the request is as the app will see it.
  virtual void set_route(std::string_view pattern) = 0;

  /// [home] Memory that lives until release(); aligned for any object, never null (std::bad_alloc).
  virtual void* allocate(std::size_t bytes) = 0;

  /// [home] Ends the use of request and response, exactly once. Without a response the client gets 500.
  virtual void release() = 0;

 protected:
  ~ResponseWriter() = default;
};

}  // namespace appserve::service
