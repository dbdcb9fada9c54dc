// A whole conversation with a Machine, without sockets: bytes in (cut anywhere), an app that echoes, bytes out.
// Shared by the unit tests and the fuzz targets.
#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/machine.hpp"

namespace appserve::http::test {

inline constexpr std::string_view kCommon = "Server: t\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// A request as the machine told it, by value.
struct Message {
  std::string method, target, path, query, authority, body;
  std::vector<std::pair<std::string, std::string>> fields;
  int minor_version = 1;
  BodyKind kind = BodyKind::none;
  bool keep_alive = false, expect_continue = false, whole = false;

  bool operator==(const Message&) const = default;

  std::string field(std::string_view name) const {
    const auto found = std::ranges::find(fields, name, [](const auto& field) { return std::string_view(field.first); });
    return found == fields.end() ? "(none)" : found->second;
  }
};

/// Everything that happened. Two cuts of the same bytes must give equal transcripts.
struct Transcript {
  std::vector<Message> messages;
  int refused = 0;
  std::string why;
  bool closed = false;  // the machine ended the connection, with or without a refusal
  std::string output;

  bool operator==(const Transcript&) const = default;
};

class Dialogue {
 public:
  explicit Dialogue(const Limits& limits) : machine_(limits) {}

  void receive(std::string_view bytes) {
    if (transcript_.closed) return;
    pending_.append(bytes);
    while (!transcript_.closed && (in_body_ ? read_body() : read_head())) {
    }
  }

  const Transcript& transcript() const { return transcript_; }

 private:
  bool read_head() {
    if (pending_.empty()) return false;
    const auto scan = machine_.scan_head(pending_);
    if (scan.state == HeadScan::State::incomplete) return false;
    if (scan.refusal) return refuse(*scan.refusal);
    head_bytes_ = pending_.substr(0, scan.size);
    pending_.erase(0, scan.size);
    RequestHead head;
    if (const auto refusal = machine_.parse_head(head_bytes_, head)) return refuse(*refusal);
    record(head);
    if (machine_.take_expectation()) transcript_.output.append(Machine::kContinue);
    in_body_ = true;
    return true;
  }

  bool read_body() {
    while (!machine_.body_done()) {
      if (pending_.empty()) return false;
      const auto step = machine_.decode_body(pending_);
      if (step.refusal) return refuse(*step.refusal);
      transcript_.messages.back().body.append(step.data);
      pending_.erase(0, step.consumed);
    }
    answer();
    in_body_ = false;
    return true;
  }

  void answer() {
    Message& message = transcript_.messages.back();
    message.whole = true;
    ResponseHead head;
    head.content_length = static_cast<std::int64_t>(message.body.size());
    machine_.start_response(head, CommonFields(kCommon), transcript_.output);
    const auto frame = machine_.frame_body(message.body);
    transcript_.output.append(frame.line.text()).append(frame.data).append(frame.suffix);
    machine_.end_response(transcript_.output);
    transcript_.closed = machine_.closing();
    if (!transcript_.closed) machine_.finish_message();
  }

  bool refuse(const Refusal& refusal) {
    if (in_body_) transcript_.messages.back().body.clear();  // how much was seen depends on the cuts
    transcript_.refused = refusal.status;
    transcript_.why = refusal.why;
    transcript_.closed = true;
    machine_.refuse(refusal, kCommon, transcript_.output);
    return false;
  }

  void record(const RequestHead& head) {
    Message message;
    message.method = head.method_name;
    message.target = head.target;
    message.path = head.path;
    message.query = head.query;
    message.authority = head.authority;
    for (const auto& [name, value] : head.fields) message.fields.emplace_back(name, value);
    message.minor_version = head.minor_version;
    message.kind = head.body;
    message.keep_alive = head.keep_alive;
    message.expect_continue = head.expect_continue;
    transcript_.messages.push_back(std::move(message));
  }

  Machine machine_;
  Transcript transcript_;
  std::string pending_, head_bytes_;
  bool in_body_ = false;
};

/// The conversation when `bytes` arrive at once.
inline Transcript talk(std::string_view bytes, const Limits& limits = {}) {
  Dialogue dialogue(limits);
  dialogue.receive(bytes);
  return dialogue.transcript();
}

/// The conversation when `bytes` arrive in pieces of `size`, after a first piece of `first`.
inline Transcript talk_in_pieces(std::string_view bytes, std::size_t first, std::size_t size,
                                 const Limits& limits = {}) {
  Dialogue dialogue(limits);
  dialogue.receive(bytes.substr(0, first));
  for (std::size_t at = std::min(first, bytes.size()); at < bytes.size(); at += size) {
    dialogue.receive(bytes.substr(at, size));
  }
  return dialogue.transcript();
}

}  // namespace appserve::http::test
