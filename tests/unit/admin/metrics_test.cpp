#include "admin/metrics.hpp"

#include <doctest/doctest.h>

#include "unit/admin/desk.hpp"
#include "unit/admin/prometheus.hpp"

using namespace appserve;
using admin::test::Desk;
using admin::test::parse_metrics;

TEST_CASE("what two loops count is one sum per app and route") {
  Desk desk;
  desk.serve(desk.first, "/game", "/rooms/{id}", 200);
  desk.serve(desk.second, "/game", "/rooms/{id}", 200);
  desk.serve(desk.second, "/game", "/rooms/{id}", 503);
  desk.first.connected();
  auto open = desk.first.begin("GET", "/slow", "id", "192.0.2.1:1", Clock::now());
  desk.first.name(open, "/game", "/slow");
  const auto samples = parse_metrics(admin::metrics(desk.board, desk.about));
  const std::string route = "{app=\"/game\",route=\"/rooms/{id}\"";
  CHECK(samples.at("appserve_requests_total" + route + ",status=\"2xx\"}") == 2);
  CHECK(samples.at("appserve_requests_total" + route + ",status=\"5xx\"}") == 1);
  CHECK(samples.at("appserve_request_duration_seconds_count" + route + "}") == 3);
  CHECK(samples.at("appserve_request_duration_seconds_sum" + route + "}") == doctest::Approx(0.006));
  CHECK(samples.at("appserve_sent_bytes_total" + route + "}") == 60);
  CHECK(samples.at("appserve_received_bytes_total" + route + "}") == 30);
  CHECK(samples.at("appserve_requests_in_flight{app=\"/game\",route=\"/slow\"}") == 1);
  CHECK(samples.at("appserve_connections") == 1);
  CHECK(samples.at("appserve_workers") == 1);
  CHECK(samples.at("appserve_build_info{version=\"1.2.3\",instance=\"blue\"}") == 1);
  CHECK(samples.at("appserve_worker_resident_memory_bytes{worker=\"0\"}") > 1'000'000);
  CHECK(samples.at("appserve_worker_open_fds{worker=\"0\"}") >= 3);
  CHECK(samples.contains("appserve_loop_lag_seconds{worker=\"0\",loop=\"1\"}"));
  CHECK(samples.contains("appserve_log_lines_dropped_total{log=\"access\"}"));
  CHECK(samples.contains("appserve_worker_restarts_total"));
}

TEST_CASE("the text of a server that has served nothing is complete") {
  Desk desk;
  CHECK(parse_metrics(admin::metrics(desk.board, desk.about)).size() > 20);
}
