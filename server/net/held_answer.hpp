// A streamed answer that was begun before the request was complete: its head and first content, held back until the
// request is complete or the content grows. So a request that turns out cut short or malformed still gets its 4xx, and
// "100 Continue" can still come first.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "net/arena.hpp"
#include "service/response_writer.hpp"

namespace appserve::net {

class HeldAnswer {
 public:
  bool holding() const { return holding_; }
  /// Keeps a copy of `head` in `arena`, which lives as long as the answer.
  void hold(const http::ResponseHead& head, Arena& arena);
  void append(std::span<const service::Piece> body);
  /// More content than is worth holding.
  bool full() const { return content_.size() > kLimit; }

  /// No longer held: what is to be sent now.
  struct Released {
    http::ResponseHead head;
    std::vector<http::Field> fields;  // head.fields
    std::string content;
  };
  Released release();
  /// Forgets everything, for the next request.
  void reset();

 private:
  static constexpr std::size_t kLimit = 64 * 1024;

  bool holding_ = false;
  http::ResponseHead head_;
  std::vector<http::Field> fields_;
  std::string content_;
};

}  // namespace appserve::net
