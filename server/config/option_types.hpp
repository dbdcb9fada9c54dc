// The kinds of values settings have: how each is read from what was given, and shown.
#pragma once
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.hpp"

namespace appserve::config {

using Wrong = std::optional<Complaint>;

/// A whole number. `zero` is the word for 0, if it has one: "auto".
struct Integer {
  std::uint64_t min, max;
  std::string_view zero = {};

  Expects expects() const;
  Result<std::uint64_t, Complaint> parse(const Value& value) const;
  std::string print(std::uint64_t number) const;

  template <class T>
  Wrong read(const Value& value, T& out) const {
    const Result<std::uint64_t, Complaint> number = parse(value);
    if (!number) return number.error();
    out = static_cast<T>(*number);
    return {};
  }
  template <class T>
  std::string show(T number) const {
    return print(static_cast<std::uint64_t>(number));
  }
};

/// A number of bytes.
struct Size {
  std::uint64_t min, max;

  Expects expects() const;
  Result<std::uint64_t, Complaint> parse(const Value& value) const;
  std::string show(std::uint64_t bytes) const;

  template <class T>
  Wrong read(const Value& value, T& out) const {
    const Result<std::uint64_t, Complaint> bytes = parse(value);
    if (!bytes) return bytes.error();
    out = static_cast<T>(*bytes);
    return {};
  }
};

struct Period {
  std::chrono::milliseconds min, max;

  Expects expects() const;
  Wrong read(const Value& value, std::chrono::milliseconds& out) const;
  std::string show(std::chrono::milliseconds period) const;
};

struct Boolean {
  Expects expects() const;
  Wrong read(const Value& value, bool& out) const;
  std::string show(bool on) const;
};

/// Visible ASCII and blanks; may be empty.
struct Text {
  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& text) const;
};

struct Choice {
  std::vector<std::string_view> words;

  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& word) const;
};

/// A path to a folder. Empty: the server decides.
struct Folder {
  Expects expects() const;
  Wrong read(const Value& value, std::string& out) const;
  std::string show(const std::string& path) const;
};

/// Folders; one text separates them by ':'.
struct Folders {
  Expects expects() const;
  Wrong read(const Value& value, std::vector<std::string>& out) const;
  std::string show(const std::vector<std::string>& paths) const;
};

/// Addresses to listen on; one text separates them by blanks.
struct Endpoints {
  Expects expects() const;
  Wrong read(const Value& value, std::vector<net::Endpoint>& out) const;
  std::string show(const std::vector<net::Endpoint>& endpoints) const;
};

/// Peers whose word is taken for a client's address; blanks or commas separate them.
struct TrustedPeers {
  Expects expects() const;
  Wrong read(const Value& value, std::vector<std::string>& out) const;
  std::string show(const std::vector<std::string>& peers) const;
};

/// Forwarding fields: Forwarded, or X-Forwarded-* ones.
struct ForwardingFields {
  Expects expects() const;
  Wrong read(const Value& value, std::vector<std::string>& out) const;
  std::string show(const std::vector<std::string>& names) const;
};

/// How many proxies stand in a row: E3016 below 1.
struct Hops {
  Expects expects() const;
  Wrong read(const Value& value, std::size_t& out) const;
  std::string show(std::size_t hops) const;
};

/// The texts of a list, or the words of one text.
struct Item {
  std::string_view text;  // within the value
  Place place;
};
Result<std::vector<Item>, Complaint> items_of(const Value& value, std::string_view separators);
/// As the file would have it.
std::string show_list(const std::vector<std::string>& texts);

/// With quotes, as TOML and JSON have it.
std::string in_quotes(std::string_view text);

}  // namespace appserve::config
