#include "journal/access_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "base/printable.hpp"

namespace appserve::journal {

enum class AccessFormat::Value : unsigned char {
  time,
  clf_time,
  remote,
  client,
  id,
  request,
  method,
  target,
  host,
  scheme,
  app,
  route,
  ending,
  why,
  status,
  bytes_in,
  bytes_out,
  latency_ms,
  took_ms,
  field
};

// Where the next bytes of a line go; what does not fit is left out.
struct AccessFormat::Out {
  char* at;
  char* end;
  bool json;

  [[gnu::always_inline]] void put(std::string_view bytes) {
    const std::size_t size = std::min(bytes.size(), room());
    copy(at, bytes.data(), size);
    at += size;
  }
  std::size_t room() const { return static_cast<std::size_t>(end - at); }
  [[gnu::always_inline]] void text(std::string_view value) {
    if (!value.empty())
      at = write_printable(at, end, value, json);
    else if (!json)
      put("-");
  }
  void request(const AccessLine& line) {
    if (line.version.empty()) return text(line.first_line);
    text(line.method);
    put(" ");
    const std::size_t rest = std::min(room(), line.version.size() + 1);
    end -= rest;
    text(line.target);
    end += rest;
    put(" ");
    put(line.version);
  }
  void number(std::uint64_t value) {
    if (const auto written = std::to_chars(at, end, value); written.ec == std::errc()) at = written.ptr;
  }
  void thousandths(unsigned value) {
    const char digits[]{'.', static_cast<char>('0' + value / 100 % 10), static_cast<char>('0' + value / 10 % 10),
                        static_cast<char>('0' + value % 10)};
    put({digits, sizeof digits});
  }
  void milliseconds(Duration duration) {
    const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    const auto positive = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
    number(positive / 1000);
    thousandths(static_cast<unsigned>(positive % 1000));
  }

 private:
  template <class Word>
  static void copy_ends(char* to, const char* from, std::size_t size) {
    Word first, last;
    std::memcpy(&first, from, sizeof(Word));
    std::memcpy(&last, from + size - sizeof(Word), sizeof(Word));
    std::memcpy(to, &first, sizeof(Word));
    std::memcpy(to + size - sizeof(Word), &last, sizeof(Word));
  }
  // A line is some forty short texts: a call for each of them would cost more than they do.
  static void copy(char* to, const char* from, std::size_t size) {
    if (size > 16)
      std::memcpy(to, from, size);
    else if (size >= 8)
      copy_ends<std::uint64_t>(to, from, size);
    else if (size >= 4)
      copy_ends<std::uint32_t>(to, from, size);
    else
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
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

struct AccessFormat::Names {
  struct Row {
    std::string_view name;
    Value value;
  };
  static constexpr std::array kAll{Row{"time", Value::time},
                                   Row{"clf_time", Value::clf_time},
                                   Row{"remote", Value::remote},
                                   Row{"client", Value::client},
                                   Row{"id", Value::id},
                                   Row{"request", Value::request},
                                   Row{"method", Value::method},
                                   Row{"target", Value::target},
                                   Row{"host", Value::host},
                                   Row{"scheme", Value::scheme},
                                   Row{"app", Value::app},
                                   Row{"route", Value::route},
                                   Row{"ending", Value::ending},
                                   Row{"why", Value::why},
                                   Row{"status", Value::status},
                                   Row{"bytes_in", Value::bytes_in},
                                   Row{"bytes_out", Value::bytes_out},
                                   Row{"latency_ms", Value::latency_ms},
                                   Row{"took_ms", Value::took_ms}};
};

// One switch and one place that writes texts: the state of the line stays in registers from one value to the next.
void AccessFormat::put(Out& out, const Part& part, const AccessLine& l) {
  std::string_view text;
  switch (part.value) {
    case Value::time:
      out.put(l.second);
      out.thousandths(static_cast<unsigned>(l.millisecond));
      return out.put("Z");
    case Value::clf_time:
      out.put(l.clf_second);
      return out.put(" +0000");
    case Value::request:
      return out.request(l);
    case Value::status:
      return out.number(static_cast<std::uint64_t>(l.status));
    case Value::bytes_in:
      return out.number(l.bytes_in);
    case Value::bytes_out:
      return out.number(l.bytes_out);
    case Value::latency_ms:
      return out.milliseconds(l.latency);
    case Value::took_ms:
      return out.milliseconds(l.took);
    case Value::remote:
      text = l.remote;
      break;
    case Value::client:
      text = address_of(l.remote);
      break;
    case Value::id:
      text = l.id;
      break;
    case Value::method:
      text = l.method;
      break;
    case Value::target:
      text = l.target;
      break;
    case Value::host:
      text = l.host;
      break;
    case Value::scheme:
      text = l.scheme;
      break;
    case Value::app:
      text = l.app;
      break;
    case Value::route:
      text = l.route;
      break;
    case Value::ending:
      text = l.ending;
      break;
    case Value::why:
      text = l.why;
      break;
    case Value::field:
      if (const auto field = std::ranges::find(l.fields, std::string_view(part.field), &http::Field::name);
          field != l.fields.end())
        text = field->value;
      break;
  }
  out.text(text);
}

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
    Part part{.literal = std::exchange(literal, {}), .value = Value::field, .field = {}};
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
  for (const Names::Row& each : Names::kAll) all += std::string(each.name) + ", ";
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
    put(out, part, line);
  }
  out.end = last;
  out.put(rest_);
  *out.at++ = '\n';
  to.append(bytes.data(), out.at);
}

}  // namespace appserve::journal
