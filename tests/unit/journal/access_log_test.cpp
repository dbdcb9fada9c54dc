#include "journal/access_log.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace appserve;
using namespace appserve::journal;
using namespace std::chrono_literals;

namespace {

const Time kNow{100s};

std::string new_folder() {
  std::string folder = "/tmp/appserve-access-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  return folder;
}

struct Desk {
  std::string folder = new_folder();
  std::string wrong;
  AccessFormat format = *AccessFormat::parse("{target}", wrong);
  std::vector<std::string> skip;
  ~Desk() { std::filesystem::remove_all(folder); }
  std::string path(const std::string& name = "access") const { return folder + "/" + name; }
  Log log{{.file = path("error")}};
  AccessLog access{format, path(), skip, log};
};

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

AccessLine get(std::string_view target, int status = 200) { return {.target = target, .status = status}; }

}  // namespace

TEST_CASE("lines are collected, and leave at a flush or when there are many") {
  Desk desk;
  CHECK(desk.access.write(get("/1"), kNow));
  CHECK(read(desk.path()).empty());
  CHECK(desk.access.pending());
  desk.access.flush(kNow);
  CHECK(read(desk.path()) == "/1\n");
  const std::string target = "/" + std::string(1000, 'x');
  for (int i = 0; i < 40; ++i) desk.access.write(get(target), kNow);
  CHECK(read(desk.path()).size() > 32'000);
}

TEST_CASE("probes are not logged while all is well") {
  Desk desk;
  desk.skip = {"/healthz"};
  desk.access.write(get("/healthz?full"), kNow);
  desk.access.write(get("/healthz", 503), kNow);
  desk.access.write(get("/healthz/x"), kNow);
  desk.access.flush(kNow);
  CHECK(read(desk.path()) == "/healthz\n/healthz/x\n");
}

TEST_CASE("a full disk drops whole lines, counts them, says so once, and goes on when there is room") {
  Desk desk;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string target = "/" + std::string(198, 'x');
  int dropped = 0;
  for (int i = 0; i < 1000; ++i) dropped += desk.access.write(get(target), kNow) ? 0 : 1;
  CHECK(dropped > 700);
  ::setrlimit(RLIMIT_FSIZE, &before);
  desk.access.flush(kNow + 100ms);
  desk.access.write(get("/after"), kNow + 100ms);
  desk.access.flush(kNow + 200ms);

  const std::string text = read(desk.path());
  CHECK(text.ends_with(target + "\n/after\n"));
  CHECK(text.size() == static_cast<std::size_t>(1000 - dropped) * 200 + 7);
  const std::string said = read(desk.path("error"));
  CHECK(said.find("[W6005] the access log, " + desk.path()) != std::string::npos);
  CHECK(said.find("takes lines again; " + std::to_string(dropped) + " were dropped") != std::string::npos);
  CHECK(std::count(said.begin(), said.end(), '\n') == 2);
}

TEST_CASE("a moved file is left behind at reopen()") {
  Desk desk;
  desk.access.write(get("/old"), kNow);
  desk.access.flush(kNow);
  std::filesystem::rename(desk.path(), desk.path("access.1"));
  desk.access.reopen();
  desk.access.write(get("/new"), kNow);
  desk.access.flush(kNow);
  CHECK(read(desk.path("access.1")) == "/old\n");
  CHECK(read(desk.path()) == "/new\n");
}
