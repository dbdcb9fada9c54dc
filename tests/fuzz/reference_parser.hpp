// A second reading of HTTP/1.1 requests: slow, whole messages only, written from the RFCs and sharing no code with the
// server. It exists to disagree.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace appserve::fuzz {

struct ReferenceRequest {
  std::string method, target, body;
  std::vector<std::pair<std::string, std::string>> fields;
  bool keep_alive = false;
};

struct ReferenceReading {
  std::vector<ReferenceRequest> requests;
  enum class End { unfinished, refused, closed } end = End::unfinished;
};

namespace reference {

inline bool is_tchar(char c) {
  return std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").find(c) !=
         std::string_view::npos;
}
inline bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar); }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

inline std::string strip(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

inline std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto end = text.find(separator, at);
    parts.emplace_back(text.substr(at, end == text.npos ? end : end - at));
    if (end == text.npos) return parts;
    at = end + separator.size();
  }
}

inline bool has_option(const ReferenceRequest& request, std::string_view option) {
  for (const auto& [name, value] : request.fields) {
    if (name != "connection") continue;
    for (const auto& member : split(value, ",")) {
      if (lower(strip(member)) == option) return true;
    }
  }
  return false;
}

inline std::vector<std::string> values(const ReferenceRequest& request, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& field : request.fields) {
    if (field.first == name) found.push_back(field.second);
  }
  return found;
}

/// Reads chunked content at the front of `bytes`: its octets and its size on the wire. Extensions are only searched for
/// CTLs here: their grammar is the server's affair, so a server may refuse what this takes.
struct Chunks {
  enum class End { whole, unfinished, wrong } end = End::unfinished;
  std::string content;
  std::size_t size = 0;
};

inline Chunks read_chunks(std::string_view bytes) {
  Chunks chunks;
  std::size_t at = 0;
  const auto line = [&]() -> std::optional<std::string_view> {
    const auto end = bytes.find("\r\n", at);
    if (end == bytes.npos) return std::nullopt;
    const auto text = bytes.substr(at, end - at);
    at = end + 2;
    return text;
  };
  while (true) {
    const auto head = line();
    if (!head) return chunks;
    const auto digits = head->substr(0, head->find_first_not_of("0123456789abcdefABCDEF"));
    const auto extension = strip(head->substr(digits.size()));
    chunks.end = Chunks::End::wrong;
    if (digits.empty() || digits.size() > 16) return chunks;
    if (!extension.empty() && extension.front() != ';') return chunks;
    const auto size = std::stoull(std::string(digits), nullptr, 16);
    chunks.end = Chunks::End::unfinished;
    if (size == 0) break;
    if (size > bytes.size() - at || bytes.size() - at - size < 2) return chunks;
    chunks.content.append(bytes.substr(at, size));
    if (bytes.substr(at + size, 2) != "\r\n") {
      chunks.end = Chunks::End::wrong;
      return chunks;
    }
    at += size + 2;
  }
  while (true) {
    const auto trailer = line();
    if (!trailer) return chunks;
    if (trailer->empty()) break;
    if (!is_token(trailer->substr(0, trailer->find(':'))) || trailer->find(':') == trailer->npos) {
      chunks.end = Chunks::End::wrong;
      return chunks;
    }
  }
  chunks.end = Chunks::End::whole;
  chunks.size = at;
  return chunks;
}

enum class Verdict { taken, unfinished, refused };

/// Reads one request off the front of `bytes`. `refused` only for what must be.
inline Verdict read_request(std::string_view& bytes, ReferenceRequest& request) {
  std::string_view rest = bytes;
  while (rest.starts_with("\r\n")) rest.remove_prefix(2);
  const auto end = rest.find("\r\n\r\n");
  if (end == rest.npos) return Verdict::unfinished;
  const auto head = rest.substr(0, end);
  rest.remove_prefix(end + 4);
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto octet = static_cast<unsigned char>(head[i]);
    const bool line_end =
        (head[i] == '\r' && head.substr(i, 2) == "\r\n") || (i > 0 && head.substr(i - 1, 2) == "\r\n");
    if (!line_end && ((octet < 0x20 && octet != '\t') || octet == 0x7f)) return Verdict::refused;
  }

  const auto lines = split(head, "\r\n");
  const auto words = split(lines[0], " ");
  if (words.size() != 3 || !is_token(words[0]) || words[1].empty()) return Verdict::refused;
  const std::string& version = words[2];
  if (version.size() != 8 || !version.starts_with("HTTP/1.") || version[7] < '0' || version[7] > '9')
    return Verdict::refused;
  const bool http10 = version[7] == '0';
  request.method = words[0];
  request.target = words[1];
  for (const char c : request.target) {
    if (c < 0x21 || c == 0x7f || c == '#') return Verdict::refused;
  }

  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    if (colon == std::string::npos || !is_token(std::string_view(lines[i]).substr(0, colon))) return Verdict::refused;
    const auto name = lower(std::string_view(lines[i]).substr(0, colon));
    if (name.find('_') != name.npos) continue;
    request.fields.emplace_back(name, strip(std::string_view(lines[i]).substr(colon + 1)));
  }
  const auto hosts = values(request, "host"), lengths = values(request, "content-length"),
             codings = values(request, "transfer-encoding");
  if (hosts.size() > 1 || (hosts.empty() && !http10)) return Verdict::refused;
  constexpr std::string_view kScheme = "http://";
  if (lower(request.target).starts_with(kScheme)) {  // its authority is the host (RFC 9112 3.2.2)
    const auto authority = request.target.substr(kScheme.size());
    for (auto& [name, value] : request.fields)
      if (name == "host") value = authority.substr(0, authority.find_first_of("/?"));
  }
  request.keep_alive = !has_option(request, "close") && (!http10 || has_option(request, "keep-alive"));

  if (!codings.empty()) {
    if (http10 || !lengths.empty() || codings.size() > 1 || lower(codings[0]) != "chunked") return Verdict::refused;
    const auto chunks = read_chunks(rest);
    if (chunks.end == Chunks::End::wrong) return Verdict::refused;
    if (chunks.end == Chunks::End::unfinished) return Verdict::unfinished;
    request.body = chunks.content;
    rest.remove_prefix(chunks.size);
  } else if (!lengths.empty()) {
    if (lengths.size() > 1 || lengths[0].empty()) return Verdict::refused;
    if (lengths[0].find_first_not_of("0123456789") != std::string::npos) return Verdict::refused;
    const auto first = std::min(lengths[0].find_first_not_of('0'), lengths[0].size());
    const auto digits = lengths[0].substr(first);
    if (digits.size() > 15) return Verdict::unfinished;
    const std::uint64_t length = digits.empty() ? 0 : std::stoull(digits);
    if (length > rest.size()) return Verdict::unfinished;
    request.body = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  bytes = rest;
  return Verdict::taken;
}

}  // namespace reference

/// Reads all requests that are whole; stops where one is not, must be refused, or ends the connection.
inline ReferenceReading read_all(std::string_view bytes) {
  ReferenceReading reading;
  while (reading.end == ReferenceReading::End::unfinished) {
    ReferenceRequest request;
    const auto verdict = reference::read_request(bytes, request);
    if (verdict == reference::Verdict::unfinished) return reading;
    if (verdict == reference::Verdict::refused) {
      reading.end = ReferenceReading::End::refused;
      return reading;
    }
    if (!request.keep_alive) reading.end = ReferenceReading::End::closed;
    reading.requests.push_back(std::move(request));
  }
  return reading;
}

}  // namespace appserve::fuzz
