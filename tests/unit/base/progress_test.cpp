#include "base/progress.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace appserve;
using namespace std::chrono_literals;

namespace {

struct Told {
  std::vector<std::string> lines;
  Progress progress{false, [this](std::string_view label, const std::string& text) {
                      lines.push_back(std::string(label) + ' ' + text);
                    }};
  Time begin = Clock::now();

  void at(Duration since, const Progress::Work& work = {"loading", "libgame.so"}) { progress.at(work, begin + since); }
};

}  // namespace

TEST_CASE("what is done soon is not mentioned") {
  Told told;
  told.at(0s);
  told.at(4999ms);
  told.progress.done();
  CHECK(told.lines.empty());
  CHECK(!told.progress.next());
}

TEST_CASE("what takes long is mentioned at longer and longer intervals") {
  Told told;
  for (int second = 0; second <= 30; ++second) told.at(std::chrono::seconds(second));
  CHECK(told.lines == std::vector<std::string>{"loading libgame.so, 5 s so far", "loading libgame.so, 10 s so far",
                                               "loading libgame.so, 20 s so far"});
  CHECK(told.progress.next() == told.begin + 40s);
}

TEST_CASE("seconds are those of the whole, whatever it is at") {
  Told told;
  told.at(0s);
  told.at(5s, {"creating", "libgame.so:create_app"});
  told.progress.done();
  told.at(20s, {"building", ""});
  told.at(25s, {"building", ""});
  CHECK(told.lines == std::vector<std::string>{"creating libgame.so:create_app, 5 s so far", "building 5 s so far"});
}

TEST_CASE("where nobody looks nothing is counted") {
  Progress progress(false);
  progress.at({"loading", "libgame.so"}, Clock::now());
  CHECK(!progress.next());
}
