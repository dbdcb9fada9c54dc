// HTML forms as structs.
#include <doctest/doctest.h>
#include <appserve/form.hpp>
#include <appserve/test.hpp>

#include <filesystem>

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

namespace {

constexpr const char* kMultipart = "multipart/form-data; boundary=\"b 1\"";

struct Field {
  std::string name, content;
  std::string file{};  // ; filename="..."
};

std::string multipart(std::initializer_list<Field> fields) {
  std::string body;
  for (const Field& f : fields)
    body +=
        "--b 1\r\nContent-Disposition: form-data; name=\"" + f.name + "\"" + f.file + "\r\n\r\n" + f.content + "\r\n";
  return body + "--b 1--\r\n";
}

struct Profile {
  std::string name;
  int age = 0;
  bool news = false;
  std::vector<std::string> tag;
  std::optional<Upload> photo;
  std::vector<Upload> more;
};

void profile(App& app) {
  app.post("/", [](Form<Profile> form) {
    std::string text = form->name + " " + std::to_string(form->age) + (form->news ? " news" : "");
    for (const std::string& tag : form->tag) text += " #" + tag;
    if (form->photo) text += " " + form->photo->filename + ":" + form->photo->content;
    for (const Upload& upload : form->more) text += " +" + upload.filename;
    return text;
  });
}

// Tells what it reads, part by part.
void reader(App& app) {
  app.post("/", [](Request& req) -> Task<std::string> {
    FormParts parts(req, {.parts = 3, .head = 100, .text = 20, .part = 5000});
    std::string story;
    while (auto part = co_await parts.next()) {
      story += part->name() + (part->is_file() ? "(" + part->filename() + " " + part->type() + ")" : "") + "=";
      if (part->name() == "skipped") continue;
      if (!part->is_file()) {
        story += co_await part->text() + ";";
        continue;
      }
      std::size_t size = 0;
      while (auto piece = co_await part->read()) size += piece->size();
      story += std::to_string(size) + ";";
    }
    co_return story;
  });
}

}  // namespace

TEST_CASE("a multipart form is a struct, too: scalars, lists, files") {
  TestClient c(profile);
  CHECK(c.post("/", multipart({{"name", "Ada"}, {"age", "36"}, {"news", "on"}, {"tag", "x"}, {"tag", "y"}}), kMultipart)
            .body == "Ada 36 news #x #y");
  CHECK(c.post("/",
               multipart({{"photo", "PNG", "; filename=\"me.png\""},
                          {"more", "1", "; filename=a"},
                          {"more", "2", "; filename=b"}}),
               kMultipart)
            .body == " 0 me.png:PNG +a +b");
  CHECK(c.post("/", multipart({{"photo", "", "; filename=\"\""}}), kMultipart).body == " 0");
  CHECK(c.post("/", multipart({{"age", "old"}}), kMultipart).status == 422);
  CHECK(c.post("/", "--b 1\r\n", kMultipart).status == 400);
  CHECK(c.post("/", "tag=1&tag=2", kForm).body == " 0 #1 #2");
}

TEST_CASE("blanks behind a boundary are taken up to 128, however the form is cut") {
  for (const std::size_t blanks : {0u, 1u, 127u, 128u, 129u, 300u})
    for (const std::size_t piece : {1u, 5u, 1000u}) {
      CAPTURE(blanks);
      CAPTURE(piece);
      detail::FormParser parser({});
      REQUIRE(parser.open("multipart/form-data; boundary=b"));
      const std::string body =
          "--b" + std::string(blanks, ' ') + "\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--";
      auto step = parser.step();
      for (std::size_t at = 0; step.kind == detail::FormStep::Kind::more && at < body.size(); at += piece) {
        parser.feed(std::string_view(body).substr(at, piece));
        step = parser.step();
      }
      CHECK(step.kind == (blanks <= 128 ? detail::FormStep::Kind::part : detail::FormStep::Kind::bad));
    }
}

