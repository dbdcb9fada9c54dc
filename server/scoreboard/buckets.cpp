#include "scoreboard/buckets.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace appserve::scoreboard {

std::uint64_t Histogram::total() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

std::uint64_t Histogram::below(std::uint64_t us) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets && bucket_end(i) <= us; ++i) sum += counts[i];
  return sum;
}

double Histogram::quantile(double quantile) const {
  const double wanted = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(total());
  double passed = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && passed + here >= wanted) {
      const auto begin = static_cast<double>(i == 0 ? 0 : bucket_end(i - 1)), end = static_cast<double>(bucket_end(i));
      return begin + (end - begin) * (wanted - passed) / here;
    }
    passed += here;
  }
  return 0;
}

Histogram& Histogram::operator+=(const Histogram& other) {
  std::ranges::transform(counts, other.counts, counts.begin(), std::plus{});
  sum_us += other.sum_us;
  return *this;
}

Histogram Histogram::operator-(const Histogram& earlier) const {
  Histogram difference;
  std::ranges::transform(counts, earlier.counts, difference.counts.begin(), std::minus{});
  difference.sum_us = sum_us - earlier.sum_us;
  return difference;
}

}  // namespace appserve::scoreboard
