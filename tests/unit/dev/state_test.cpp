#include "dev/state.hpp"

#include <doctest/doctest.h>

#include "unit/dev/answer.hpp"

using namespace appserve::dev;

TEST_CASE("what is written is what is read, whatever the text") {
  const test::Folder folder;
  REQUIRE(write_state(folder.path, {State::Phase::broken, 7, true, "a.cpp:1:2: error\n\n 3 0 1\n"}));
  const State state = read_state(folder.path);
  CHECK(state.phase == State::Phase::broken);
  CHECK(state.change == 7);
  CHECK(state.built);
  CHECK(state.text == "a.cpp:1:2: error\n\n 3 0 1\n");
}

TEST_CASE("without a state everything is over") {
  const test::Folder folder;
  CHECK(read_state(folder.path).phase == State::Phase::over);
  CHECK(read_state(folder.path + "/gone").phase == State::Phase::over);
  CHECK_FALSE(write_state(folder.path + "/gone", {}));
}
