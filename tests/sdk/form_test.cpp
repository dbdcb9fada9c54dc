// HTML forms as structs.
#include <doctest/doctest.h>
#include <appserve/form.hpp>
#include <appserve/test.hpp>

using namespace appserve;

namespace {

struct Login {
  std::string user = "nobody";
  std::optional<int> age;
  bool remember = false;
};

constexpr const char* kForm = "application/x-www-form-urlencoded";

void login(App& app) {
  app.post("/login", [](Form<Login> form) {
    return form->user + " " + std::to_string(form->age.value_or(0)) + (form->remember ? " kept" : "");
  });
}

}  // namespace

TEST_CASE("a form's fields become a struct's members") {
  TestClient c(login);
  CHECK(c.post("/login", "user=Ada+L%C3%B6ve&age=36&remember=on&submit=Go", kForm).body == "Ada L\xc3\xb6ve 36 kept");
  CHECK(c.post("/login", "", kForm).body == "nobody 0");
  CHECK(c.post("/login", "user=", std::string(kForm) + "; charset=utf-8").body == " 0");
  CHECK(c.post("/login", "remember=false&user=x", kForm).body == "x 0");
}

TEST_CASE("a malformed field is named, another content type refused") {
  TestClient c(login);
  CHECK(c.post("/login", "age=old", kForm).status == 422);
  CHECK(c.post("/login", "age=old", kForm).body == "field 'age' is not a valid integer\n");
  CHECK(c.post("/login", "{}", "application/json").status == 415);
}
