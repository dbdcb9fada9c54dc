// Log-linear buckets for durations: eight to an octave from 1 µs to 134 s, so that a percentile is right within 1/8.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace appserve::scoreboard {

inline constexpr std::size_t kBuckets = 200;

/// The bucket of a duration in microseconds; the last one takes everything longer.
constexpr std::size_t bucket_of(std::uint64_t us) {
  if (us < 8) return static_cast<std::size_t>(us);
  const auto octave = static_cast<std::size_t>(std::bit_width(us)) - 1;
  const std::size_t bucket = (octave - 2) * 8 + ((us >> (octave - 3)) & 7);
  return bucket < kBuckets ? bucket : kBuckets - 1;
}

/// The first duration, in microseconds, that is too long for the bucket.
constexpr std::uint64_t bucket_end(std::size_t bucket) {
  if (bucket < 8) return bucket + 1;
  const std::size_t octave = bucket / 8 + 2;
  return (std::uint64_t{1} << octave) + ((bucket % 8 + 1) << (octave - 3));
}

/// Counts per bucket, as plain numbers.
struct Histogram {
  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t sum_us = 0;

  std::uint64_t total() const;
  /// How many were shorter than `us`, which is the end of a bucket.
  std::uint64_t below(std::uint64_t us) const;
  /// The duration, in microseconds, that a share of `quantile` (0 … 1) does not exceed; 0 when there are none.
  double quantile(double quantile) const;
  Histogram& operator+=(const Histogram& other);
  /// What came since `earlier`.
  Histogram operator-(const Histogram& earlier) const;
};

}  // namespace appserve::scoreboard
