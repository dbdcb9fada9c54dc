// Forms. Oracles: cuts do not matter; memory stays within a head and a piece; what is written as multipart is read
// back.
#include <appserve/detail/form_parser.hpp>

#include <string>
#include <vector>

#include "fuzz/fuzz_input.hpp"

namespace {

using appserve::FormLimits;
using appserve::detail::FormParser;
using appserve::detail::FormStep;
using Kind = FormStep::Kind;

struct Read {
  std::string parts;  // names, file names, types and contents, told apart by control bytes
  bool good = false;
  int status = 0;
};

Read read(std::string_view type, std::string_view body, std::size_t piece, const FormLimits& limits) {
  FormParser parser(limits);
  Read result;
  if (!parser.open(type)) {
    result.status = parser.status();
    return result;
  }
  for (std::size_t steps = 0;; ++steps) {
    appserve::fuzz::check(steps < 16 * (body.size() + 1024), "it never ends");
    const FormStep step = parser.step();
    switch (step.kind) {
      case Kind::more:
        appserve::fuzz::check(parser.buffered() <= limits.head + 256, "it keeps what it should have passed on");
        if (body.empty()) parser.finish();
        parser.feed(body.substr(0, piece));
        body.remove_prefix(std::min(piece, body.size()));
        break;
      case Kind::part:
        result.parts +=
            "\1" + parser.part().name + "\2" + parser.part().filename.value_or("\3") + "\2" + parser.part().type;
        result.parts += "\4";
        break;
      case Kind::data:
        appserve::fuzz::check(!step.data.empty(), "a piece is empty");
        result.parts += step.data;
        break;
      case Kind::end:
        result.parts += "\5";
        break;
      case Kind::done:
        result.good = true;
        return result;
      case Kind::bad:
        appserve::fuzz::check(!parser.error().empty(), "a refusal has no words");
        result.status = parser.status();
        return result;
    }
  }
}

/// As a client writes it within quotes.
std::string quoted(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

void round_trip(appserve::fuzz::Input& input) {
  std::string body, expected;
  const std::size_t piece = 1 + input.octet() % 97;
  while (!input.empty()) {
    std::string name(input.text(input.octet() % 16));
    std::erase_if(name, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    const std::string content(input.text(input.octet()));
    if (content.find("\r\n--b0undary") != content.npos || content.starts_with("--b0undary")) return;
    body += "--b0undary\r\nContent-Disposition: form-data; name=\"" + quoted(name) + "\"\r\n\r\n" + content + "\r\n";
    expected += "\1" + name + "\2\3\2\4" + content + "\5";
  }
  body += "--b0undary--\r\n";
  FormLimits limits;
  limits.parts = 5000;
  const Read back = read("multipart/form-data; boundary=b0undary", body, piece, limits);
  appserve::fuzz::check(body.starts_with("--b0undary--") || (back.good && back.parts == expected),
                        "a form does not come back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  appserve::fuzz::Input input(data, size);
  const unsigned choice = input.octet();
  if (choice == 0) {
    round_trip(input);
    return 0;
  }
  FormLimits limits;
  limits.parts = 4;
  limits.head = 256;
  limits.part = 512;
  std::string type = "application/x-www-form-urlencoded";
  if (choice % 2 == 0)
    type = choice % 4 == 0 ? "multipart/form-data; boundary=b" : std::string(input.text(input.octet()));
  const std::string_view body = input.rest();
  const Read whole = read(type, body, body.size() + 1, limits), cut = read(type, body, 1 + choice % 5, limits);
  appserve::fuzz::check(whole.good == cut.good && whole.status == cut.status, "a cut changes the verdict");
  if (whole.good) appserve::fuzz::check(whole.parts == cut.parts, "a cut changes the parts");
  return 0;
}
