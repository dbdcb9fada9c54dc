// A request as apps and middleware see it. Views live until ResponseWriter::release().
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "service/body_reader.hpp"

namespace appserve::loop {
class EventLoop;
}
namespace appserve::trace {
struct RequestWords;
}

namespace appserve::service {

struct Request {
  http::Method method = http::Method::get;
  bool http10 = false;
  bool tls = false;
  bool body_complete = true;  // `body` holds all content (also when there is none)
  bool plain_path = false;    // the path holds no escape and no dot: it is its own normal form
  std::string_view method_name;
  std::string_view target;     // as the client sent it
  std::string_view path;       // percent-encoded; before mounting as sent, below a mount what is left of it
  std::string_view query;      // without '?'
  std::string_view prefix;     // the mount's: "" or "/game"
  std::string_view app;        // the mount's name in logs and metrics: "/" or "/game"; empty: no app has it
  std::string_view scheme;     // "http" or "https", as the client sees it
  std::string_view authority;  // host[:port]
  std::string_view remote;     // "192.0.2.1:49152", "[2001:db8::1]:80" or "unix:"
  std::string_view id;         // in the log and in error answers
  std::span<const http::Field> fields;
  std::int64_t content_length = 0;             // -1: not known (chunked)
  std::string_view body;                       // when body_complete
  BodyReader* reader = nullptr;                // works whether complete or not
  loop::EventLoop* home = nullptr;             // the loop all of this happens on
  const trace::RequestWords* words = nullptr;  // the app's record, if it keeps one: what its handler waits for
};

}  // namespace appserve::service
