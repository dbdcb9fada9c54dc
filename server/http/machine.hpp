// The server's side of one HTTP/1.1 connection as a machine without I/O: no socket, clock, thread or log.
// Bytes come in as views, answers go out as bytes appended to a buffer. It decides framing, keep-alive, pipelining,
// 100-continue and refusals; its owner moves bytes, keeps deadlines and calls the app.
//
// One message at a time:
//   scan_head → (owner copies the head somewhere stable) → parse_head → decode_body … → answer → finish_message →
//   again.
// After a Refusal the owner sends refuse()'s bytes, half-closes, lingers and closes: nothing more is read as a request.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/chunked.hpp"
#include "http/common_fields.hpp"
#include "http/head_gate.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

struct ResponseAsks;

class Machine {
 public:
  /// `limits` outlives the machine and may be shared by all connections.
  explicit Machine(const Limits& limits) : limits_(&limits) {}

  // ---- request ------------------------------------------------------------------------------------------------
  using HeadScan = http::HeadScan;
  /// Looks for the end of the head in `input`, all bytes received since the last message. Remembers how far it has
  /// looked: when it answered incomplete, the next call gets the same bytes and more. Linear in the bytes.
  HeadScan scan_head(std::string_view input);
  /// Of what was scanned, something belongs to a request: it is not just the empty lines that may precede one.
  bool head_begun() const { return gate_.begun(); }

  /// Parses a complete head in place (names are lowered there). `bytes` must outlive `head`'s views.
  /// Afterwards the message's body, if any, is expected by decode_body.
  std::optional<Refusal> parse_head(std::span<char> bytes, RequestHead& head);

  /// Replaces the body limit of the current message by a mount's own, counted from what is decoded by now; call after
  /// parse_head, which has already held the message to limits.body: that one is the largest of all. A refusal that is
  /// not heeded comes again from decode_body.
  std::optional<Refusal> limit_body(std::uint64_t bytes);

  struct BodyStep {
    std::size_t consumed = 0;  // bytes of `input` used, framing included
    std::string_view data;     // content within `input`; may be empty while consumed > 0
    bool done = false;         // that was the last of this message
    std::optional<Refusal> refusal;
  };
  /// Takes one step through the body. Call while !body_done() and the step consumed something.
  BodyStep decode_body(std::string_view input);
  bool body_done() const { return body_done_; }
  /// Content that is known to be still to come: all of it, or the rest of the chunk.
  std::uint64_t body_missing() const {
    if (body_done_) return 0;
    return body_ == BodyKind::length ? body_left_ : chunked_.announced();
  }

  /// True once, when the app wants the body of a client that waits for "100 Continue" and nothing was answered yet:
  /// the owner then sends kContinue.
  bool take_expectation();
  /// The client holds its content back until it is asked for it.
  bool awaits_continue() const { return expects_ && !body_done_ && !response_started_; }
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

  // ---- response -----------------------------------------------------------------------------------------------
  enum class Start : std::uint8_t { ok, bad_status, bad_field };
  /// Appends the head of the response to the message last parsed. `common` is left out field by field where the app
  /// sets its own. Decides the framing: no body for HEAD, 204, 304; Content-Length when known; else chunked for 1.1 and
  /// close for 1.0. Refuses (and appends nothing) a status outside 200–599, names that are no tokens, CR, LF or NUL in
  /// a value, Content-Length beside a known length or twice, Transfer-Encoding, and other hop-by-hop fields;
  /// `Connection: close` by the app means close.
  Start start_response(const ResponseHead& head, const CommonFields& common, std::string& out);

  /// The line before a chunk; empty when the content is not chunked.
  struct ChunkLine {
    std::array<char, 18> octets;
    std::uint8_t size = 0;
    std::string_view text() const { return {octets.data(), size}; }
  };
  /// How a piece of content goes on the wire: line, data, suffix in this order. `data` is cut to what the framing lets
  /// through; `cut` says so.
  struct Frame {
    ChunkLine line;
    std::string_view data, suffix;
    bool cut = false;
  };
  Frame frame_body(std::string_view data);
  /// The same for content that is nowhere in memory: how much of `size` goes out, and what around it.
  struct Frames {
    ChunkLine line;
    std::string_view suffix;
    std::uint64_t size = 0;
  };
  Frames frame_body(std::uint64_t size);

  /// Appends what ends the body. False when content is missing from a declared length: the connection must be closed
  /// so that the peer can tell.
  bool end_response(std::string& out);
  bool response_started() const { return response_started_; }
  bool response_done() const { return response_done_; }
  /// Content still missing from a declared length.
  std::uint64_t response_missing() const { return response_left_; }

  /// Appends a whole error answer with `Connection: close`; usable at any time before start_response.
  void refuse(const Refusal& refusal, std::string_view common, std::string& out);

  // ---- between messages ---------------------------------------------------------------------------------------
  /// From now on every response says `Connection: close`.
  void close_soon() { close_ = true; }
  /// True when the connection ends after the current response.
  bool closing() const { return close_; }
  /// Forgets the message; scan_head follows. Only when body_done() and response_done(). What close_soon() asked for
  /// stays.
  void finish_message();

 private:
  enum class Framing : std::uint8_t { none, length, chunked, until_close };

  BodyStep decode_chunks(std::string_view input);
  Framing choose_framing(int status, std::int64_t length) const;
  std::string_view connection_field(bool upgrade) const;
  bool is_plain(const ResponseHead& head) const;
  void append_rest(int status, std::int64_t length, const ResponseAsks& asks, std::string& out) const;

  const Limits* limits_;
  std::uint64_t body_left_ = 0;  // content to come (length framing), or allowed (chunked)
  std::uint64_t response_left_ = 0;
  HeadGate gate_;
  ChunkedDecoder chunked_;
  BodyKind body_ = BodyKind::none;
  Framing response_framing_ = Framing::none;
  std::uint8_t minor_version_ = 1;
  bool head_request_ = false;  // HEAD: never a body byte
  bool expects_ = false;
  bool body_done_ = true;
  bool response_started_ = false;
  bool response_done_ = false;
  bool close_ = false;
};

}  // namespace appserve::http
