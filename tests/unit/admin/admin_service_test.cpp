#include "admin/admin_service.hpp"

#include <doctest/doctest.h>

#include "unit/admin/desk.hpp"
#include "unit/admin/prometheus.hpp"
#include "unit/middleware/fakes.hpp"

using namespace appserve;
using admin::test::Desk;
using middleware::test::Answer;

namespace {

Answer ask(admin::AdminService& service, std::string_view path, std::string_view authorization = {},
           http::Method method = http::Method::get) {
  const http::Field field{"authorization", authorization};
  service::Request request;
  request.method = method;
  request.path = path;
  if (!authorization.empty()) request.fields = {&field, 1};
  Answer answer;
  service.call(request, answer);
  CHECK(answer.releases == 1);
  return answer;
}

}  // namespace

TEST_CASE("every place answers, others say what there is") {
  Desk desk;
  admin::AdminService service(desk.board, desk.about, "");
  CHECK_FALSE(admin::test::parse_metrics(ask(service, "/metrics").body).empty());
  CHECK(ask(service, "/livez").body == "ok\n");
  CHECK(ask(service, "/readyz").body == "ok\n");
  CHECK(ask(service, "/status.json").body.starts_with("{\"version\":\"1.2.3\""));
  CHECK(ask(service, "/settings.json").status == 200);
  CHECK(ask(service, "/nowhere").status == 404);
  CHECK(ask(service, "/metrics", {}, http::Method::post).status == 405);
}

TEST_CASE("draining and ailing apps are not ready, and say why") {
  Desk desk;
  admin::AdminService service(desk.board, desk.about, "");
  SUBCASE("an app") {
    desk.problems = {"/game: the database is gone"};
    const Answer answer = ask(service, "/readyz");
    CHECK(answer.status == 503);
    CHECK(answer.body == "/game: the database is gone\n");
    CHECK(ask(service, "/livez").status == 200);
  }
  SUBCASE("draining") {
    desk.board.worker(desk.slot).state.store(scoreboard::WorkerState::draining);
    CHECK(ask(service, "/readyz").body == "draining\n");
    CHECK(ask(service, "/livez").status == 200);
  }
}

TEST_CASE("a token guards what tells something; health and the empty page need none") {
  Desk desk;
  admin::AdminService service(desk.board, desk.about, "secret");
  for (const char* path : {"/metrics", "/status.json", "/settings.json", "/nowhere"}) {
    CHECK(ask(service, path).status == 401);
    CHECK(ask(service, path, "Bearer wrong!").status == 401);
    CHECK(ask(service, path, "Bearer secre").status == 401);
    CHECK(ask(service, path, "Bearer secret2").status == 401);
    CHECK(ask(service, path, "Basic secret").status == 401);
    CHECK(ask(service, path, "Bearer ").status == 401);
    CHECK(ask(service, path, "bearer secret").status != 401);
  }
  for (const char* path : {"/", "/livez", "/readyz"}) CHECK(ask(service, path).status == 200);
}

TEST_CASE("the page is one document that may load nothing, and its nonce is new each time") {
  Desk desk;
  admin::AdminService service(desk.board, desk.about, "");
  const Answer one = ask(service, "/"), two = ask(service, "/");
  CHECK(one.fields.find("default-src 'none'") != std::string::npos);
  CHECK(one.fields.find("unsafe") == std::string::npos);
  CHECK(one.fields != two.fields);
  CHECK(one.body.find("{nonce}") == std::string::npos);
  CHECK(one.body.find("{css}") == std::string::npos);
  CHECK(one.body.find("{js}") == std::string::npos);
  CHECK(one.body.find("src=\"") == std::string::npos);
}
