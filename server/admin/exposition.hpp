// Text for Prometheus (exposition format 0.0.4): families of samples, escaped and in the order they are added.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "scoreboard/buckets.hpp"

namespace appserve::admin {

struct MetricLabel {
  std::string_view name, value;
};
using MetricLabels = std::initializer_list<MetricLabel>;

class Exposition {
 public:
  /// What the samples after it are. `type`: counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(MetricLabels labels, double value);
  void sample(MetricLabels labels, std::uint64_t value);
  /// Buckets, sum and count of durations, in seconds.
  void histogram(MetricLabels labels, const scoreboard::Histogram& durations);

  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view suffix, MetricLabels labels, std::string_view le = {});

  std::string text_, name_;
};

}  // namespace appserve::admin
