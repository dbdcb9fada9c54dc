// Request heads and bodies through the machine. Oracles: how the bytes are cut does not matter; nothing is served that
// a second, slow reading refuses or reads differently; answers are whole.
#include <algorithm>

#include "fuzz/fuzz_input.hpp"
#include "fuzz/reference_parser.hpp"
#include "unit/http/dialogue.hpp"

namespace {

using namespace appserve;
using http::test::Message;
using http::test::Transcript;

/// The server may refuse more than the reference (targets, hosts, limits, methods), never serve more.
void compare(const Transcript& seen, const fuzz::ReferenceReading& reference) {
  const auto whole = static_cast<std::size_t>(std::ranges::count(seen.messages, true, &Message::whole));
  fuzz::check(whole <= reference.requests.size(), "a request is served that the reference does not see");
  for (std::size_t i = 0; i < whole; ++i) {
    const auto& ours = seen.messages[i];
    const auto& theirs = reference.requests[i];
    fuzz::check(ours.method == theirs.method, "method");
    fuzz::check(ours.target == theirs.target, "target");
    fuzz::check(ours.body == theirs.body, "body");
    fuzz::check(ours.fields == theirs.fields, "fields");
    fuzz::check(ours.keep_alive == theirs.keep_alive, "persistence");
  }
  if (seen.refused != 0) return;
  fuzz::check(reference.end != fuzz::ReferenceReading::End::refused, "what the reference refuses is not refused");
  fuzz::check(whole == reference.requests.size(), "a whole request is neither served nor refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  http::Limits limits;
  if (input.octet() % 4 == 0) limits = {.head = 128, .target = 32, .fields = 4, .body = 64, .chunk_overhead = 16};
  const std::size_t first = input.octet(), step = 1 + input.octet() % 32;
  const auto bytes = input.rest();

  const auto whole = http::test::talk(bytes, limits);
  fuzz::check(whole == http::test::talk_in_pieces(bytes, first, step, limits), "a cut changes the conversation");
  fuzz::check(whole.refused == 0 || whole.closed, "a refusal leaves the connection open");
  fuzz::check(whole.refused == 0 || whole.output.find("\r\nConnection: close\r\n") != std::string::npos,
              "close is not said");
  compare(whole, fuzz::read_all(bytes));
  return 0;
}
