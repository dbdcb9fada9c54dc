// Cookies as browsers keep them, and sessions in signed cookies.
#include <doctest/doctest.h>
#include <appserve/session.hpp>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

std::string set_cookie(SetCookie cookie, std::string scheme = "http") {
  TestClient c([&](App& app) { app.get("/", [cookie] { return Response(204).cookie(cookie); }); }, {.scheme = scheme});
  const auto r = c.get("/");
  return r.status == 500 ? r.failure : r.header("set-cookie");
}

struct Visitor {
  std::string user;
  int visits = 0;
};

const std::string kOld(32, 'o'), kNew(32, 'n');
std::int64_t now = 1'700'000'000;

SessionOptions options(std::vector<std::string> keys) {
  return {.keys = std::move(keys), .max_age = 1h, .clock = [] { return now; }};
}

auto visits(std::vector<std::string> keys, std::string cookie = "session") {
  return [=](App& app) {
    SessionOptions o = options(keys);
    o.cookie = cookie;
    const Sessions<Visitor> sessions(o);
    app.get("/", [sessions](Request& req) {
      Visitor visitor = sessions.load(req).value_or(Visitor{"new"});
      ++visitor.visits;
      return sessions.save(visitor, Response::text(visitor.user + " " + std::to_string(visitor.visits)));
    });
    app.get("/out", [sessions] {
      Response r(204);
      sessions.clear(r);
      return r;
    });
    app.get("/large", [sessions] { return sessions.save({std::string(4000, 'x')}, Response(204)); });
  };
}

std::string cookie_of(const TestResponse& r) {
  const std::string field = r.header("set-cookie");
  return field.substr(0, field.find(';'));
}

std::string with(TestClient& c, const std::string& cookie) { return c.request({.headers = {{"cookie", cookie}}}).body; }

}  // namespace

TEST_CASE("a cookie is safe unless told otherwise, and secure where the request is") {
  CHECK(set_cookie({.name = "a", .value = "1"}) == "a=1; Path=/; HttpOnly; SameSite=Lax");
  CHECK(set_cookie({.name = "a", .value = "1"}, "https") == "a=1; Path=/; HttpOnly; SameSite=Lax; Secure");
  CHECK(set_cookie({.name = "a", .value = "1", .secure = false}, "https") == "a=1; Path=/; HttpOnly; SameSite=Lax");
  CHECK(set_cookie({.name = "a", .value = "1", .secure = true}).ends_with("; Secure"));
  CHECK(set_cookie({.name = "a", .value = "1", .max_age = 1h, .path = "/x", .domain = "x.org", .http_only = false}) ==
        "a=1; Path=/x; Domain=x.org; Max-Age=3600; SameSite=Lax");
  CHECK(set_cookie({.name = "a", .same_site = SameSite::none, .partitioned = true}) ==
        "a=; Path=/; HttpOnly; SameSite=None; Partitioned; Secure");
  CHECK(set_cookie({.name = "__Host-a", .value = "1"}).ends_with("; Secure"));
}

TEST_CASE("a cookie no browser would keep is the handler's failure, with its reason") {
  const auto refused = [](SetCookie cookie, const char* why) {
    return set_cookie(cookie).find(why) != std::string::npos;
  };
  CHECK(refused({.name = "a b"}, "name that is none"));
  CHECK(refused({.name = ""}, "name that is none"));
  CHECK(refused({.name = "a", .value = "x; Domain=evil"}, "encode it"));
  CHECK(refused({.name = "a", .value = "\xc3\xa4"}, "encode it"));
  CHECK(refused({.name = "a", .path = "/;x"}, "path or domain"));
  CHECK(refused({.name = "__Host-a", .path = "/x"}, "its path is /"));
  CHECK(refused({.name = "__Host-a", .domain = "x.org"}, "no domain"));
  CHECK(refused({.name = "__Secure-a", .secure = false}, "must be secure"));
  CHECK(refused({.name = "a", .secure = false, .same_site = SameSite::none}, "must be secure"));
  CHECK(refused({.name = "a", .value = std::string(4097, 'x')}, "4096 bytes"));
}

TEST_CASE("a session comes back as it was saved, until it expires") {
  TestClient c(visits({kNew}));
  const auto first = c.get("/");
  CHECK(first.body == "new 1");
  CHECK(with(c, cookie_of(first)) == "new 2");
  now += 3599;
  CHECK(with(c, cookie_of(first)) == "new 2");
  now += 1;
  CHECK(with(c, cookie_of(first)) == "new 1");
}

TEST_CASE("keys rotate: the first signs, the others are still accepted") {
  TestClient before(visits({kOld})), during(visits({kNew, kOld})), after(visits({kNew}));
  const std::string old_cookie = cookie_of(before.get("/"));
  CHECK(with(during, old_cookie) == "new 2");
  CHECK(with(after, old_cookie) == "new 1");
  CHECK(with(after, cookie_of(during.request({.headers = {{"cookie", old_cookie}}}))) == "new 3");
}

TEST_CASE("a session that was changed, cut or made for another cookie is none") {
  TestClient c(visits({kNew}));
  const std::string cookie = cookie_of(c.get("/"));
  for (std::size_t i = 8; i < cookie.size(); ++i) {
    std::string forged = cookie;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    // The last character of a base64 text has bits that mean nothing.
    if (i + 1 != cookie.size()) CHECK(with(c, forged) == "new 1");
    CHECK(with(c, cookie.substr(0, i)) == "new 1");
  }
  TestClient other(visits({kNew}, "other"));
  CHECK(with(other, "other" + cookie.substr(7)) == "new 1");
  for (const char* nonsense : {"session=", "session=.", "session=..", "session=a.b.c", "session=99999999999.e30.AAAA"})
    CHECK(with(c, nonsense) == "new 1");
}

TEST_CASE("a session is forgotten by its cookie; one that is too large fails its handler") {
  TestClient c(visits({kNew}));
  CHECK(c.get("/out").header("set-cookie") == "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
  CHECK(c.get("/large").failure.find("4096") != std::string::npos);
}

TEST_CASE("a session without a good key does not start") {
  CHECK_THROWS_AS(TestClient(visits({})), ConfigError);
  CHECK_THROWS_AS(TestClient(visits({"short"})), ConfigError);
}
