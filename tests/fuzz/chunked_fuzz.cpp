// The chunked coding. Oracles: cuts do not matter; what is decoded is what the slow reading decodes; what is encoded
// comes back.
#include "fuzz/fuzz_input.hpp"
#include "fuzz/reference_parser.hpp"
#include "http/chunked.hpp"
#include "http/machine.hpp"

namespace {

using namespace appserve;

constexpr std::size_t kOverhead = 256;

struct Decoded {
  std::string content;
  std::size_t consumed = 0;
  bool done = false, refused = false;

  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  http::ChunkedDecoder decoder;
  Decoded result;
  while (!result.done && !result.refused && result.consumed < bytes.size()) {
    const auto arrived = bytes.substr(result.consumed, piece);
    const auto step = decoder.decode(arrived, kOverhead, UINT64_MAX - result.content.size());
    fuzz::check(step.consumed > 0 || step.refusal.has_value(), "no step is taken");
    result.content.append(step.data);
    result.consumed += step.consumed;
    result.done = step.done;
    result.refused = step.refusal.has_value();
  }
  return result;
}

/// Sends content through the response side and reads it back.
void round_trip(fuzz::Input& input) {
  const http::Limits limits;
  http::Machine machine(limits);
  http::ResponseHead head;
  std::string out, sent;
  fuzz::check(machine.start_response(head, {}, out) == http::Machine::Start::ok, "a plain head is refused");
  out.clear();
  while (!input.empty()) {
    const auto piece = input.text(input.octet());
    const auto frame = machine.frame_body(piece);
    out.append(frame.line.text()).append(frame.data).append(frame.suffix);
    sent.append(piece);
  }
  fuzz::check(machine.end_response(out), "content is missing");
  const auto back = decode(out, out.size());
  fuzz::check(back.done && back.consumed == out.size() && back.content == sent, "encoded content does not come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto choice = input.octet();
  if (choice == 0) {
    round_trip(input);
    return 0;
  }
  const auto bytes = input.rest();
  const auto whole = decode(bytes, bytes.size()), cut = decode(bytes, choice);
  fuzz::check(whole.done == cut.done && whole.refused == cut.refused, "a cut changes the verdict");
  fuzz::check(whole.refused || whole == cut, "a cut changes the content");

  const auto reference = fuzz::reference::read_chunks(bytes);
  using End = fuzz::reference::Chunks::End;
  if (whole.done) {
    fuzz::check(reference.end == End::whole && reference.content == whole.content && reference.size == whole.consumed,
                "the content is read differently");
  } else if (!whole.refused) {
    fuzz::check(reference.end == End::unfinished, "the end is not seen");
  }
  return 0;
}
