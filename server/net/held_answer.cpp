#include "net/held_answer.hpp"

#include <cstring>
#include <utility>

namespace appserve::net {
namespace {

std::string_view copy(std::string_view text, Arena& arena) {
  if (text.empty()) return {};
  auto* place = static_cast<char*>(arena.allocate(text.size()));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

}  // namespace

void HeldAnswer::hold(const http::ResponseHead& head, Arena& arena) {
  holding_ = true;
  head_ = head;
  head_.content_type = copy(head.content_type, arena);
  for (const http::Field& field : head.fields)
    fields_.push_back({.name = copy(field.name, arena), .value = copy(field.value, arena)});
}

void HeldAnswer::append(std::span<const service::Piece> body) {
  for (const service::Piece& piece : body) content_.append(piece.data);
}

HeldAnswer::Released HeldAnswer::release() {
  Released released{.head = head_, .fields = std::move(fields_), .content = std::move(content_)};
  released.head.fields = released.fields;
  reset();
  return released;
}

void HeldAnswer::reset() {
  holding_ = false;
  fields_ = {};
  content_ = {};
}

}  // namespace appserve::net
