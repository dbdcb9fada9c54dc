#include "admin/exposition.hpp"

#include <doctest/doctest.h>

#include "unit/admin/prometheus.hpp"

using namespace appserve;
using admin::Exposition;
using admin::test::parse_metrics;

TEST_CASE("samples stand under their family, with labels in order") {
  Exposition out;
  out.family("a_total", "counter", "What it counts.");
  out.sample({{"app", "/"}, {"route", "/x"}}, std::uint64_t{18'446'744'073'709'551'615U});
  out.family("b", "gauge", "Now.");
  out.sample({}, 0.25);
  CHECK(out.take() ==
        "# HELP a_total What it counts.\n# TYPE a_total counter\na_total{app=\"/\",route=\"/x\"} 18446744073709551615\n"
        "# HELP b Now.\n# TYPE b gauge\nb 0.25\n");
}

TEST_CASE("no label value can end its quotes or its line, and all is ASCII") {
  Exposition out;
  out.family("a", "gauge", "x");
  std::string hostile;
  for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  out.sample({{"route", hostile}}, 1.0);
  const std::string text = out.take();
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x7F);
  CHECK(parse_metrics(text).size() == 1);
}

TEST_CASE("a histogram is cumulative, ends in +Inf and agrees with its count and sum") {
  scoreboard::Histogram durations;
  durations.counts[scoreboard::bucket_of(100)] = 2;
  durations.counts[scoreboard::bucket_of(1'000'000)] = 3;
  durations.counts[scoreboard::kBuckets - 1] = 1;
  durations.sum_us = 153'000'200;
  Exposition out;
  out.family("t_seconds", "histogram", "x");
  out.histogram({{"app", "/"}}, durations);
  const auto samples = parse_metrics(out.take());
  CHECK(samples.at("t_seconds_bucket{app=\"/\",le=\"0.000128\"}") == 2);
  CHECK(samples.at("t_seconds_bucket{app=\"/\",le=\"0.524288\"}") == 2);
  CHECK(samples.at("t_seconds_bucket{app=\"/\",le=\"1.048576\"}") == 5);
  CHECK(samples.at("t_seconds_bucket{app=\"/\",le=\"33.554432\"}") == 5);
  CHECK(samples.at("t_seconds_bucket{app=\"/\",le=\"+Inf\"}") == 6);
  CHECK(samples.at("t_seconds_count{app=\"/\"}") == 6);
  CHECK(samples.at("t_seconds_sum{app=\"/\"}") == doctest::Approx(153.0002));
}
