#include "app/host_services.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "app/instance.hpp"
#include "unit/app/stderr_capture.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

TEST_CASE("nothing in the table is null, and it says who and how big it is") {
  const as_host& host = host_table();
  CHECK(host.size == sizeof(as_host));
  CHECK(host.abi == AS_ABI_1_1);
  CHECK(std::string(host.server) == "appserve/" + std::string(server_version()));
  // Every member from `server` on is a pointer.
  const char* table = reinterpret_cast<const char*>(&host);
  for (std::size_t at = offsetof(as_host, server); at < host.size; at += sizeof(void*)) {
    void* member = nullptr;
    std::memcpy(&member, table + at, sizeof(member));
    CAPTURE(at);
    CHECK(member != nullptr);
  }
}

TEST_CASE("an app's log lines carry its label; levels are honoured") {
  StderrCapture captured;
  Log log(Log::Level::info);
  as_ctx ctx;
  ctx.label = "libgame.so:app at /game";
  ctx.log = &log;
  const as_host& host = host_table();
  CHECK(host.log_enabled(&ctx, AS_INFO) == 1);
  CHECK(host.log_enabled(&ctx, AS_DEBUG) == 0);
  host.log(&ctx, AS_WARN, "two\nlines and more", 9);
  host.log(&ctx, AS_DEBUG, "not this", 8);
  host.log(&ctx, 1000, "level too high", 14);
  host.log(&ctx, AS_INFO, nullptr, 5);
  const std::string text = captured.text();
  CHECK(text.find("warn  libgame.so:app at /game: two\\x0alines\n") != std::string::npos);
  CHECK(text.find("not this") == std::string::npos);
  CHECK(text.find("error libgame.so:app at /game: level too high\n") != std::string::npos);
}

TEST_CASE("an app without a log is silent") {
  as_ctx ctx;
  CHECK(host_table().log_enabled(&ctx, AS_ERROR) == 0);
  CHECK(host_table().log_enabled(nullptr, AS_ERROR) == 0);
  host_table().log(&ctx, AS_ERROR, "x", 1);
  host_table().log(nullptr, AS_ERROR, "x", 1);
}

TEST_CASE("unknown extensions are null") { CHECK(host_table().extension("appserve.metrics/1") == nullptr); }
