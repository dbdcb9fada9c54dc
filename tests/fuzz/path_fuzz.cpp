// Targets and the normal form of paths. Oracles: the normal form is normal, stable, and names what the raw path names
// by a slow segment-wise reading.
#include <optional>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/reference_parser.hpp"
#include "http/path.hpp"
#include "http/target.hpp"

namespace {

using namespace appserve;

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    if (digits.size() < 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) return std::nullopt;
    out += static_cast<char>(std::stoi(std::string(digits), nullptr, 16));
    i += 2;
  }
  return out;
}

/// Decoded segments with the dots resolved; nothing for a path to refuse.
std::optional<std::vector<std::string>> resolve(std::string_view raw) {
  if (!raw.starts_with('/')) return std::nullopt;
  std::vector<std::string> resolved;
  const auto segments = fuzz::reference::split(raw.substr(1), "/");
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto segment = decode(segments[i]);
    if (!segment || segment->find('\0') != segment->npos) return std::nullopt;
    const bool last = i + 1 == segments.size();
    if (*segment == "..") {
      if (resolved.empty()) return std::nullopt;
      resolved.pop_back();
      if (last) resolved.emplace_back();
    } else if (*segment == ".") {
      if (last) resolved.emplace_back();
    } else {
      resolved.push_back(*segment);
    }
  }
  return resolved;
}

bool hides_dots(std::string_view raw) {
  for (const auto& segment : fuzz::reference::split(raw, "/")) {
    const auto decoded = decode(segment);
    if (!decoded || decoded->find_first_of("/\\") == decoded->npos) continue;
    for (const auto& outer : fuzz::reference::split(*decoded, "/")) {
      for (const auto& part : fuzz::reference::split(outer, "\\")) {
        if (part == "..") return true;
      }
    }
  }
  return false;
}

void check_path(std::string_view raw) {
  std::string normal, again;
  const auto refusal = http::normalise_path(raw, normal);
  const auto expected = resolve(raw);
  if (refusal) {
    fuzz::check(!http::is_normal_path(raw), "a normal path is refused");
    fuzz::check(!expected || hides_dots(raw), "a good path is refused");
    return;
  }
  fuzz::check(expected.has_value(), "a bad path is taken");
  fuzz::check(!hides_dots(normal), "the normal form hides dots");
  const auto found = resolve(normal);
  fuzz::check(found == expected, "the normal form names something else");
  for (const auto& segment : *found) fuzz::check(segment != "." && segment != "..", "a dot segment is left");
  fuzz::check(!http::normalise_path(normal, again) && again == normal, "the normal form is not stable");
  if (http::is_normal_path(raw)) fuzz::check(normal == raw, "a normal path changes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::Input(data, size).rest();
  if (text.find('\0') != text.npos) return 0;  // no octet of a target, which the gate sees to
  check_path(text);
  for (const auto method : {http::Method::get, http::Method::options}) {
    const auto target = http::parse_target(method, text);
    if (!target) continue;
    fuzz::check(target->path == "*" || target->path.starts_with('/'), "a path without a slash");
    fuzz::check(target->path.find_first_of("?#\\ ") == std::string_view::npos, "a path holds what it cannot");
    if (target->path != "*") check_path(target->path);
  }
  return 0;
}
