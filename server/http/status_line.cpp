#include "http/status_line.hpp"

#include <algorithm>
#include <string_view>

#include "http/refusal.hpp"

namespace appserve::http {
namespace {

// The IANA registry of HTTP status codes.
constexpr auto kLines = std::to_array<std::string_view>({
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 102 Processing\r\n",
    "HTTP/1.1 103 Early Hints\r\n",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 201 Created\r\n",
    "HTTP/1.1 202 Accepted\r\n",
    "HTTP/1.1 203 Non-Authoritative Information\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.1 205 Reset Content\r\n",
    "HTTP/1.1 206 Partial Content\r\n",
    "HTTP/1.1 207 Multi-Status\r\n",
    "HTTP/1.1 208 Already Reported\r\n",
    "HTTP/1.1 226 IM Used\r\n",
    "HTTP/1.1 300 Multiple Choices\r\n",
    "HTTP/1.1 301 Moved Permanently\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 303 See Other\r\n",
    "HTTP/1.1 304 Not Modified\r\n",
    "HTTP/1.1 305 Use Proxy\r\n",
    "HTTP/1.1 307 Temporary Redirect\r\n",
    "HTTP/1.1 308 Permanent Redirect\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "HTTP/1.1 401 Unauthorized\r\n",
    "HTTP/1.1 402 Payment Required\r\n",
    "HTTP/1.1 403 Forbidden\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 405 Method Not Allowed\r\n",
    "HTTP/1.1 406 Not Acceptable\r\n",
    "HTTP/1.1 407 Proxy Authentication Required\r\n",
    "HTTP/1.1 408 Request Timeout\r\n",
    "HTTP/1.1 409 Conflict\r\n",
    "HTTP/1.1 410 Gone\r\n",
    "HTTP/1.1 411 Length Required\r\n",
    "HTTP/1.1 412 Precondition Failed\r\n",
    "HTTP/1.1 413 Content Too Large\r\n",
    "HTTP/1.1 414 URI Too Long\r\n",
    "HTTP/1.1 415 Unsupported Media Type\r\n",
    "HTTP/1.1 416 Range Not Satisfiable\r\n",
    "HTTP/1.1 417 Expectation Failed\r\n",
    "HTTP/1.1 421 Misdirected Request\r\n",
    "HTTP/1.1 422 Unprocessable Content\r\n",
    "HTTP/1.1 423 Locked\r\n",
    "HTTP/1.1 424 Failed Dependency\r\n",
    "HTTP/1.1 425 Too Early\r\n",
    "HTTP/1.1 426 Upgrade Required\r\n",
    "HTTP/1.1 428 Precondition Required\r\n",
    "HTTP/1.1 429 Too Many Requests\r\n",
    "HTTP/1.1 431 Request Header Fields Too Large\r\n",
    "HTTP/1.1 451 Unavailable For Legal Reasons\r\n",
    "HTTP/1.1 500 Internal Server Error\r\n",
    "HTTP/1.1 501 Not Implemented\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 503 Service Unavailable\r\n",
    "HTTP/1.1 504 Gateway Timeout\r\n",
    "HTTP/1.1 505 HTTP Version Not Supported\r\n",
    "HTTP/1.1 506 Variant Also Negotiates\r\n",
    "HTTP/1.1 507 Insufficient Storage\r\n",
    "HTTP/1.1 508 Loop Detected\r\n",
    "HTTP/1.1 510 Not Extended\r\n",
    "HTTP/1.1 511 Network Authentication Required\r\n",
});

static_assert(std::ranges::max(kLines, {}, &std::string_view::size).size() <= StatusLine::kLongest);

constexpr int kFirst = 100, kLast = 599;
constexpr std::size_t kMinor = 7, kStatus = 9, kReason = 13;  // places in a line

constexpr int status_of(std::string_view line) {
  return (line[kStatus] - '0') * 100 + (line[kStatus + 1] - '0') * 10 + (line[kStatus + 2] - '0');
}

constexpr auto kByStatus = [] {
  std::array<std::string_view, kLast - kFirst + 1> table{};
  for (const auto line : kLines) table[static_cast<std::size_t>(status_of(line) - kFirst)] = line;
  return table;
}();

constexpr std::string_view line_of(int status) {
  if (status < kFirst || status > kLast) return {};
  return kByStatus[static_cast<std::size_t>(status - kFirst)];
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto line = line_of(status);
  return line.empty() ? line : line.substr(kReason, line.size() - kReason - 2);
}

StatusLine::StatusLine(int status, int minor_version) : text_(line_of(status)) {
  if (!text_.empty() && minor_version == 1) return;
  const std::string_view line = text_.empty() ? "HTTP/1.1 000 \r\n" : text_;
  std::ranges::copy(line, own_.begin());
  own_[kMinor] = static_cast<char>('0' + minor_version);
  for (std::size_t i = 3; i-- > 0; status /= 10) own_[kStatus + i] = static_cast<char>('0' + status % 10);
  text_ = {own_.data(), line.size()};
}

}  // namespace appserve::http
