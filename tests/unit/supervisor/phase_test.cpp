#include "supervisor/phase.hpp"

#include <doctest/doctest.h>

using namespace appserve::supervisor;

TEST_CASE("what a worker that starts is at, in words") {
  const auto words = [](Phase::Stage stage) {
    const auto [label, text] = work_of({stage, "libgame.so", "create_app"});
    return label + " " + text;
  };
  CHECK(words(Phase::Stage::starting) == "starting a worker");
  CHECK(words(Phase::Stage::loading) == "loading libgame.so");
  CHECK(words(Phase::Stage::creating) == "creating libgame.so:create_app");
}
