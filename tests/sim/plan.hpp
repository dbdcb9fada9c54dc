// What one simulated request is, how the app treats it, and what its client may see. Made by the dice.
#pragma once
#include <string>
#include <vector>

#include "sim/world.hpp"

namespace appserve::sim {

enum class Act : unsigned char {
  whole,         // answers at once
  later,         // answers after a while
  stream,        // begins, writes pieces, ends
  collect,       // reads the content piece by piece, then sends it back
  take_all,      // asks for all content, then sends it back
  mirror,        // begins at once and copies the content into its answer
  silent,        // never answers; ends when it is cancelled, or a while after
  leave,         // releases without an answer: 500
  fail,          // fails before its answer: 500
  fail_midway,   // fails after some content: the connection is cut
  leave_midway,  // releases its stream without an end: the same
  too_short,     // says a length and sends less: the same
  too_long,      // says a length and sends more: cut to what was said
  bad_field,     // tries to forge a field, is refused, then answers
  limited,       // allows less content than comes: 413
};

/// Ways of a client to misbehave; at most one on a connection, on its last request.
enum class Fault : unsigned char {
  none,
  reset,          // at some time
  half_close,     // behind its last request, which is no fault: it is answered
  cut_short,      // half-closes within a request: 400
  falls_silent,   // within a request: 408, or the end
  stops_reading,  // the server gives up
  garbage,        // something that is no request, instead of one: 4xx or 5xx
};

struct Plan {
  unsigned number = 0;
  Act act = Act::whole;
  std::string method = "GET";
  std::size_t content = 0;  // of the request
  bool chunked = false;     // its framing
  bool expects = false;     // 100-continue
  bool close = false;       // Connection: close
  bool http10 = false;
  std::size_t answer = 0;  // bytes the app sends
  std::size_t pieces = 1;  // in so many writes
  bool known_length = true;
  bool lends = false;    // pieces stay the app's until they are released
  Duration pause{};      // of the app, between steps
  bool lingers = false;  // the app takes its time after it is cancelled

  std::string bytes;  // the request on the wire
  std::size_t head_size = 0;

  bool has_content() const { return method == "POST"; }
  bool echoes() const { return act == Act::collect || act == Act::take_all || act == Act::mirror; }
};

/// The content of a request or an answer: recognisable, different for each number.
std::string content_of(unsigned number, std::size_t size);

/// A request of the dice's choice.
Plan make_plan(Dice& dice, unsigned number);

}  // namespace appserve::sim
