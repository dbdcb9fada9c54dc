#include "supervisor/message.hpp"

#include <doctest/doctest.h>

using namespace appserve::supervisor;
using namespace std::chrono_literals;

TEST_CASE("every message comes back as it was") {
  const Message messages[] = {
      Start{.generation = 3,
            .slot = 1,
            .workers = 4,
            .place = 17,
            .folder = "/run/appserve/x",
            .announce = true,
            .has_config = true,
            .has_scoreboard = true,
            .has_admin = true,
            .closed = {{2, 60}, {0, 1}}},
      Take{{{7, 1, false}, {8, 0, true}}},
      Leave{{7, 8, 9}},
      Drain{1500ms, true},
      Cut{},
      Reopen{},
      Phase{Phase::Stage::creating, "libgame.so", "create_app"},
      Failed{78, "[E2012] libgame.so rejects its configuration", "error[E2012]: \0 and more"},
      Ready{},
      Report{},
      Draining{},
  };
  for (const Message& message : messages) {
    const auto back = decode(encode(message));
    REQUIRE(back);
    CHECK(*back == message);
  }
}

TEST_CASE("what is cut short, too long or of another protocol is no message") {
  const std::string bytes = encode(Take{{{7, 1, false}, {8, 0, true}}});
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(decode(bytes + "x"));
  std::string other = bytes;
  ++other[0];
  CHECK_FALSE(decode(other));
  std::string unknown = bytes;
  unknown[2] = 99;
  CHECK_FALSE(decode(unknown));
}

TEST_CASE("a count that promises more than there is, is no message") {
  std::string bytes = encode(Leave{{1, 2, 3}});
  for (std::size_t at = 3; at < 7; ++at) bytes[at] = '\xff';
  CHECK_FALSE(decode(bytes));
}
