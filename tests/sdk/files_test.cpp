// A folder of files: what can be reached, conditions, ranges, codings.
#include <doctest/doctest.h>
#include <appserve/files.hpp>
#include <appserve/test.hpp>

#include <filesystem>
#include <fstream>

using namespace appserve;

namespace {

namespace fs = std::filesystem;

const std::string kLarge = [] {
  std::string text;
  while (text.size() < 100'000) text += std::to_string(text.size()) + "\n";
  return text;
}();

// A folder that goes with the test.
struct Folder {
  Folder() {
    char name[] = "/tmp/appserve-files-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  Folder(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }

  void write(const std::string& name, const std::string& text, std::int64_t modified = 784111777) {
    const fs::path file = path / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    const timespec times[2] = {{modified, 0}, {modified, 0}};
    REQUIRE(utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
  }
  fs::path path;
};

struct Site : Folder {
  Site() {
    write("public/index.html", "<p>start");
    write("public/hello.txt", "Hello, World!");
    write("public/large.bin", kLarge);
    write("public/sub/index.html", "<p>sub");
    write("public/a b+c.css", "b{}");
    write("public/.secret", "hidden");
    write("public/.git/config", "hidden");
    write("public/.well-known/x.txt", "known");
    write("public/empty", "");
    write("outside.txt", "outside");
    fs::create_symlink("hello.txt", path / "public/inside-link");
    fs::create_symlink("../outside.txt", path / "public/outside-link");
    fs::create_symlink("/etc", path / "public/etc");
    REQUIRE(mkfifo((path / "public/pipe").c_str(), 0600) == 0);
  }

  auto app(FileOptions options = {}) {
    return [this, options](App& app) {
      FileOptions o = options;
      o.recheck = 0s;
      const Files files((path / "public").string(), o);
      app.get("/{path...}", files);
      app.get("/one/{name}",
              [files](Request& req, std::string name) -> Task<Response> { return files.send(req, name); });
    };
  }
};

using Headers = std::vector<std::pair<std::string, std::string>>;

TestResponse get(TestClient& c, std::string target, Headers headers, std::string method = "GET") {
  return c.request({.method = std::move(method), .target = std::move(target), .headers = std::move(headers)});
}

}  // namespace

TEST_CASE("files are served with their type, date and tag, small ones and large ones") {
  Site site;
  for (std::uint64_t chaos = 0; chaos < 6; ++chaos) {
    for (const bool oldest : {false, true}) {
      TestClient c(site.app(), {.chaos = chaos, .oldest_server = oldest});
      const auto r = c.get("/hello.txt");
      CHECK(r.status == 200);
      CHECK(r.body == "Hello, World!");
      CHECK(r.content_type == "text/plain; charset=utf-8");
      CHECK(r.header("last-modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
      CHECK(r.header("cache-control") == "no-cache");
      CHECK(r.header("accept-ranges") == "bytes");
      CHECK(r.header("x-content-type-options") == "nosniff");
      CHECK(r.header("etag").size() > 8);
      CHECK(c.get("/large.bin").body == kLarge);
      CHECK(c.get("/large.bin").content_type == "application/octet-stream");
      CHECK(c.get("/empty").complete);
      CHECK(c.get("/a%20b%2Bc.css").content_type == "text/css; charset=utf-8");
      const auto head = get(c, "/large.bin", {}, "HEAD");
      CHECK(head.status == 200);
      CHECK(head.body.empty());
      CHECK(c.post("/hello.txt", "").status == 405);
      CHECK(c.get("/one/hello.txt").body == "Hello, World!");
      CHECK(c.get("/one/nothing").status == 404);
    }
  }
}

TEST_CASE("nothing outside the folder, nothing hidden and nothing special can be reached") {
  Site site;
  TestClient c(site.app());
  for (const char* path :
       {"/../outside.txt", "/%2e%2e/outside.txt", "/..%2foutside.txt", "/sub/../../outside.txt", "/outside-link",
        "/etc/passwd", "/etc", "//etc/passwd", "/%2fetc/passwd", "/.secret", "/.git/config", "/pipe", "/hello.txt/",
        "/hello.txt%00", "/nothing", "/sub%5cindex.html", "/hello.txt/x", "/./hello.txt", "/sub//index.html"}) {
    CAPTURE(path);
    CHECK(c.get(path).status == 404);
  }
  CHECK(c.get("/" + std::string(5000, 'x')).status == 404);
  CHECK(c.get("/inside-link").body == "Hello, World!");
  CHECK(c.get("/.well-known/x.txt").body == "known");
  CHECK(c.get("/one/..%2foutside.txt").status == 404);
  TestClient open(site.app({.hidden = true}));
  CHECK(open.get("/.secret").body == "hidden");
}

TEST_CASE("a folder shows its index, under a path that ends in a slash") {
  Site site;
  TestClient c(site.app());
  CHECK(c.get("/").body == "<p>start");
  CHECK(c.get("/sub/").body == "<p>sub");
  const auto r = c.get("/sub?x=1");
  CHECK(r.status == 301);
  CHECK(r.header("location") == "./sub/?x=1");
  CHECK(c.get("/one/sub").status == 404);
  site.write("public/none/x", "");
  CHECK(c.get("/none/").status == 404);
}

TEST_CASE("a single-page app gets its page for every path without extension") {
  Site site;
  TestClient c(site.app({.fallback = "index.html", .cache_control = "max-age=3600"}));
  CHECK(c.get("/rooms/7").body == "<p>start");
  CHECK(c.get("/rooms/7").header("cache-control") == "no-cache");
  CHECK(c.get("/hello.txt").header("cache-control") == "max-age=3600");
  CHECK(c.get("/missing.js").status == 404);
}

TEST_CASE("conditions are judged in the order of RFC 9110 13.2.2") {
  Site site;
  TestClient c(site.app());
  const std::string tag = c.get("/hello.txt").header("etag"), date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const std::string before = "Sun, 06 Nov 1994 08:49:36 GMT", later = "Monday, 07-Nov-94 08:49:37 GMT";
  const auto status = [&](Headers headers) { return get(c, "/hello.txt", std::move(headers)).status; };
  CHECK(status({{"if-none-match", tag}}) == 304);
  CHECK(status({{"if-none-match", "\"x\", W/" + tag}}) == 304);
  CHECK(status({{"if-none-match", "*"}}) == 304);
  CHECK(status({{"if-none-match", "\"x\""}}) == 200);
  CHECK(status({{"if-none-match", "\"x\""}, {"if-modified-since", date}}) == 200);
  CHECK(status({{"if-modified-since", date}}) == 304);
  CHECK(status({{"if-modified-since", later}}) == 304);
  CHECK(status({{"if-modified-since", "Sun Nov  6 08:49:38 1994"}}) == 304);
  CHECK(status({{"if-modified-since", before}}) == 200);
  CHECK(status({{"if-modified-since", "yesterday"}}) == 200);
  CHECK(status({{"if-match", tag}}) == 200);
  CHECK(status({{"if-match", "*"}}) == 200);
  CHECK(status({{"if-match", "W/" + tag}}) == 412);
  CHECK(status({{"if-match", "\"x\""}}) == 412);
  CHECK(status({{"if-match", tag}, {"if-unmodified-since", before}}) == 200);
  CHECK(status({{"if-unmodified-since", before}}) == 412);
  CHECK(status({{"if-unmodified-since", date}}) == 200);
  CHECK(status({{"if-match", tag}, {"if-none-match", tag}}) == 304);
  CHECK(status({{"if-none-match", "\"x\""}, {"if-none-match", tag}}) == 304);  // a list may have several lines
  CHECK(status({{"if-match", "\"x\""}, {"if-match", tag}}) == 200);
  const auto r = get(c, "/hello.txt", {{"if-none-match", tag}, {"range", "bytes=0-1"}});
  CHECK(r.status == 304);
  CHECK(r.body.empty());
  CHECK(r.header("etag") == tag);
  CHECK(r.header("accept-ranges").empty());
}

TEST_CASE("a file from the future was modified just now, and is not taken for what a client has") {
  Site site;
  site.write("public/future.txt", "soon", 4'000'000'000);
  TestClient c(site.app());
  const std::string seen = c.get("/future.txt").header("last-modified");
  const auto date = detail::parse_http_date(seen);
  REQUIRE(date);
  CHECK(*date < std::time(nullptr));
  CHECK(*date > std::time(nullptr) - 60);
  CHECK(get(c, "/future.txt", {{"if-modified-since", seen}}).status == 200);
  CHECK(get(c, "/future.txt", {{"range", "bytes=0-0"}, {"if-range", seen}}).status == 200);
  CHECK(get(c, "/future.txt", {{"if-none-match", c.get("/future.txt").header("etag")}}).status == 304);
}

TEST_CASE("parts of a file: one, several, none") {
  Site site;
  for (const std::string file : {"/hello.txt", "/large.bin"}) {
    const std::string whole = file == "/large.bin" ? kLarge : "Hello, World!";
    const std::string size = std::to_string(whole.size());
    TestClient c(site.app());
    const auto range = [&](std::string value) { return get(c, file, {{"range", std::move(value)}}); };
    CHECK(range("bytes=0-4").status == 206);
    CHECK(range("bytes=0-4").body == whole.substr(0, 5));
    CHECK(range("bytes=0-4").header("content-range") == "bytes 0-4/" + size);
    CHECK(range("bytes=7-").body == whole.substr(7));
    CHECK(range("bytes=-3").body == whole.substr(whole.size() - 3));
    CHECK(range("bytes=-999999").body == whole);
    CHECK(range("bytes=3-999999").body == whole.substr(3));
    const auto unsatisfied = range("bytes=999999-");
    CHECK(unsatisfied.status == 416);
    CHECK(unsatisfied.header("content-range") == "bytes */" + size);
    CHECK(range("bytes=-0").status == 416);
    const std::string beyond = "99999999999999999999";  // more than 64 bits are a number, too
    CHECK(range("bytes=3-" + beyond).body == whole.substr(3));
    CHECK(range("bytes=-" + beyond).body == whole);
    CHECK(range("bytes=" + beyond + "-").status == 416);
    CHECK(range("bytes=" + beyond + "-" + beyond).status == 416);
    for (const char* ignored : {"lines=1-2", "bytes=2-1", "bytes=x-1", "bytes=", "bytes=1", "bytes=0-,0-,0-",
                                "bytes=--1", "bytes=99999999999999999999x-"}) {
      CAPTURE(ignored);
      CHECK(range(ignored).status == 200);
      CHECK(range(ignored).body == whole);
    }
    const auto several = range("bytes=1-2, 9-9,-1,999999-");
    CHECK(several.status == 206);
    CHECK(several.content_type.starts_with("multipart/byteranges; boundary=appserve-"));
    const std::string mark = "\r\n--" + several.content_type.substr(several.content_type.find('=') + 1);
    const auto part = [&](const std::string& place, const std::string& bytes) {
      return mark + "\r\ncontent-type: " + c.get(file).content_type + "\r\ncontent-range: bytes " + place + "/" + size +
             "\r\n\r\n" + bytes;
    };
    const std::string last = std::to_string(whole.size() - 1);
    CHECK(several.body == part("1-2", whole.substr(1, 2)) + part("9-9", whole.substr(9, 1)) +
                              part(last + "-" + last, whole.substr(whole.size() - 1)) + mark + "--\r\n");
    const std::string tag = c.get(file).header("etag");
    const auto if_range = [&](std::string condition) {
      return get(c, file, {{"range", "bytes=0-0"}, {"if-range", condition}}).status;
    };
    CHECK(if_range(tag) == 206);
    CHECK(if_range("\"x\"") == 200);
    CHECK(if_range("W/" + tag) == 200);
    CHECK(if_range("Sun, 06 Nov 1994 08:49:37 GMT") == 206);
    CHECK(if_range("Sun, 06 Nov 1994 08:49:38 GMT") == 200);
    CHECK(get(c, file, {{"range", "bytes=0-0"}}, "HEAD").status == 200);
  }
}

TEST_CASE("the boundary between parts is a token, whatever a proxy calls the request") {
  const std::string usual = detail::multipart_boundary("69371fd00000000"), long_one(128, '=');
  for (const std::string& id : {std::string("Zm9v~+=="), long_one, std::string()}) {
    const std::string boundary = detail::multipart_boundary(id);
    CHECK(boundary.starts_with("appserve-"));
    CHECK(boundary.size() <= 70);
    CHECK(boundary.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == boundary.npos);
    CHECK(boundary != usual);
  }
}

TEST_CASE("a client that takes it gets what was compressed before") {
  Site site;
  site.write("public/app.js", "plain");
  site.write("public/app.js.gz", "gz");
  site.write("public/app.js.br", "br");
  site.write("public/app.js.zst", "stale", 784111776);
  TestClient c(site.app());
  const auto with = [&](std::string accept) { return get(c, "/app.js", {{"accept-encoding", std::move(accept)}}); };
  CHECK(with("gzip, deflate, br").body == "br");
  CHECK(with("gzip, deflate, br").header("content-encoding") == "br");
  CHECK(with("gzip, deflate, br").content_type == "text/javascript; charset=utf-8");
  CHECK(with("gzip").body == "gz");
  CHECK(with("br;q=0.5, gzip;q=0.9").body == "gz");
  CHECK(with("br;q=0, *;q=0.1").body == "gz");
  CHECK(with("br;Q=0, gzip;level=9;q=0.001").body == "gz");
  for (const char* none : {"br;q=1e300", "br;q=-1", "br;q=inf", "br;q=nan", "br;q=", "br;q=1.5", "br; q=0.0004"})
    CHECK(with(none).body == "plain");
  CHECK(get(c, "/app.js", {{"accept-encoding", "zstd"}, {"accept-encoding", "gzip"}}).body == "gz");
  CHECK(with("zstd").body == "plain");
  CHECK(with("identity").body == "plain");
  CHECK(c.get("/app.js").body == "plain");
  CHECK(c.get("/app.js").header("vary") == "accept-encoding");
  CHECK(c.get("/app.js").header("etag") != with("br").header("etag"));
  CHECK(get(c, "/app.js", {{"accept-encoding", "br"}, {"if-none-match", with("br").header("etag")}}).header("vary") ==
        "accept-encoding");
  CHECK(c.get("/hello.txt").header("vary").empty());
  TestClient without(site.app({.precompressed = false}));
  CHECK(get(without, "/app.js", {{"accept-encoding", "br"}}).body == "plain");
}

TEST_CASE("a file that changes is served as it is now, and the one being sent as it was") {
  Site site;
  TestClient c(site.app());
  const std::string tag = c.get("/hello.txt").header("etag");
  site.write("public/hello.txt", "Changed!", 784111779);
  CHECK(c.get("/hello.txt").body == "Changed!");
  CHECK(c.get("/hello.txt").header("etag") != tag);
  fs::remove(site.path / "public/hello.txt");
  CHECK(c.get("/hello.txt").status == 404);
}

TEST_CASE("more files than are kept are served all the same") {
  Site site;
  for (int i = 0; i < 20; ++i) site.write("public/n" + std::to_string(i), std::string(1000, 'x'));
  TestClient c(site.app({.memory = 3000, .open = 8}));
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 20; ++i) CHECK(c.get("/n" + std::to_string(i)).body.size() == 1000);
}

TEST_CASE("a folder that is none does not start, and says so") {
  CHECK_THROWS_WITH_AS(Files("/nonexistent"), "the folder of files '/nonexistent': No such file or directory",
                       ConfigError);
}
