#include "trace/crash.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>

#include "trace/activity.hpp"
#include "trace/modules.hpp"

using namespace appserve::trace;

namespace {

struct Death {
  std::string words;
  int status = 0;
};

// Runs `deed` in a process of its own, which watches itself.
Death death_of(const std::function<void()>& deed) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);  // a sanitizer's report is not for the test's reader
    modules().learn();
    watch_for_crashes();
    send_last_words_to(pipe[1]);
    deed();
    ::_exit(99);
  }
  ::close(pipe[1]);
  Death death;
  std::array<char, 512> buffer{};
  for (ssize_t got = 0; (got = ::read(pipe[0], buffer.data(), buffer.size())) > 0;)
    death.words.append(buffer.data(), static_cast<std::size_t>(got));
  ::close(pipe[0]);
  ::waitpid(child, &death.status, 0);
  return death;
}

[[gnu::noinline]] void kill_with(int signal) { ::raise(signal); }

void fail(const char* why) { throw std::runtime_error(why); }
void let_it_through(const char* why) noexcept { fail(why); }

RequestWords& a_request() {
  static RequestWords request{.method = "POST", .target = "/a\n", .route = "/{x}", .id = "r-1"};
  return request;
}

}  // namespace

TEST_CASE("a crash tells the app, the place and the request") {
  const Death death = death_of([] {
    const InApp in_app("libgame.so:app at /game", Doing::handle, &a_request());
    kill_with(SIGSEGV);
  });
  CHECK(death.words.starts_with("error[E5017]: libgame.so: SIGSEGV sent by process "));
  CHECK(death.words.find("\n  app      libgame.so:app at /game, in handle()\n") != death.words.npos);
  CHECK(death.words.find("\n  request  POST /a\\x0a (route /{x}) request r-1\n") != death.words.npos);
  CHECK(death.words.find("kill_with") != death.words.npos);
  CHECK(WEXITSTATUS(death.status) != 99);
}

TEST_CASE("what nobody catches is told, with its type and its words") {
  const Death death = death_of([] {
    const InApp in_app("libgame.so:app", Doing::timer);
    let_it_through("no way out");
  });
  CHECK(death.words.starts_with(
      "error[E5018]: libgame.so: SIGABRT (std::terminate: std::runtime_error: no way out) in "));
  CHECK(WIFSIGNALED(death.status));
}

TEST_CASE("exit() out of turn is told; a start that ends so has a code of its own") {
  Death death = death_of([] {
    const InApp in_app("libgame.so:app", Doing::handle, &a_request());
    std::exit(3);
  });
  CHECK(death.words.starts_with("error[E5019]: libgame.so called exit(3) in handle()\n"));
  CHECK(WEXITSTATUS(death.status) == 3);
  death = death_of([] {
    const InApp in_app("libgame.so", Doing::loading);
    std::exit(3);
  });
  CHECK(death.words.starts_with("error[E2003]: libgame.so called exit(3) while loading\n"));
  CHECK(WEXITSTATUS(death.status) == 70);
}

TEST_CASE("exit() when it is time says nothing") {
  const Death death = death_of([] {
    expect_exit();
    std::exit(0);
  });
  CHECK(death.words.empty());
}

TEST_CASE("a crash while starting ends with the code of a failed start; one at the very end with none") {
  Death death = death_of([] {
    const InApp in_app("libgame.so", Doing::creating);
    kill_with(SIGILL);
  });
  CHECK(death.words.starts_with("error[E2007]: libgame.so: SIGILL"));
  CHECK(WEXITSTATUS(death.status) == 70);
  death = death_of([] {
    const InApp in_app("libgame.so", Doing::destroying);
    kill_with(SIGSEGV);
  });
  CHECK(death.words.starts_with("warning[W5025]: libgame.so: SIGSEGV"));
  CHECK(WIFEXITED(death.status));
  CHECK(WEXITSTATUS(death.status) == 0);
}
