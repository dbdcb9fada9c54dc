// Reads the Prometheus text format as strictly as its specification is: every line must be one of the three kinds,
// every sample belong to the family above it, no sample come twice, histograms be cumulative and complete.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace appserve::admin::test {

/// Value by "name{labels}".
inline std::map<std::string, double> parse_metrics(const std::string& text) {
  static const std::regex kHelp("# HELP ([a-z_:][a-z0-9_:]*) (\\S.*)"),
      kType("# TYPE (\\S+) (counter|gauge|histogram)");
  static const std::regex kSample(
      R"re(([a-z_:][a-z0-9_:]*)(\{(?:[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)+\})? ([0-9.e+-]+|\+Inf|NaN))re");
  std::map<std::string, double> samples;
  std::set<std::string> families;
  std::string family, type, helped;
  double bucket = 0;
  REQUIRE(text.ends_with('\n'));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, match, kHelp)) {
      helped = match[1];
    } else if (std::regex_match(line, match, kType)) {
      family = match[1];
      type = match[2];
      CHECK(helped == family);
      CHECK(families.insert(family).second);
      CHECK((type == "counter") == family.ends_with("_total"));
    } else {
      REQUIRE(std::regex_match(line, match, kSample));
      std::string name = match[1];
      const std::string labels = match[2];
      const double value = std::stod(match[3]);
      if (type == "histogram") {
        CHECK(name.starts_with(family));
        const std::string suffix = name.substr(family.size());
        if (suffix == "_bucket") {
          if (labels.find("le=\"0.000128\"") != labels.npos) bucket = 0;
          CHECK(value >= bucket);
          bucket = value;
        } else if (suffix == "_count") {
          CHECK(value == bucket);  // +Inf came before it
        } else {
          CHECK(suffix == "_sum");
        }
      } else {
        CHECK(name == family);
      }
      if (type != "gauge") CHECK(value >= 0);
      CHECK(samples.emplace(name + labels, value).second);
    }
  }
  return samples;
}

}  // namespace appserve::admin::test