TEST_CASE("a form is read part by part, however it is cut") {
  const std::string file = "\r\n--b\r\n--b 2" + std::string(3000, 'x');
  const std::string body =
      "preamble\r\n" + multipart({{"title", "hello"},
                                  {"skipped", "whatever"},
                                  {"f", file, "; filename=\"C:\\dir\\..\\p.png\"\r\nContent-Type: image/png"}});
  for (std::uint64_t chaos = 0; chaos < 30; ++chaos) {
    TestClient c(reader, {.chaos = chaos});
    CHECK(c.post("/", body, kMultipart).body ==
          "title=hello;skipped=f(p.png image/png)=" + std::to_string(file.size()) + ";");
    CHECK(c.post("/", "a=%41+b&skipped=1&c=", kForm).body == "a=A b;skipped=c=;");
    CHECK(c.post("/", "", kForm).body.empty());
    CHECK(c.post("/", multipart({}), kMultipart).body.empty());
  }
}

TEST_CASE("a form beyond its limits is 413, a malformed one 400, something else 415") {
  TestClient c(reader);
  CHECK(c.post("/", "a=1&b=2&c=3&d=4", kForm).status == 413);
  CHECK(c.post("/", "a=" + std::string(21, 'x'), kForm).status == 413);
  CHECK(c.post("/", std::string(101, 'n') + "=1", kForm).status == 413);
  CHECK(c.post("/", multipart({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}), kMultipart).status == 413);
  CHECK(c.post("/", multipart({{std::string(100, 'n'), "1"}}), kMultipart).status == 413);
  CHECK(c.post("/", multipart({{"f", std::string(5001, 'x'), "; filename=x"}}), kMultipart).status == 413);
  for (const char* broken : {"", "--b 1", "--b 1\r\n\r\n", "--b 1\r\nno header\r\n\r\nx\r\n--b 1--", "--b 1 x\r\n",
                             "--b 1\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b 1--",
                             "--b 1\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b 1-"}) {
    CAPTURE(broken);
    CHECK(c.post("/", broken, kMultipart).status == 400);
  }
  CHECK(c.post("/", "x", "multipart/form-data").status == 400);
  CHECK(c.post("/", "x", "multipart/form-data; boundary=" + std::string(71, 'b')).status == 400);
  CHECK(c.post("/", "x", "text/plain").status == 415);
}

TEST_CASE("a client that leaves in the middle of a form ends its handler") {
  TestClient c(reader);
  auto call = c.start({.method = "POST",
                       .headers = {{"content-type", kMultipart}},
                       .body = "--b 1\r\nContent-Disp",
                       .open_body = true});
  CHECK(call.pending());
  c.disconnect(call);
  CHECK_FALSE(call.pending());
}

TEST_CASE("files of a form are saved whole, or leave nothing behind") {
  char folder[] = "/tmp/appserve-form-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string path = std::string(folder) + "/saved";
  const auto files = [&] { return std::distance(std::filesystem::directory_iterator(folder), {}); };
  TestClient c([&](App& app) {
    app.post("/", [path](Request& req) -> Task<std::string> {
      FormParts parts(req);
      auto part = co_await parts.next();
      co_return std::to_string(co_await part->save(path));
    });
    app.post("/temporary", [&folder](Request& req) -> Task<std::string> {
      FormParts parts(req);
      auto part = co_await parts.next();
      const TemporaryFile file = co_await part->to_temporary_file(folder);
      co_return co_await blocking([&] { return file.read(); });
    });
  });
  const std::string large(700'000, 'y');
  CHECK(c.post("/", multipart({{"f", large, "; filename=x"}}), kMultipart).body == std::to_string(large.size()));
  CHECK(std::filesystem::file_size(path) == large.size());
  CHECK(c.post("/temporary", multipart({{"f", large}}), kMultipart).body == large);
  auto call = c.start({.method = "POST",
                       .headers = {{"content-type", kMultipart}},
                       .body = multipart({{"f", large}}).substr(0, 600'000),
                       .open_body = true});
  CHECK(files() == 2);
  c.disconnect(call);
  CHECK_FALSE(call.pending());
  CHECK(files() == 1);
  CHECK(c.post("/", multipart({{"f", "short"}}).substr(0, 54), kMultipart).status == 400);
  CHECK(std::filesystem::file_size(path) == large.size());
  std::filesystem::remove_all(folder);
}
