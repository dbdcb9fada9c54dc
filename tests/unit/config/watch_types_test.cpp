#include "config/watch_types.hpp"

#include <doctest/doctest.h>

using namespace appserve;
using namespace appserve::config;

namespace {

Value list_of(std::initializer_list<const char*> texts) {
  Value value;
  value.kind = Value::Kind::list;
  for (const char* text : texts) value.items.push_back(text_value(text));
  return value;
}

}  // namespace

TEST_CASE("a log goes to a file, to standard output, or nowhere") {
  std::string path;
  for (const char* good : {"/var/log/access.log", "-", "", "Zugriffe ä.log"}) {
    CHECK_FALSE(LogFile{}.read(text_value(good), path));
    CHECK(path == good);
  }
  CHECK(LogFile{}.read(text_value("a\nb"), path));
  CHECK(LogFile{}.read(list_of({"a"}), path));
  CHECK(LogFile{}.show("-") == "\"-\"");
}

TEST_CASE("a format is one that is known, or a text with names that are") {
  std::string format;
  for (const char* good : {"common", "combined", "json", "{client} {status}", "plain"}) {
    CHECK_FALSE(LineFormat{}.read(text_value(good), format));
    CHECK(format == good);
  }
  const Wrong wrong = LineFormat{}.read(text_value("{stat}"), format);
  REQUIRE(wrong);
  REQUIRE(wrong->said);
  CHECK(wrong->said->what.find("'stat'") != std::string::npos);
  CHECK(LineFormat{}.read(text_value(""), format));
}

TEST_CASE("paths to leave out begin with a slash; one text may hold several") {
  std::vector<std::string> paths;
  CHECK_FALSE(RequestPaths{}.read(list_of({"/healthz", "/ping"}), paths));
  CHECK(paths == std::vector<std::string>{"/healthz", "/ping"});
  CHECK_FALSE(RequestPaths{}.read(text_value("/a  /b"), paths));
  CHECK(paths == std::vector<std::string>{"/a", "/b"});
  CHECK(RequestPaths{}.read(text_value("healthz"), paths));
  CHECK(RequestPaths{}.show(paths) == R"(["/a", "/b"])");
}

TEST_CASE("the admin listener has one address or none") {
  std::optional<net::Endpoint> admin;
  CHECK_FALSE(Address{}.read(text_value("127.0.0.1:9090"), admin));
  REQUIRE(admin);
  CHECK(Address{}.show(admin) == "\"127.0.0.1:9090\"");
  CHECK(Address{}.read(text_value("127.0.0.1:1 127.0.0.1:2"), admin));
  CHECK(Address{}.read(text_value("127.0.0.1:99999"), admin));
  CHECK_FALSE(Address{}.read(text_value(""), admin));
  CHECK_FALSE(admin);
  CHECK(Address{}.show(admin) == "\"\"");
}

TEST_CASE("a secret is never shown") {
  std::string secret;
  CHECK_FALSE(Secret{}.read(text_value("s3cret"), secret));
  CHECK(secret == "s3cret");
  CHECK(Secret{}.show(secret) == "\"(hidden)\"");
  CHECK(Secret{}.show("") == "\"\"");
}
