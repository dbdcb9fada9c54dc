// The kinds of values that settings of logs and of the admin listener have.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "config/option_types.hpp"

namespace appserve::config {

/// Where a log goes; what an empty text means is the setting's.
struct LogFile {
  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& path) const;
};

/// How lines of the access log look: a known format's name, or a text with {names}.
struct LineFormat {
  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& format) const;
};

/// Paths of requests; one text separates them by blanks.
struct RequestPaths {
  Expects expects() const;
  Wrong read(const Value& value, std::vector<std::string>& out) const;
  std::string show(const std::vector<std::string>& paths) const;
};

/// One address to listen on, or none.
struct Address {
  Expects expects() const;
  Wrong read(const Value& value, std::optional<net::Endpoint>& out) const;
  std::string show(const std::optional<net::Endpoint>& endpoint) const;
};

/// Visible ASCII text that is never shown.
struct Secret {
  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& secret) const;
};

}  // namespace appserve::config
