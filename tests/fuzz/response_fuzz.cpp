// What apps ask to send. Oracles, read as a strict client would: one head, the fields asked for and no others, a
// framing that agrees with the content, nothing after it.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/reference_parser.hpp"
#include "http/machine.hpp"

namespace {

using namespace appserve;
using fuzz::check;

constexpr std::string_view kCommon = "Server: t\r\nDate: d\r\n";

struct Seen {
  std::string status_line;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string rest;

  std::vector<std::string> values(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [key, value] : fields) {
      if (key == name) found.push_back(value);
    }
    return found;
  }
};

Seen read(const std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  check(end != bytes.npos, "the head does not end");
  const auto lines = fuzz::reference::split(std::string_view(bytes).substr(0, end), "\r\n");
  Seen seen;
  seen.status_line = lines[0];
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    check(colon != lines[i].npos && fuzz::reference::is_token(lines[i].substr(0, colon)), "a malformed field line");
    for (const char c : lines[i]) check(c != '\r' && c != '\n' && c != '\0', "a control in a field line");
    seen.fields.emplace_back(fuzz::reference::lower(lines[i].substr(0, colon)),
                             fuzz::reference::strip(lines[i].substr(colon + 1)));
  }
  seen.rest = bytes.substr(end + 4);
  return seen;
}

struct Asked {
  std::string request;
  int status = 200;
  std::int64_t length = -1;
  bool close = false;
  std::string_view type;
  std::vector<http::Field> fields;
  std::vector<std::string_view> pieces;
};

Asked ask(fuzz::Input& input) {
  static constexpr std::string_view kNames[] = {"X",       "Content-Length", "Connection", "Transfer-Encoding",
                                                "Date",    "server",         "Set-Cookie", "Content-Type",
                                                "Upgrade", "keep-alive"};
  Asked asked;
  const unsigned choice = input.octet();
  asked.request = (choice & 1U) != 0 ? "HEAD" : "GET";
  asked.request += (choice & 2U) != 0 ? " / HTTP/1.0\r\n" : " / HTTP/1.1\r\nHost: a\r\n";
  if ((choice & 4U) != 0) asked.request += "Connection: keep-alive\r\n";
  asked.request += "\r\n";
  asked.close = (choice & 8U) != 0;
  asked.status = static_cast<int>(90 + input.octet() * 2 + (choice >> 7U));
  asked.length = static_cast<std::int64_t>(input.octet()) - 1;
  if ((choice & 16U) != 0) asked.type = input.text(input.octet() % 16);
  for (unsigned n = input.octet() % 8; n > 0; --n) {
    const unsigned which = input.octet();
    const auto name = which < std::size(kNames) ? kNames[which] : input.text(which % 16);
    asked.fields.push_back({name, input.text(input.octet() % 32)});
  }
  while (!input.empty()) asked.pieces.push_back(input.text(input.octet()));
  return asked;
}

/// The content as the client gets it, from what follows the head.
std::string received(const Seen& seen, bool no_content) {
  if (no_content) {
    check(seen.rest.empty(), "content where none may be");
    return {};
  }
  if (!seen.values("transfer-encoding").empty()) {
    const auto chunks = fuzz::reference::read_chunks(seen.rest);
    check(chunks.end == fuzz::reference::Chunks::End::whole && chunks.size == seen.rest.size(), "the chunks are wrong");
    return chunks.content;
  }
  return seen.rest;
}

void check_head(const Asked& asked, const Seen& seen, bool closing) {
  const bool http10 = asked.request.find("HTTP/1.0") != std::string::npos;
  const auto lengths = seen.values("content-length"), codings = seen.values("transfer-encoding");
  check(seen.status_line.substr(0, 13) == (http10 ? "HTTP/1.0 " : "HTTP/1.1 ") + std::to_string(asked.status) + " ",
        "status line");
  check(lengths.size() + codings.size() <= 1, "two framings");
  check(codings.empty() || !http10, "a coding for HTTP/1.0");
  check(asked.status != 204 || (lengths.empty() && codings.empty()), "a framing for 204");
  bool close = false;
  for (const auto& value : seen.values("connection")) close = close || value.find("close") != value.npos;
  check(close == closing, "Connection does not say what happens");
  check(!seen.values("date").empty(), "no Date");
  // Server, Date, Content-Type, one framing field and Connection are the server's to add.
  check(seen.fields.size() <= asked.fields.size() + 5, "a field nobody asked for");
  for (const auto& [name, value] : asked.fields) {
    const auto found = seen.values(fuzz::reference::lower(name));
    const bool taken = fuzz::reference::lower(name) == "connection" || fuzz::reference::lower(name) == "content-length";
    check(taken || std::ranges::find(found, fuzz::reference::strip(value)) != found.end(), "a field is lost");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Asked asked = ask(input);
  const http::Limits limits;
  http::Machine machine(limits);
  http::RequestHead request;
  check(machine.scan_head(asked.request).state == http::HeadScan::State::complete, "the request does not end");
  check(!machine.parse_head(asked.request, request), "the request is refused");

  http::ResponseHead head;
  head.status = asked.status;
  head.close = asked.close;
  head.content_type = asked.type;
  head.content_length = asked.length;
  head.fields = asked.fields;
  std::string out;
  const auto start = machine.start_response(head, http::CommonFields(kCommon), out);
  if (start != http::Machine::Start::ok) {
    check(out.empty() && !machine.response_started(), "a refused head leaves something");
    machine.refuse({500, "the head was refused"}, kCommon, out);
    check(read(out).values("connection").size() == 1, "the refusal is no response");
    return 0;
  }
  const bool closing = machine.closing();
  std::string sent;
  bool cut = false;
  for (const auto piece : asked.pieces) {
    const auto frame = machine.frame_body(piece);
    out.append(frame.line.text()).append(frame.data).append(frame.suffix);
    sent.append(piece);
    cut = cut || frame.cut;
  }
  const bool whole = machine.end_response(out);
  const Seen seen = read(out);
  check_head(asked, seen, closing);

  const bool is_head = request.method == http::Method::head;
  const bool no_content = is_head || asked.status == 204 || asked.status == 205 || asked.status == 304;
  const auto got = received(seen, no_content);
  check(sent.starts_with(got), "other content than was sent");
  check(is_head || cut == (got.size() < sent.size()), "a cut is not told");
  if (no_content) return 0;
  const auto lengths = seen.values("content-length");
  if (!lengths.empty()) check(whole == (std::stoull(lengths[0]) == got.size()), "the length is wrong");
  check(whole || machine.closing(), "a short response keeps the connection");
  return 0;
}
