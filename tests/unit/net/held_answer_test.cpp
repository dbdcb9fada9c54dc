#include "net/held_answer.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using net::HeldAnswer;

TEST_CASE("what is held is a copy, and is released once") {
  net::Arena arena;
  HeldAnswer held;
  {
    const std::string type = "text/plain", name = "x-a", value = "b", text = "content";
    const http::Field field{name, value};
    held.hold({.status = 201, .content_type = type, .fields = {&field, 1}, .content_length = 7}, arena);
    const service::Piece piece{.data = text};
    held.append({&piece, 1});
  }
  CHECK(held.holding());
  const auto released = held.release();
  CHECK_FALSE(held.holding());
  CHECK(released.head.status == 201);
  CHECK(released.head.content_type == "text/plain");
  REQUIRE(released.head.fields.size() == 1);
  CHECK(released.head.fields[0].name == "x-a");
  CHECK(released.head.fields[0].value == "b");
  CHECK(released.content == "content");
  held.hold({}, arena);
  CHECK(held.release().content.empty());
}

TEST_CASE("it is full above 64 KiB") {
  net::Arena arena;
  HeldAnswer held;
  held.hold({}, arena);
  const std::string text(64 * 1024, 'x');
  const service::Piece all{.data = text}, one{.data = "y"};
  held.append({&all, 1});
  CHECK_FALSE(held.full());
  held.append({&one, 1});
  CHECK(held.full());
}
