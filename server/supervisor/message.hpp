// What a supervisor and its workers say to each other: plain values, and their bytes. Versioned, because after an
// upgrade of the binary a new supervisor speaks with old workers. Knows no socket.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace appserve::supervisor {

/// Bytes begin with it; another one's message is not understood.
inline constexpr std::uint16_t kProtocol = 2;

// ---- to a worker ----------------------------------------------------------------------------------------------------

/// The first message. With descriptors in this order: the configuration file's bytes when `has_config`, a file for last
/// words, the scoreboard when `has_scoreboard`, the admin listener when `has_admin`.
struct Start {
  struct Closed {  // a mount that is not loaded: it answers 503
    std::uint32_t app = 0;
    std::uint32_t retry_after = 1;  // seconds, for its clients
    friend bool operator==(const Closed&, const Closed&) = default;
  };
  std::uint32_t generation = 1, slot = 0, workers = 1;
  std::uint32_t place = 0;  // on the scoreboard
  std::string folder;       // the generation's, for copies of libraries
  bool announce = false;    // tell what is loaded, as a start does
  bool has_config = false;
  bool has_scoreboard = false;
  bool has_admin = false;
  std::vector<Closed> closed;
  friend bool operator==(const Start&, const Start&) = default;
};

/// Listening sockets to accept from; one descriptor each, in order.
struct Take {
  struct Socket {
    std::uint32_t id = 0;
    std::uint32_t loop = 0;  // modulo the worker's loops
    bool shared = false;     // every loop accepts from it
    bool given = false;      // it goes on without the server: who waits in its queue is not the server's
    friend bool operator==(const Socket&, const Socket&) = default;
  };
  std::vector<Socket> sockets;
  friend bool operator==(const Take&, const Take&) = default;
};

/// Stop accepting from these sockets; nothing else changes.
struct Leave {
  std::vector<std::uint32_t> ids;
  friend bool operator==(const Leave&, const Leave&) = default;
};

/// Finish what runs and end. Clients are accepted for `delay` more; then the queues are left to others, or emptied.
struct Drain {
  std::chrono::milliseconds delay{0};
  bool others_accept = false;
  friend bool operator==(const Drain&, const Drain&) = default;
};

/// End now.
struct Cut {
  friend bool operator==(const Cut&, const Cut&) = default;
};

/// Open the log files anew.
struct Reopen {
  friend bool operator==(const Reopen&, const Reopen&) = default;
};

// ---- from a worker --------------------------------------------------------------------------------------------------

/// What it is at, so that its sudden end has a name.
struct Phase {
  enum class Stage : std::uint8_t { starting, loading, creating } stage = Stage::starting;
  std::string library;  // "libgame.so"
  std::string symbol;
  friend bool operator==(const Phase&, const Phase&) = default;
};

/// It cannot start, and ends.
struct Failed {
  std::int32_t exit = 70;
  std::string reason;  // "[E2005] create_app failed: …": one line, for a log
  std::string text;    // the messages as people read them
  friend bool operator==(const Failed&, const Failed&) = default;
};

/// Everything is loaded; it waits for sockets.
struct Ready {
  friend bool operator==(const Ready&, const Ready&) = default;
};

/// It accepts no more clients: asked to, or by a signal of somebody else's.
struct Draining {
  friend bool operator==(const Draining&, const Draining&) = default;
};

/// A trial's outcome, in the one descriptor that comes with it: nothing was to be served.
struct Report {
  friend bool operator==(const Report&, const Report&) = default;
};

using Message = std::variant<Start, Take, Leave, Drain, Cut, Reopen, Phase, Failed, Ready, Draining, Report>;

std::string encode(const Message& message);
/// None for bytes that are no message of this protocol.
std::optional<Message> decode(std::string_view bytes);

}  // namespace appserve::supervisor
