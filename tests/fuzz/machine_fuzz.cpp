// Any bytes of a client, through the HTTP machine: nothing may crash, and what comes out may not depend on how the
// bytes were cut. The first byte of the input chooses the cuts; the rest is what the client sends.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/machine.hpp"

namespace {

using namespace appserve::http;

/// A client's bytes that arrive in pieces of at most `step` bytes.
class Wire {
 public:
  Wire(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}

  std::string_view received() const { return bytes_.substr(taken_, arrived_ - taken_); }
  void take(std::size_t count) { taken_ += count; }
  bool arrive() {
    if (arrived_ == bytes_.size()) return false;
    arrived_ = std::min(arrived_ + step_, bytes_.size());
    return true;
  }

 private:
  std::string_view bytes_;
  std::size_t step_, taken_ = 0, arrived_ = 0;
};

/// Plays a server that answers "ok" to everything, and writes down what it saw.
class Server {
 public:
  explicit Server(const Limits& limits) : machine_(limits) {}

  std::string serve(Wire wire) {
    while (one_message(wire)) {
    }
    return std::move(story_);
  }

 private:
  bool one_message(Wire& wire) {
    const auto scan = machine_.scan_head(wire.received());
    if (scan.state == HeadScan::State::incomplete) return wire.arrive();
    if (scan.refusal) return refuse(*scan.refusal);
    std::vector<char> bytes(wire.received().begin(), wire.received().begin() + static_cast<std::ptrdiff_t>(scan.size));
    wire.take(scan.size);
    RequestHead head;
    if (const auto refusal = machine_.parse_head(bytes, head)) return refuse(*refusal);
    tell(head);
    return read_body(wire) && answer();
  }

  void tell(const RequestHead& head) {
    story_.append(head.method_name).append(" ").append(head.path).append(" ").append(head.query).append("\n");
    for (const auto& field : head.fields) story_.append(field.name).append(": ").append(field.value).append("\n");
  }

  /// How much of a broken body is seen before the refusal, and which of several reasons comes first, depends on the
  /// cuts; that it is refused does not.
  bool read_body(Wire& wire) {
    std::string content;
    while (!machine_.body_done()) {
      const auto step = machine_.decode_body(wire.received());
      if (step.refusal) {
        story_.append("broken body\n");
        return false;
      }
      content.append(step.data);
      wire.take(step.consumed);
      if (!step.done && step.consumed == 0 && !wire.arrive()) return false;
    }
    story_.append(content);
    return true;
  }

  bool answer() {
    ResponseHead head;
    head.content_length = 2;
    if (machine_.start_response(head, "Server: x\r\n", story_) != Machine::Start::ok) std::abort();
    const auto frame = machine_.frame_body("ok");
    story_.append(frame.prefix).append(frame.data).append(frame.suffix);
    if (!machine_.end_response(story_)) std::abort();
    if (machine_.closing()) return false;
    machine_.finish_message();
    return true;
  }

  bool refuse(const Refusal& refusal) {
    if (refusal.status < 400 || refusal.status > 599) std::abort();
    machine_.refuse(refusal, "Server: x\r\n", story_);
    return false;
  }

  Machine machine_;
  std::string story_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Limits limits;
  limits.head = 2048;
  limits.body = 4096;
  limits.chunk_overhead = 256;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Server(limits).serve({bytes, bytes.size() + 1});
  const std::string cut = Server(limits).serve({bytes, data[0] % 61U + 1});
  if (whole != cut) {
    std::cerr << "cut differently, understood differently\n--- whole\n" << whole << "\n--- cut\n" << cut << "\n";
    std::abort();
  }
  return 0;
}
