#include "sim/plan.hpp"

#include <fmt/format.h>

namespace appserve::sim {
namespace {

using namespace std::chrono_literals;

constexpr Act kActs[] = {Act::whole,    Act::whole,     Act::later,       Act::stream,       Act::stream,
                         Act::collect,  Act::collect,   Act::take_all,    Act::mirror,       Act::silent,
                         Act::leave,    Act::fail,      Act::fail_midway, Act::leave_midway, Act::too_short,
                         Act::too_long, Act::bad_field, Act::limited};

std::size_t some_size(Dice& dice) {
  static constexpr std::size_t kMost[] = {0, 1, 100, 100, 1000, 1000, 5000, 5000, 5000, 20'000, 200'000};
  return dice.below(kMost[dice.below(std::size(kMost))] + 1);
}

std::string chunked(Dice& dice, std::string_view content) {
  std::string out;
  while (!content.empty()) {
    const auto piece = content.substr(0, 1 + dice.below(content.size()));
    out += fmt::format("{:x}{}\r\n{}\r\n", piece.size(), dice.chance(10) ? ";a=\"b\"" : "", piece);
    content.remove_prefix(piece.size());
  }
  return out + (dice.chance(20) ? "0\r\nx-trailer: 1\r\n\r\n" : "0\r\n\r\n");
}

void render(Dice& dice, Plan& plan) {
  std::string& out = plan.bytes;
  if (dice.chance(5)) out += "\r\n";
  out += fmt::format("{} /{} HTTP/1.{}\r\nHost: sim\r\n", plan.method, plan.number, plan.http10 ? 0 : 1);
  if (plan.close)
    out += "Connection: close\r\n";
  else if (plan.http10)
    out += "Connection: keep-alive\r\n";
  if (plan.expects) out += "Expect: 100-continue\r\n";
  if (dice.chance(10)) out += "X-Padding: " + std::string(dice.below(2000), 'p') + "\r\n";
  const std::string content = content_of(plan.number, plan.content);
  if (plan.chunked)
    out += "Transfer-Encoding: chunked\r\n\r\n";
  else
    out += plan.has_content() ? fmt::format("Content-Length: {}\r\n\r\n", content.size()) : "\r\n";
  plan.head_size = out.size();
  out += plan.chunked ? chunked(dice, content) : content;
}

}  // namespace

std::string content_of(unsigned number, std::size_t size) {
  std::string text;
  text.reserve(size + 16);
  for (unsigned i = 0; text.size() < size; ++i) text += fmt::format("{}.{} ", number, i);
  text.resize(size);
  return text;
}

Plan make_plan(Dice& dice, unsigned number) {
  Plan plan;
  plan.number = number;
  plan.act = kActs[dice.below(std::size(kActs))];
  const bool wants_content = plan.echoes() || plan.act == Act::limited;
  plan.method = wants_content || dice.chance(30) ? "POST" : dice.chance(15) ? "HEAD" : "GET";
  if (plan.has_content()) {
    plan.content = some_size(dice) + (plan.act == Act::limited ? 100 : 0);
    plan.chunked = dice.chance(50);
  }
  plan.http10 = !plan.chunked && dice.chance(8);
  plan.expects = plan.has_content() && !plan.http10 && dice.chance(20);
  plan.close = dice.chance(8);
  plan.answer = plan.echoes() ? plan.content : some_size(dice);
  plan.pieces = 1 + dice.below(5);
  if (plan.act == Act::fail_midway || plan.act == Act::leave_midway) {
    plan.answer += 100;  // the last piece, which is never written, has something in it
    ++plan.pieces;
  }
  plan.known_length = dice.chance(50);
  plan.lends = dice.chance(50);
  plan.pause = dice.chance(50) ? Duration(0) : dice.delay(3s);
  plan.lingers = dice.chance(30);
  render(dice, plan);
  return plan;
}

}  // namespace appserve::sim
