#include "admin/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string_view>

#include "admin/process_facts.hpp"
#include "base/printable.hpp"
#include "scoreboard/snapshot.hpp"

namespace appserve::admin {
namespace {

using scoreboard::RouteTotals;
using scoreboard::Snapshot;

constexpr std::size_t kShown = 100;  // requests in flight

constexpr std::array<std::string_view, 4> kStates{"empty", "starting", "serving", "draining"};

std::string text(std::string_view value) {
  std::string out = "\"";
  append_printable(out, value, true);
  return out + '"';
}

template <class Items, class Show>
std::string list(const Items& items, Show show) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + show(item);
  return out + "]";
}

// Only buckets that hold something: [[index, count], …]
std::string histogram(const scoreboard::Histogram& durations) {
  std::string out = "[";
  for (std::size_t i = 0; i < durations.counts.size(); ++i)
    if (durations.counts[i] > 0)
      fmt::format_to(std::back_inserter(out), "{}[{},{}]", out.size() > 1 ? "," : "", i, durations.counts[i]);
  return out + "]";
}

std::string route(const RouteTotals& r) {
  const auto& by = r.by_class;
  return fmt::format(
      R"({{"app":{},"route":{},"by_class":[{},{},{},{},{},{}],"left":{},"cut":{},"refused":{},"bytes_in":{},)"
      R"("bytes_out":{},"in_flight":{},"time_us":{},"latency":{}}})",
      text(r.app), text(r.route), by[0], by[1], by[2], by[3], by[4], by[5], r.left, r.cut, r.refused, r.bytes_in,
      r.bytes_out, r.in_flight, r.latency.sum_us, histogram(r.latency));
}

std::int64_t ms_since(std::int64_t ns) { return (scoreboard::monotonic_ns() - ns) / 1'000'000; }

std::string loop(const scoreboard::LoopState& l) {
  return fmt::format(R"({{"loop":{},"connections":{},"lag_us":{},"lag_worst_us":{},"silent_ms":{}}})", l.loop,
                     l.connections, l.lag_us, l.lag_worst_us, ms_since(l.beat_ns));
}

std::string worker(const Snapshot& seen, const scoreboard::WorkerTotals& w) {
  std::vector<scoreboard::LoopState> own;
  std::ranges::copy_if(seen.loops, std::back_inserter(own), [&](const auto& each) { return each.worker == w.slot; });
  const ProcessFacts facts = process_facts(w.pid).value_or(ProcessFacts{});
  return fmt::format(
      R"({{"slot":{},"pid":{},"state":{},"generation":{},"up_ms":{},"restarts":{},"resident":{},"open_files":{},)"
      R"("cpu_s":{},"loops":{}}})",
      w.slot, w.pid, text(kStates.at(static_cast<std::size_t>(w.state))), w.generation, ms_since(w.since_ns),
      w.restarts, facts.resident_bytes, facts.open_files, facts.cpu_seconds, list(own, loop));
}

std::string flight(const scoreboard::InFlight& f) {
  return fmt::format(
      R"({{"worker":{},"loop":{},"age_ms":{},"method":{},"target":{},"id":{},"peer":{},"app":{},"route":{}}})",
      f.worker, f.loop, ms_since(f.since_ns), text(f.method), text(f.target), text(f.id), text(f.peer), text(f.app),
      text(f.route));
}

std::string event(const scoreboard::EventLine& e) {
  return fmt::format(R"({{"at":{},"level":{},"text":{}}})", e.unix_ms, e.level, text(e.text));
}

}  // namespace

std::string status_json(scoreboard::Board& board, const About& about) {
  const Snapshot seen = scoreboard::read(board);
  auto flights = scoreboard::in_flight(board);
  if (flights.size() > kShown) flights.resize(kShown);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return fmt::format(
      R"({{"version":{},"instance":{},"now":{},"began":{},"clock_us":{},"connections":{},"accepted":{},"restarts":{},)"
      R"("log_dropped":{},"access_dropped":{},"problems":{},"routes":{},"workers":{},"in_flight":{},"events":{}}})",
      text(about.version), text(about.instance), now_ms, board.header().created_unix_ms,
      scoreboard::monotonic_ns() / 1000, seen.connections, seen.accepted, seen.restarts, seen.log_dropped,
      seen.access_dropped, list(about.problems(), text), list(seen.routes, route),
      list(seen.workers, [&](const auto& w) { return worker(seen, w); }), list(flights, flight),
      list(scoreboard::recent_events(board), event));
}

std::string settings_json(const About& about) {
  return list(about.settings, [](const Setting& setting) {
    return fmt::format(R"({{"path":{},"value":{},"origin":{}}})", text(setting.path), text(setting.value),
                       text(setting.origin));
  });
}

}  // namespace appserve::admin
