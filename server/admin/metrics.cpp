#include "admin/metrics.hpp"

#include <array>
#include <string>
#include <vector>

#include "admin/exposition.hpp"
#include "admin/process_facts.hpp"
#include "scoreboard/snapshot.hpp"

namespace appserve::admin {
namespace {

using scoreboard::RouteTotals;
using scoreboard::Snapshot;

constexpr std::array<std::string_view, 6> kClasses{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void routes(Exposition& out, const Snapshot& seen) {
  out.family("appserve_requests_total", "counter", "Requests that have ended, by the class of their status.");
  for (const RouteTotals& r : seen.routes)
    for (std::size_t i = 0; i < kClasses.size(); ++i)
      if (r.by_class[i] > 0)
        out.sample({{"app", r.app}, {"route", r.route}, {"status", kClasses.at(i)}}, r.by_class[i]);

  out.family(
      "appserve_requests_unfinished_total", "counter",
      "Requests that did not end with a whole answer of an app: refused by the server, left by the client, cut.");
  for (const RouteTotals& r : seen.routes) {
    out.sample({{"app", r.app}, {"route", r.route}, {"why", "refused"}}, r.refused);
    out.sample({{"app", r.app}, {"route", r.route}, {"why", "left"}}, r.left);
    out.sample({{"app", r.app}, {"route", r.route}, {"why", "cut"}}, r.cut);
  }
  out.family("appserve_request_duration_seconds", "histogram",
             "Time from a request's whole head to its answer; of a stream, to the answer's head.");
  for (const RouteTotals& r : seen.routes) out.histogram({{"app", r.app}, {"route", r.route}}, r.latency);

  out.family("appserve_requests_in_flight", "gauge", "Requests that have begun and not ended.");
  for (const RouteTotals& r : seen.routes)
    out.sample({{"app", r.app}, {"route", r.route}}, static_cast<double>(r.in_flight));

  out.family("appserve_received_bytes_total", "counter", "Bytes of requests: heads and content.");
  for (const RouteTotals& r : seen.routes) out.sample({{"app", r.app}, {"route", r.route}}, r.bytes_in);

  out.family("appserve_sent_bytes_total", "counter", "Bytes of answers: content.");
  for (const RouteTotals& r : seen.routes) out.sample({{"app", r.app}, {"route", r.route}}, r.bytes_out);
}

void server(Exposition& out, const Snapshot& seen) {
  out.family("appserve_connections", "gauge", "Open connections.");
  out.sample({}, static_cast<double>(seen.connections));
  out.family("appserve_connections_accepted_total", "counter", "Connections that were accepted.");
  out.sample({}, seen.accepted);
  out.family("appserve_log_lines_dropped_total", "counter", "Lines that a log did not take.");
  out.sample({{"log", "access"}}, seen.access_dropped);
  out.sample({{"log", "server"}}, seen.log_dropped);
  out.family("appserve_worker_restarts_total", "counter", "Workers that were replaced after a crash.");
  out.sample({}, seen.restarts);
}

void loops(Exposition& out, const Snapshot& seen) {
  const auto each = [&](std::string_view name, std::string_view help, auto value) {
    out.family(name, "gauge", help);
    for (const scoreboard::LoopState& loop : seen.loops)
      out.sample({{"worker", std::to_string(loop.worker)}, {"loop", std::to_string(loop.loop)}}, value(loop));
  };
  each("appserve_loop_lag_seconds", "How late the loop's last beat was (twice a second).",
       [](const auto& loop) { return static_cast<double>(loop.lag_us) / 1e6; });
  each("appserve_loop_lag_worst_seconds", "The latest beat since the worker began.",
       [](const auto& loop) { return static_cast<double>(loop.lag_worst_us) / 1e6; });
  each("appserve_loop_connections", "Open connections of the loop.",
       [](const auto& loop) { return static_cast<double>(loop.connections); });
}

void workers(Exposition& out, const Snapshot& seen) {
  struct Fact {
    std::string slot;
    ProcessFacts facts;
  };
  std::vector<Fact> known;
  for (const scoreboard::WorkerTotals& worker : seen.workers)
    if (const auto facts = process_facts(worker.pid)) known.push_back({std::to_string(worker.slot), *facts});

  out.family("appserve_workers", "gauge", "Worker processes.");
  out.sample({}, static_cast<double>(seen.workers.size()));
  out.family("appserve_worker_resident_memory_bytes", "gauge", "Memory in use.");
  for (const Fact& fact : known) out.sample({{"worker", fact.slot}}, fact.facts.resident_bytes);
  out.family("appserve_worker_open_fds", "gauge", "Open file descriptors.");
  for (const Fact& fact : known) out.sample({{"worker", fact.slot}}, fact.facts.open_files);
  out.family("appserve_worker_cpu_seconds", "gauge", "Processor time of the living process.");
  for (const Fact& fact : known) out.sample({{"worker", fact.slot}}, fact.facts.cpu_seconds);
}

}  // namespace

std::string metrics(scoreboard::Board& board, const About& about) {
  const Snapshot seen = scoreboard::read(board);
  Exposition out;
  out.family("appserve_build_info", "gauge", "Which server this is; always 1.");
  out.sample({{"version", about.version}, {"instance", about.instance}}, 1.0);
  out.family("appserve_start_time_seconds", "gauge", "When the server began, in seconds since 1970.");
  out.sample({}, static_cast<double>(board.header().created_unix_ms) / 1e3);
  server(out, seen);
  workers(out, seen);
  loops(out, seen);
  routes(out, seen);
  return out.take();
}

}  // namespace appserve::admin
