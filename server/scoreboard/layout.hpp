// What lies in the shared segment, byte by byte. Only cells; no pointer, since each process maps it elsewhere.
// Change anything here and kVersion changes with it: another version is not attached to.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "scoreboard/buckets.hpp"
#include "scoreboard/cells.hpp"

namespace appserve::scoreboard {

inline constexpr std::uint64_t kMagic = 0x6472616f62736161;  // "aasboard"
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kWorkers = 256;   // slots
inline constexpr std::size_t kRoutes = 256;    // rows; row 0 takes what finds no row of its own
inline constexpr std::size_t kRequests = 256;  // in flight that are shown, per lane
inline constexpr std::size_t kEvents = 128;    // recent ones that are kept
inline constexpr std::size_t kOther = 0;

/// One process that serves. Written by whoever starts it, and by itself.
enum class WorkerState : std::uint32_t { empty, starting, serving, draining };
struct Worker {
  std::atomic<WorkerState> state{};
  Number<std::int32_t> pid;
  Number<std::uint32_t> generation;
  Number<std::int64_t> since_ns;             // started, CLOCK_MONOTONIC
  std::atomic<std::uint64_t> restarts{};     // of this slot, by a crash
  std::atomic<std::uint64_t> log_dropped{};  // lines of the server's log; survives the process
};

/// A name in the table of routes. Claimed once, filled once; one whose claimer died in between stays unused.
enum class LabelState : std::uint32_t { free, claimed, ready };
struct Label {
  std::atomic<LabelState> state{};
  Text<64> app;     // the mount: "/", "/game"; empty: none
  Text<128> route;  // the pattern; empty: none was set
};

/// How exchanges ended: status classes, and what a status does not tell.
struct Row {
  std::array<Counter, 6> by_class;  // [0]: no answer; [2]: 2xx …
  Counter left;                     // the client was gone before its answer
  Counter cut;                      // the server ended it: a deadline, a failed stream, the end of a drain
  Counter refused;                  // never reached an app: 400, 408, 431 …
  Counter bytes_in, bytes_out;
  Gauge in_flight;
  Counter time_us;
  std::array<Counter, kBuckets> buckets;
};

/// One request in flight.
struct Flight {
  Guard guard;
  std::atomic<std::uint32_t> row{};      // changes when the route is known
  std::atomic<std::int64_t> since_ns{};  // CLOCK_MONOTONIC; 0: none here
  Text<16> method;
  Text<40> id;
  Text<56> peer;
  Text<200> target;
};

/// What one loop counts. Belongs to one worker at a time; its counters outlive the worker, its gauges do not.
struct alignas(64) Lane {
  std::atomic<std::uint32_t> owner{};  // worker slot + 1; 0: free
  Number<std::uint32_t> loop;          // index within the worker
  Gauge connections;
  Counter accepted;
  Counter access_dropped;        // lines of the access log
  Gauge beat_ns;                 // the loop's last sign of life, CLOCK_MONOTONIC
  Counter lag_us, lag_worst_us;  // how late the last beat was; the worst since the loop began
  Counter unshown;               // in flight, but the table was full
  std::array<Row, kRoutes> rows;
  std::array<Flight, kRequests> flights;
};

/// Something worth a line on the status page.
struct Event {
  std::atomic<std::uint64_t> ticket{};  // 2n + 1: event n is being written; 2n + 2: it is whole
  std::atomic<std::int64_t> unix_ms{};
  std::atomic<std::uint32_t> level{};  // 0 info, 1 warning, 2 error
  Text<240> text;
};

struct Header {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t lanes;  // there is room for
  std::uint64_t size;
  std::int64_t created_unix_ms;
  std::atomic<std::uint32_t> used_lanes{}, used_rows{};  // ever: beyond them nothing was written
  std::atomic<std::uint64_t> next_event{};
  std::array<Event, kEvents> events;
  std::array<Worker, kWorkers> workers;
  std::array<Label, kRoutes> labels;
};

constexpr std::size_t segment_size(std::size_t lanes) {
  constexpr std::size_t kLanesAt = (sizeof(Header) + alignof(Lane) - 1) / alignof(Lane) * alignof(Lane);
  return kLanesAt + lanes * sizeof(Lane);
}

}  // namespace appserve::scoreboard
