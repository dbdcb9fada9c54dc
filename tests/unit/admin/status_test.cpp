// clang 19 refuses the document.h of RapidJSON 1.1, as Debian ships it: these run where g++ builds.
#ifndef __clang__
#include "admin/status.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include "unit/admin/desk.hpp"

using namespace appserve;
using admin::test::Desk;

namespace {

rapidjson::Document parsed(const std::string& text) {
  rapidjson::Document json;
  json.Parse(text.c_str(), text.size());
  REQUIRE_FALSE(json.HasParseError());
  return json;
}

}  // namespace

TEST_CASE("the status is JSON, whatever clients and apps wrote") {
  Desk desk;
  std::string hostile;
  for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  desk.first.begin("GET", hostile, hostile, hostile, Clock::now());
  desk.serve(desk.second, "/game", hostile, 200);
  desk.board.tell(1, hostile);
  desk.problems = {"app \"x\":\n" + hostile};
  const auto json = parsed(admin::status_json(desk.board, desk.about));
  const auto& target = json["in_flight"][0]["target"];
  CHECK(target.GetStringLength() > 200);  // as many bytes as the cell holds, each above 127 as two
  CHECK(json["in_flight"].Size() == 1);
  CHECK(json["events"].Size() == 1);
  CHECK(json["problems"].Size() == 1);
  CHECK(json["workers"][0]["state"].GetString() == std::string("serving"));
  CHECK(json["workers"][0]["loops"].Size() == 2);
  CHECK(json["routes"].Size() == 2);
  CHECK(json["routes"][1]["by_class"][2].GetInt() == 1);
  CHECK(json["routes"][1]["latency"][0][1].GetInt() == 1);
}

TEST_CASE("at most a hundred requests in flight are shown") {
  Desk desk;
  for (int i = 0; i < 150; ++i) desk.first.begin("GET", "/", "id", "peer", Clock::now());
  CHECK(parsed(admin::status_json(desk.board, desk.about))["in_flight"].Size() == 100);
}

TEST_CASE("settings are told with their origin") {
  Desk desk;
  const auto json = parsed(admin::settings_json(desk.about));
  CHECK(json[0]["path"].GetString() == std::string("server.threads"));
  CHECK(json[0]["origin"].GetString() == std::string("default"));
}
#endif
