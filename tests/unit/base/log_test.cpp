#include "base/log.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
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

TEST_CASE("the last lines are kept for who asks") {
  Log log({.level = Log::Level::info, .json = true, .file = "/dev/null", .kept = 2});
  log.write(Log::Level::info, "first");
  log.write(Log::Level::debug, "below the level");
  log.write(Log::Level::info, "sec\nond");
  log.write(fault('W', 4021), "third");
  CHECK(log.recent() == std::vector<std::string>{"info  sec\\x0aond", "warn[W4021] third"});
  CHECK(Log(Log::Level::info).recent().empty());
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

TEST_CASE("an object per line, whatever the text is") {
  const auto text = stderr_of([] {
    Log log({.json = true});
    log.write(fault('W', 6005), "a \"b\"\n\xff");
    log.write(Log::Level::info, "plain");
  });
  CHECK(text.find(R"(","level":"warn","code":"W6005","text":"a \"b\"\u000a\u00ff"})"
                  "\n") != std::string::npos);
  CHECK(text.find(R"("level":"info","text":"plain"})"
                  "\n") != std::string::npos);
  CHECK(text.starts_with(R"({"time":"20)"));
}

TEST_CASE("a log in a file begins a new one when it was moved away") {
  std::string folder = "/tmp/appserve-log-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::string path = folder + "/log";
  {
    Log log({.colour = true, .file = path});
    log.write(Log::Level::info, "one");
    std::filesystem::rename(path, path + ".1");
    log.reopen();
    log.write(Log::Level::info, "two");
  }
  const auto read = [](const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(name).rdbuf();
    return text.str();
  };
  CHECK(read(path + ".1").ends_with("info  one\n"));
  CHECK(read(path).ends_with("info  two\n"));
  CHECK(read(path).find('\033') == std::string::npos);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a line of many control bytes is cut to what a pipe takes whole") {
  const auto text = stderr_of([] { Log(Log::Level::info).write(Log::Level::info, std::string(5000, '\n')); });
  CHECK(text.size() > 3000);
  CHECK(text.size() < 4096);
}

TEST_CASE("a listener hears warnings and errors") {
  struct Ear final : Log::Listener {
    std::string heard;
    void said(Log::Level, std::string_view text) override { heard += std::string(text) + ";"; }
    void dropped(std::uint64_t) override {}
  } ear;
  stderr_of([&] {
    Log log(Log::Level::info);
    log.set_listener(&ear);
    log.write(Log::Level::info, "quiet");
    log.write(Log::Level::warn, "careful");
    log.write(fault('E', 5001), "bad");
    log.set_listener(nullptr);
    log.write(Log::Level::warn, "unheard");
  });
  CHECK(ear.heard == "careful;[E5001] bad;");
}

TEST_CASE("levels are known by name") {
  CHECK(log_level("trace") == Log::Level::trace);
  CHECK(log_level("error") == Log::Level::error);
  CHECK(log_level("loud") == Log::Level::info);
}
