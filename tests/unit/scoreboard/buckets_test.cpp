#include "scoreboard/buckets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace appserve::scoreboard;

TEST_CASE("every duration falls into the bucket whose limits enclose it") {
  std::vector<std::uint64_t> durations;
  for (std::uint64_t us = 0; us < 5000; ++us) durations.push_back(us);
  for (unsigned octave = 12; octave < 27; ++octave)
    for (const std::int64_t off : {-1, 0, 1})
      durations.push_back(static_cast<std::uint64_t>((std::int64_t{1} << octave) + off));
  for (const std::uint64_t us : durations) {
    const std::size_t bucket = bucket_of(us);
    CHECK(us < bucket_end(bucket));
    CHECK(us >= (bucket == 0 ? 0 : bucket_end(bucket - 1)));
  }
}

TEST_CASE("buckets do not overlap, leave no gap and are at most an eighth wide") {
  for (std::size_t i = 1; i < kBuckets; ++i) {
    CHECK(bucket_end(i) > bucket_end(i - 1));
    CHECK(bucket_of(bucket_end(i - 1)) == i);
    if (i >= 8) CHECK((bucket_end(i) - bucket_end(i - 1)) * 8 <= bucket_end(i - 1));
  }
}

TEST_CASE("the last bucket takes everything longer") {
  CHECK(bucket_of(bucket_end(kBuckets - 1) - 1) == kBuckets - 1);
  CHECK(bucket_of(bucket_end(kBuckets - 1)) == kBuckets - 1);
  CHECK(bucket_of(~std::uint64_t{0}) == kBuckets - 1);
  CHECK(bucket_end(kBuckets - 1) > 100'000'000);  // 100 s
}

TEST_CASE("quantiles are within an eighth of the exact ones") {
  std::mt19937 random(7);
  std::lognormal_distribution<double> latency(6, 1.5);
  std::vector<double> exact;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    exact.push_back(latency(random));
    ++histogram.counts[bucket_of(static_cast<std::uint64_t>(exact.back()))];
  }
  std::ranges::sort(exact);
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    const double truth = exact[static_cast<std::size_t>(q * 20'000) - 1];
    CHECK(histogram.quantile(q) == doctest::Approx(truth).epsilon(0.125));
  }
}

TEST_CASE("no requests have no quantile; one has it everywhere") {
  Histogram histogram;
  CHECK(histogram.quantile(0.99) == 0);
  ++histogram.counts[bucket_of(1000)];
  CHECK(histogram.quantile(0.001) >= 960);
  CHECK(histogram.quantile(1) <= 1024);
}

TEST_CASE("below() counts whole buckets, sums and differences are per bucket") {
  Histogram a, b;
  a.counts[bucket_of(100)] = 3;
  a.counts[bucket_of(5000)] = 2;
  a.sum_us = 10'300;
  CHECK(a.below(1024) == 3);
  CHECK(a.below(8192) == 5);
  b = a;
  b += a;
  CHECK(b.total() == 10);
  CHECK((b - a).counts == a.counts);
  CHECK((b - a).sum_us == a.sum_us);
}
