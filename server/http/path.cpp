#include "http/path.hpp"

#include "http/chars.hpp"
#include "http/octets.hpp"

namespace appserve::http {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";

void append_escape(unsigned octet, std::string& out) {
  out += '%';
  out += kUpperHex[octet >> 4U];
  out += kUpperHex[octet & 15U];
}

/// Appends one segment in normal form.
std::optional<Refusal> append_segment(std::string_view raw, std::string& out) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\') {
      append_escape('\\', out);
      continue;
    }
    if (raw[i] != '%') {
      out += raw[i];
      continue;
    }
    const int octet = chars::percent_octet(raw.substr(i));
    if (octet < 0) return Refusal{400, "the path has broken percent-encoding"};
    if (octet == 0) return Refusal{400, "the path has an encoded NUL"};
    i += 2;
    if (const char c = static_cast<char>(octet); chars::is(c, chars::kUnreserved)) {
      out += c;
    } else {
      append_escape(static_cast<unsigned>(octet), out);
    }
  }
  return std::nullopt;
}

/// True when a part of the segment between encoded slashes or backslashes is "..".
bool hides_climbing(std::string_view segment) {
  const auto separator = [segment](std::size_t i) {
    const auto text = segment.substr(i, 3);
    return text == "%2F" || text == "%5C";
  };
  std::size_t begin = 0;
  for (std::size_t i = segment.find('%'); i != segment.npos; i = segment.find('%', i + 1)) {
    if (!separator(i)) continue;
    if (segment.substr(begin, i - begin) == "..") return true;
    begin = i + 3;
  }
  return begin > 0 && segment.substr(begin) == "..";
}

/// What makes a path worth a second look.
constexpr auto peculiar = [](octets::Word word) {
  return octets::equal(word, '%') | octets::equal(word, '\\') | octets::equal(word, '.');
};

}  // namespace

bool is_normal_path(std::string_view raw) {
  if (!raw.starts_with('/')) return false;
  for (std::size_t i = octets::skip(raw, 1, peculiar); i < raw.size(); i = octets::skip(raw, i + 1, peculiar)) {
    if (raw[i] != '.') return false;
    if (raw[i - 1] != '/') continue;
    const auto segment = raw.substr(i, raw.find('/', i) - i);
    if (segment == "." || segment == "..") return false;
  }
  return true;
}

std::optional<Refusal> normalise_path(std::string_view raw, std::string& out) {
  out.clear();
  if (!raw.starts_with('/')) return Refusal{400, "the path does not begin with a slash"};
  while (!raw.empty()) {
    const std::size_t end = raw.find('/', 1);
    const auto segment = raw.substr(1, end == raw.npos ? end : end - 1);
    raw.remove_prefix(segment.size() + 1);

    const std::size_t begin = out.size();
    out += '/';
    if (auto refusal = append_segment(segment, out)) return refusal;
    const auto written = std::string_view(out).substr(begin + 1);
    if (hides_climbing(written)) return Refusal{400, "the path hides a dot segment behind an encoded separator"};
    if (written != "." && written != "..") continue;

    if (written == "..") {
      if (begin == 0) return Refusal{400, "the path climbs above the root"};
      out.resize(out.rfind('/', begin - 1));
    } else {
      out.resize(begin);
    }
    if (raw.empty()) out += '/';
  }
  return std::nullopt;
}

}  // namespace appserve::http
