#include "middleware/mount_table.hpp"

#include <doctest/doctest.h>

#include <deque>

#include "unit/middleware/fakes.hpp"

using namespace appserve;
using middleware::Mount;
using middleware::MountTable;
using middleware::test::Answer;

namespace {

struct Recorder : service::Service {
  explicit Recorder(std::string n) : name(std::move(n)) {}
  std::string name, seen;
  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    seen = std::string(request.prefix) + "|" + std::string(request.path);
    CHECK(request.app == (request.prefix.empty() ? "/" : request.prefix));
    response.release();
  }
};

// "app:prefix|path", or the status.
std::string ask(std::initializer_list<std::string> prefixes, std::string_view path) {
  std::deque<Recorder> apps;
  std::vector<Mount> mounts;
  for (const std::string& prefix : prefixes)
    mounts.push_back({.prefix = prefix, .app = &apps.emplace_back(prefix.empty() ? "root" : prefix)});
  MountTable table(mounts);
  service::Request request;
  request.path = path;
  Answer answer;
  table.call(request, answer);
  CHECK(answer.releases == 1);
  CHECK(answer.routed == (request.app.empty() ? 0 : 1));
  for (const Recorder& app : apps)
    if (!app.seen.empty()) return app.name + ":" + app.seen;
  return std::to_string(answer.status);
}

}  // namespace

TEST_CASE("the longest prefix wins, whatever the order of the mounts") {
  CHECK(ask({"", "/game", "/game/admin"}, "/game/admin/x") == "/game/admin:/game/admin|/x");
  CHECK(ask({"/game/admin", "/game", ""}, "/game/adm") == "/game:/game|/adm");
  CHECK(ask({"", "/game"}, "/other") == "root:|/other");
}

TEST_CASE("a prefix matches whole segments only, and case matters") {
  CHECK(ask({"/foo"}, "/foo") == "/foo:/foo|/");
  CHECK(ask({"/foo"}, "/foo/") == "/foo:/foo|/");
  CHECK(ask({"/foo"}, "/foo//x") == "/foo:/foo|//x");
  CHECK(ask({"/foo"}, "/foobar") == "404");
  CHECK(ask({"/foo"}, "/FOO/x") == "404");
  CHECK(ask({"/foo"}, "/") == "404");
}

TEST_CASE("nothing encoded slips past a prefix or out of it") {
  CHECK(ask({"/foo"}, "/%66oo/x") == "/foo:/foo|/x");
  CHECK(ask({"/foo"}, "/foo%2fx") == "404");
  CHECK(ask({"/foo"}, "/foo%5cx") == "404");
  CHECK(ask({"/foo"}, "/foo/%2e%2e/bar") == "404");
  CHECK(ask({"/foo"}, "/bar/../foo/x") == "/foo:/foo|/x");
  CHECK(ask({"/foo"}, "/foo/../../x") == "400");
  CHECK(ask({"/foo"}, "/foo/%00") == "400");
  CHECK(ask({"/foo", "/foo/secret"}, "/foo/./secret/x") == "/foo/secret:/foo/secret|/x");
  CHECK(ask({"/foo", "/foo/secret"}, "/foo/open/%2E%2E/secret") == "/foo/secret:/foo/secret|/");
}

TEST_CASE("OPTIONS * is answered by the server") { CHECK(ask({""}, "*") == "200"); }
