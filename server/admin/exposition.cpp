#include "admin/exposition.hpp"

#include <fmt/format.h>

#include <iterator>

namespace appserve::admin {
namespace {

constexpr unsigned kFirst = 7, kLast = 25;  // limits of the buckets shown: 2^7 µs (128 µs) … 2^25 µs (34 s)

// Bytes that are no printable ASCII are written out: label values are UTF-8, and ours come from strangers.
void append_label(std::string& out, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F)
      fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", byte);
    else if (c == '"' || c == '\\')
      out.append({'\\', c});
    else
      out += c;
  }
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void Exposition::begin(std::string_view suffix, MetricLabels labels, std::string_view le) {
  text_.append(name_).append(suffix);
  char separator = '{';
  const auto add = [&](std::string_view name, std::string_view value) {
    text_.append(1, separator).append(name).append("=\"");
    append_label(text_, value);
    text_ += '"';
    separator = ',';
  };
  for (const MetricLabel& label : labels) add(label.name, label.value);
  if (!le.empty()) add("le", le);
  text_.append(separator == ',' ? "} " : " ");
}

void Exposition::sample(MetricLabels labels, double value) {
  begin({}, labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void Exposition::sample(MetricLabels labels, std::uint64_t value) {
  begin({}, labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void Exposition::histogram(MetricLabels labels, const scoreboard::Histogram& durations) {
  const auto line = [&](std::string_view suffix, std::string_view le, auto value) {
    begin(suffix, labels, le);
    fmt::format_to(std::back_inserter(text_), "{}\n", value);
  };
  for (unsigned power = kFirst; power <= kLast; ++power) {
    const std::uint64_t us = std::uint64_t{1} << power;
    line("_bucket", fmt::format("{}", static_cast<double>(us) / 1e6), durations.below(us));
  }
  const std::uint64_t total = durations.total();
  line("_bucket", "+Inf", total);
  line("_sum", {}, static_cast<double>(durations.sum_us) / 1e6);
  line("_count", {}, total);
}

}  // namespace appserve::admin
