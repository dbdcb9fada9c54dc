#include "supervisor/death.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace appserve::supervisor;
using namespace std::chrono_literals;

namespace {

constexpr int exited(int code) { return code << 8; }  // as waitpid() has it
constexpr int killed(int signal) { return signal; }

const Phase kLoading{Phase::Stage::loading, "libgame.so", ""}, kCreating{Phase::Stage::creating, "libgame.so", "app"};

}  // namespace

TEST_CASE("an end in words") {
  CHECK(how_it_ended(killed(SIGSEGV)) == "killed by SIGSEGV");
  CHECK(how_it_ended(exited(3)) == "exited 3 by itself");
}

TEST_CASE("an end while starting names the library, what it was at, and the exit code of a start") {
  const Failed crashed = died_while_starting(kLoading, killed(SIGSEGV), "");
  CHECK(crashed.reason == "[E2002] libgame.so crashed while loading: SIGSEGV");
  CHECK(crashed.text == "error[E2002]: libgame.so crashed while loading: SIGSEGV\n");
  CHECK(crashed.exit == 70);
  CHECK(died_while_starting(kCreating, killed(SIGABRT), "").reason == "[E2007] libgame.so crashed in app: SIGABRT");
  CHECK(died_while_starting(kLoading, exited(3), "").reason == "[E2003] libgame.so called exit(3) while loading");
  CHECK(died_while_starting(kCreating, exited(0), "").reason == "[E2003] libgame.so called exit(0) in app");
  CHECK(died_while_starting({}, killed(SIGKILL), "").exit == 71);
}

TEST_CASE("the last words of a worker that did not start are what people read") {
  const Failed told = died_while_starting(kLoading, exited(70), "error[E2002]: libgame.so: SIGSEGV at 0x8\n  #0 x\n");
  CHECK(told.exit == 70);
  CHECK(told.reason == "[E2002] libgame.so: SIGSEGV at 0x8");
  CHECK(told.text == "error[E2002]: libgame.so: SIGSEGV at 0x8\n  #0 x\n");
  CHECK(died_while_starting(kLoading, killed(SIGSEGV), "error[E2002]: x").exit == 70);
}

TEST_CASE("one that is never ready is 75") {
  const Failed late = not_ready_in_time(kCreating, 30s, "");
  CHECK(late.exit == 75);
  CHECK(late.reason == "[E2004] app of libgame.so has not returned after 30 s (server.start_timeout)");
  CHECK(not_ready_in_time(kLoading, 250ms, "").reason ==
        "[E2004] libgame.so is still loading after 250 ms (server.start_timeout)");
}

TEST_CASE("one that is never ready says where it waits") {
  const Failed late = not_ready_in_time(kCreating, 30s,
                                        "error[E2007]: libgame.so: SIGABRT in create+0x1\n"
                                        "  app      libgame.so:app, while it is created\n"
                                        "  #0  libc.so.6  connect+0x47\n"
                                        "  #1  libhiredis.so.0.14  libhiredis.so.0.14+0x99\n"
                                        "  #2  libgame.so  _ZN4game7connectEv+0x1f\n"
                                        "  #3  libgame.so  create+0x1\n");
  CHECK(late.text ==
        "error[E2004]: app of libgame.so has not returned after 30 s (server.start_timeout)\n"
        "  it waits in  connect < game::connect() < create\n");
}

TEST_CASE("however long a reason is, it fits into a message") {
  const Failed failed = failed_with({{.fault = &appserve::fault('E', 1001), .what = std::string(100'000, 'x')}}, false);
  CHECK(encode(failed).size() < 128 * 1024);
  CHECK(failed.reason.starts_with("[E1001] xxx"));
}

TEST_CASE("several errors make one message; the first one is the reason") {
  const Failed failed = failed_with({{.fault = &appserve::fault('E', 1001), .what = "no library 'x'"},
                                     {.fault = &appserve::fault('E', 4001), .what = "cannot listen"}},
                                    false);
  CHECK(failed.exit == 65);
  CHECK(failed.reason == "[E1001] no library 'x'");
  CHECK(failed.text == "error[E1001]: no library 'x'\nerror[E4001]: cannot listen\n");
}
