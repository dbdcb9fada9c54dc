#include "journal/access_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "base/printable.hpp"

namespace appserve::journal {

// Where the next bytes of a line go; what does not fit is left out.
struct AccessFormat::Out {
  char* at;
  char* end;
  bool json;

  void put(std::string_view bytes) { at = std::copy_n(bytes.data(), std::min(bytes.size(), room()), at); }
  std::size_t room() const { return static_cast<std::size_t>(end - at); }
  void text(std::string_view value) {
    if (value.empty() && !json)
      put("-");
    else
      at = write_printable(at, end, value, json);
  }
  template <class Integer>
  void number(Integer value) {
    const fmt::format_int digits(value);
    put({digits.data(), digits.size()});
  }
  void thousandths(long long value) {
    const char digits[]{'.', static_cast<char>('0' + value / 100 % 10), static_cast<char>('0' + value / 10 % 10),
                        static_cast<char>('0' + value % 10)};
    put({digits, sizeof digits});
  }
  void milliseconds(Duration duration) {
    const long long us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    number(us / 1000);
    thousandths(us % 1000);
  }
};

namespace {

constexpr std::string_view kCommon = R"({client} - - [{clf_time}] "{request}" {status} {bytes_out})";
constexpr std::string_view kCombined =
    R"({client} - - [{clf_time}] "{request}" {status} {bytes_out} "{header.referer}" "{header.user-agent}")";
constexpr std::string_view kJson =
    R"({"time":"{time}","remote":"{remote}","id":"{id}","method":"{method}","target":"{target}","host":"{host}",)"
    R"("scheme":"{scheme}","app":"{app}","route":"{route}","status":{status},"ending":"{ending}","why":"{why}",)"
    R"("bytes_in":{bytes_in},"bytes_out":{bytes_out},"latency_ms":{latency_ms},"took_ms":{took_ms},)"
    R"("referer":"{header.referer}","user_agent":"{header.user-agent}"})";

constexpr std::size_t kRoomForAValue = 48;  // even where the ones before it are long

// "192.0.2.1" of "192.0.2.1:49152", "2001:db8::1" of "[2001:db8::1]:80".
std::string_view address_of(std::string_view remote) {
  if (remote.starts_with('[')) return remote.substr(1, remote.find(']') - 1);
  return remote.starts_with("unix") ? remote : remote.substr(0, remote.rfind(':'));
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return ascii::is_alnum(c) || c == '_' || c == '.' || c == '-'; };
  return !name.empty() && std::ranges::all_of(name, fits);
}

constexpr std::string_view kHeader = "header.";

}  // namespace

struct Names {
  using Out = AccessFormat::Out;
  using Line = AccessLine;
  struct Row {
    std::string_view name;
    void (*value)(Out&, const Line&);
  };
  static constexpr std::array kAll{
      Row{"time",
          [](Out& out, const Line& l) {
            out.put(l.second);
            out.thousandths(l.millisecond);
            out.put("Z");
          }},
      Row{"clf_time",
          [](Out& out, const Line& l) {
            out.put(l.clf_second);
            out.put(" +0000");
          }},
      Row{"remote", [](Out& out, const Line& l) { out.text(l.remote); }},
      Row{"client", [](Out& out, const Line& l) { out.text(address_of(l.remote)); }},
      Row{"id", [](Out& out, const Line& l) { out.text(l.id); }},
      Row{"request",
          [](Out& out, const Line& l) {
            if (l.version.empty()) return out.text(l.first_line);
            out.text(l.method);
            out.put(" ");
            const std::size_t rest = std::min(out.room(), l.version.size() + 1);
            out.end -= rest;
            out.text(l.target);
            out.end += rest;
            out.put(" ");
            out.put(l.version);
          }},
      Row{"method", [](Out& out, const Line& l) { out.text(l.method); }},
      Row{"target", [](Out& out, const Line& l) { out.text(l.target); }},
      Row{"host", [](Out& out, const Line& l) { out.text(l.host); }},
      Row{"scheme", [](Out& out, const Line& l) { out.text(l.scheme); }},
      Row{"app", [](Out& out, const Line& l) { out.text(l.app); }},
      Row{"route", [](Out& out, const Line& l) { out.text(l.route); }},
      Row{"ending", [](Out& out, const Line& l) { out.text(l.ending); }},
      Row{"why", [](Out& out, const Line& l) { out.text(l.why); }},
      Row{"status", [](Out& out, const Line& l) { out.number(l.status); }},
      Row{"bytes_in", [](Out& out, const Line& l) { out.number(l.bytes_in); }},
      Row{"bytes_out", [](Out& out, const Line& l) { out.number(l.bytes_out); }},
      Row{"latency_ms", [](Out& out, const Line& l) { out.milliseconds(l.latency); }},
      Row{"took_ms", [](Out& out, const Line& l) { out.milliseconds(l.took); }},
  };
};

std::optional<AccessFormat> AccessFormat::parse(std::string_view text, std::string& wrong) {
  AccessFormat format;
  format.json_ = text == "json";
  if (text == "common") text = kCommon;
  if (text == "combined") text = kCombined;
  if (text == "json") text = kJson;
  std::string literal;
  while (!text.empty()) {
    const std::size_t close = text.find('}');
    const std::string_view name = text.front() == '{' && close != text.npos ? text.substr(1, close - 1) : "";
    if (!is_name(name)) {  // a brace that opens no name stands for itself
      literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    Part part{.literal = std::exchange(literal, {})};
    if (const auto* known = std::ranges::find(Names::kAll, name, &Names::Row::name); known != Names::kAll.end()) {
      part.value = known->value;
    } else if (name.starts_with(kHeader)) {
      std::ranges::transform(name.substr(kHeader.size()), std::back_inserter(part.field), ascii::lower);
    } else {
      wrong = name;
      return std::nullopt;
    }
    format.parts_.push_back(std::move(part));
    text.remove_prefix(close + 1);
  }
  format.rest_ = literal;
  format.reserve_room();
  return format;
}

void AccessFormat::reserve_room() {
  std::size_t room = rest_.size() + 1;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    part->reserve = room;
    room += kRoomForAValue + part->literal.size();
  }
}

std::string AccessFormat::names() {
  std::string all;
  for (const Names::Row& row : Names::kAll) all += std::string(row.name) + ", ";
  return all + "header.NAME";
}

void AccessFormat::append(std::string& to, const AccessLine& line) const {
  std::array<char, kLongest> bytes;  // NOLINT: written before it is read
  char* const last = bytes.data() + kLongest - 1;
  Out out{bytes.data(), last, json_};
  for (const Part& part : parts_) {
    out.end = last;
    out.put(part.literal);
    out.end -= std::min(out.room(), part.reserve);
    if (part.value != nullptr) {
      part.value(out, line);
      continue;
    }
    const auto field = std::ranges::find(line.fields, std::string_view(part.field), &http::Field::name);
    out.text(field == line.fields.end() ? std::string_view() : field->value);
  }
  out.end = last;
  out.put(rest_);
  *out.at++ = '\n';
  to.append(bytes.data(), out.at);
}

}  // namespace appserve::journal
