#include "config/draft.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace appserve::config {
namespace {

const Source kVariable{Source::Kind::environment, "APPSERVE_SERVER__THREADS", nullptr};
const Source kFlag{Source::Kind::argument, "--threads", nullptr};

class Rows {
 public:
  const Option& operator[](std::string_view path) const { return *std::ranges::find(table_, path, &Option::path); }

 private:
  const std::vector<Option>& table_ = option_table();
};

Value integer(std::int64_t number, Place place) {
  Value value;
  value.kind = Value::Kind::integer;
  value.integer = number;
  value.place = place;
  return value;
}

TEST_CASE("a value that is taken says who gave it, and where in the file") {
  const Rows rows;
  const SourceText text{"config.toml", {"[server]", "threads = 4"}};
  Draft draft;
  draft.give(rows["server.threads"], integer(4, {2, 11, 1}), {Source::Kind::file, "", &text});
  CHECK(draft.settings.threads == 4);
  CHECK(draft.origins.at("server.threads") == "config.toml:2");
  CHECK(draft.marks.at("server.threads").text == "threads = 4");
  draft.give(rows["server.threads"], text_value("5"), kVariable);
  CHECK(draft.settings.threads == 5);
  CHECK(draft.origins.at("server.threads") == "env APPSERVE_SERVER__THREADS");
  CHECK(draft.marks.empty());
}

TEST_CASE("a value that is refused changes nothing but the findings") {
  const Rows rows;
  Draft draft;
  draft.give(rows["server.threads"], text_value("4"), kVariable);
  draft.give(rows["server.threads"], text_value("many"), kFlag);
  CHECK(draft.settings.threads == 4);
  CHECK(draft.origins.at("server.threads") == "env APPSERVE_SERVER__THREADS");
  REQUIRE(draft.findings.size() == 1);
  CHECK(render(draft.findings.front(), false) == "error[E3021]: --threads needs an integer, got 'many'\n");
}

TEST_CASE("a value that is out of range is told the range") {
  const Rows rows;
  Draft draft;
  draft.give(rows["server.threads"], text_value("5000"), kFlag);
  draft.give(rows["limits.keep_alive"], text_value("3d"), {Source::Kind::argument, "--keep-alive", nullptr});
  REQUIRE(draft.findings.size() == 2);
  CHECK(draft.findings[0].what == "--threads needs an integer from 1 to 1024, or \"auto\", got '5000'");
  CHECK(draft.findings[1].what == "--keep-alive needs a duration from 1ms to 24h, got '3d'");
}

TEST_CASE("a value without its unit is told how to write one") {
  const Rows rows;
  Draft draft;
  draft.give(rows["limits.keep_alive"], text_value("30"), {Source::Kind::argument, "--keep-alive", nullptr});
  CHECK(draft.findings.front().what ==
        "--keep-alive needs a duration, got '30'; write \"500ms\", \"30s\", \"2min\" or \"1h\"");
}

}  // namespace
}  // namespace appserve::config
