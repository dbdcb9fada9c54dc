#include "base/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "base/unique_fd.hpp"

using namespace appserve;

namespace {

/// What `write` sends to standard error, which is a pipe meanwhile.
std::string stderr_of(const std::function<void()>& write) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const UniqueFd before(::dup(STDERR_FILENO));
  ::dup2(in.get(), STDERR_FILENO);
  in.reset();
  write();
  ::dup2(before.get(), STDERR_FILENO);
  std::string text(100'000, '\0');
  text.resize(static_cast<std::size_t>(::read(out.get(), text.data(), text.size())));
  return text;
}

}  // namespace

TEST_CASE("a line has a time, a level and the text") {
  const auto text = stderr_of([] { Log(Log::Level::info).write(Log::Level::warn, "careful"); });
  CHECK(text.ends_with("warn  careful\n"));
  CHECK(text.starts_with("20"));
}

TEST_CASE("lines below the level are dropped") {
  const auto text = stderr_of([] {
    Log log(Log::Level::warn);
    log.write(Log::Level::info, "quiet");
    log.write(Log::Level::error, "loud");
  });
  CHECK(text.find("quiet") == std::string::npos);
  CHECK(text.find("loud") != std::string::npos);
}

TEST_CASE("a fault is logged with its code") {
  const auto text = stderr_of([] { Log(Log::Level::info).write(fault('E', 5001), "GET / failed"); });
  CHECK(text.find("error[E5001] GET / failed\n") != std::string::npos);
}

TEST_CASE("control bytes cannot forge a line or move a cursor") {
  CHECK(escape_control("a\r\nb\x1b[2Jc\x7f") == "a\\x0d\\x0ab\\x1b[2Jc\\x7f");
  const auto text = stderr_of([] { Log(Log::Level::info).write(Log::Level::info, "one\ninfo two"); });
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("a pipe that nobody reads loses lines, is told how many, and never blocks the writer") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const UniqueFd before(::dup(STDERR_FILENO));
  ::dup2(in.get(), STDERR_FILENO);
  in.reset();
  {
    Log log(Log::Level::info);
    const std::string line(1000, 'x');
    for (int i = 0; i < 200; ++i) log.write(Log::Level::info, line);  // a pipe holds 64 KiB
    std::string taken(1 << 20, '\0');
    CHECK(::read(out.get(), taken.data(), taken.size()) > 0);
    log.write(Log::Level::info, "after");
    taken.resize(static_cast<std::size_t>(::read(out.get(), taken.data(), taken.size())));
    CHECK(taken.find("log lines were dropped") != std::string::npos);
    CHECK(taken.find("after") != std::string::npos);
  }
  ::dup2(before.get(), STDERR_FILENO);
}

TEST_CASE("levels are known by name") {
  CHECK(log_level("trace") == Log::Level::trace);
  CHECK(log_level("error") == Log::Level::error);
  CHECK(log_level("loud") == Log::Level::info);
}
