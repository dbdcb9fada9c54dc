// Who is told how each exchange goes, for logs and metrics: one journal per loop. The net room tells, and knows nothing
// of what is made of it. This one keeps nothing; a real one overrides what it wants. [home], all of it.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "http/refusal.hpp"
#include "service/request.hpp"

namespace appserve::service {

enum class Ending : std::uint8_t {
  answered,  // by the app, whole
  refused,   // by the server in the app's place: a deadline, a body that is too large or broken
  left,      // the client was gone first
  cut        // the server ended it: a client that does not read, a stream without an end, the end of a drain
};

/// An exchange at its end. Everything in it is valid during the call only.
struct Record {
  const Request& request;
  std::string_view route;  // the pattern that matched; empty: none
  Ending ending = Ending::answered;
  int status = 0;               // 0: no answer began
  std::uint64_t bytes_in = 0;   // head and content
  std::uint64_t bytes_out = 0;  // content
  Time began;                   // the head was complete
  Duration latency{};           // until the answer was made; of a stream: until its head
  Duration took{};              // until its last byte was on its way, or nobody waited for it any more
};

/// A message that never became a request, or a connection that was turned away.
struct Refused {
  std::string_view peer;
  http::Refusal why;
  std::string_view head;  // the bytes there are of it; may be empty
  Time at;
};

class Journal {
 public:
  using Mark = std::uint64_t;  // what the journal wants to find again

  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  virtual void connected() {}
  virtual void disconnected() {}
  /// It is known who asks and, unless no app has it, request.app. Comes before any code of an app runs.
  virtual Mark begin(const Request& /*request*/, Time /*since*/) { return 0; }
  /// The route is known now.
  virtual void routed(Mark& /*mark*/, const Request& /*request*/, std::string_view /*route*/) {}
  /// Once per begin(), when the client has its answer or will get none; the handler may still run.
  virtual void end(Mark /*mark*/, const Record& /*record*/) {}
  virtual void refused(const Refused& /*message*/) {}
};

}  // namespace appserve::service
