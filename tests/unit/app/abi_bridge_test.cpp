#include "app/abi_bridge.hpp"

#include <appserve/abi.h>
#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/host_services.hpp"
#include "app/instance.hpp"
#include "base/unique_fd.hpp"
#include "unit/app/fakes.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;
using service::Status;

namespace {

std::string_view view(as_str text) { return {text.ptr, text.len}; }

// An app whose handle() is the test's, on a loop that runs, called by a writer that writes down.
class Stage {
 public:
  Stage() {
    ctx.label = "test";
    ctx.loops = {&loop_.loop};
    ctx.shares = std::vector<LoopShare>(1);
    ctx.self = this;
    ctx.app.handle = [](void* self, as_req* req) { return static_cast<Stage*>(self)->handler(req); };
    request.home = &loop_.loop;
  }
  ~Stage() { loop_.stop(); }

  void call(std::function<std::int32_t(as_req*)> handle) {
    handler = std::move(handle);
    on_loop([this] { handle_request(ctx, request, writer); });
  }
  void on_loop(std::function<void()> work) { loop_.run(std::move(work)); }

  const as_host& host = host_table();
  as_ctx ctx;
  service::Request request;
  FakeWriter writer;
  std::function<std::int32_t(as_req*)> handler;

 private:
  RunningLoop loop_;
};

as_resp response(std::uint32_t status) {
  as_resp resp{};
  resp.size = sizeof(resp);
  resp.status = status;
  resp.content_length = -1;
  return resp;
}

struct CountedPiece {
  int released = 0;
  as_buf buf{"piece", 5, [](void* arg) { ++static_cast<CountedPiece*>(arg)->released; }, this};
};

class FakeReader final : public service::BodyReader {
 public:
  Status next(std::string_view& chunk, service::Completion done) override {
    chunk = "chunk";
    asked = done;
    return Status::ok;
  }
  Status all(std::size_t max, std::string_view& content, service::Completion) override {
    content = "content";
    most = max;
    return max < 7 ? Status::too_big : Status::ok;
  }
  bool limit(std::uint64_t) override { return true; }
  service::Completion asked;
  std::size_t most = 0;
};

}  // namespace

TEST_CASE("the plugin sees the request as it came") {
  Stage stage;
  const std::vector<http::Field> fields{{"host", "example.org"}, {"accept", "*/*"}};
  service::Request& request = stage.request;
  request.method = http::Method::options;
  request.method_name = "OPTIONS";
  request.target = "/game/a%20b?x=1";
  request.prefix = "/game";
  request.path = "/a%20b";
  request.query = "x=1";
  request.scheme = "https";
  request.authority = "example.org";
  request.remote = "192.0.2.1:4711";
  request.id = "r-1";
  request.tls = request.http10 = true;
  request.fields = fields;
  request.content_length = 4;
  request.body = "body";
  stage.call([&](as_req* req) {
    CHECK(req->size == sizeof(as_req));
    CHECK(req->flags == (AS_REQ_BODY_COMPLETE | AS_REQ_TLS | AS_REQ_HTTP10));
    CHECK(req->method == AS_OPTIONS);
    CHECK(req->loop_index == 0);
    CHECK(view(req->method_name) == "OPTIONS");
    CHECK(view(req->target) == "/game/a%20b?x=1");
    CHECK(view(req->prefix) == "/game");
    CHECK(view(req->path) == "/a%20b");
    CHECK(view(req->query) == "x=1");
    CHECK(view(req->scheme) == "https");
    CHECK(view(req->authority) == "example.org");
    CHECK(view(req->remote) == "192.0.2.1:4711");
    CHECK(view(req->id) == "r-1");
    REQUIRE(req->field_count == 2);
    CHECK(view(req->fields[1].name) == "accept");
    CHECK(view(req->fields[1].value) == "*/*");
    CHECK(req->content_length == 4);
    CHECK(view(req->body) == "body");
    CHECK(req->loop == stage.host.loop_at(&stage.ctx, 0));
    CHECK(req->user == nullptr);
    return AS_OK;
  });
  CHECK(stage.writer.releases == 1);
}

TEST_CASE("a body that is still coming is not shown as complete") {
  Stage stage;
  stage.request.body_complete = false;
  stage.request.content_length = -1;
  stage.call([&](as_req* req) {
    CHECK(req->flags == 0);
    CHECK(req->body.len == 0);
    CHECK(req->content_length == -1);
    return AS_OK;
  });
}

TEST_CASE("a whole response reaches the writer: status, fields, pieces") {
  Stage stage;
  CountedPiece counted;
  stage.call([&](as_req* req) {
    const as_field fields[] = {{{"x-a", 3}, {"1", 1}}, {{"x-b", 3}, {"", 0}}};
    const as_buf body[] = {{"one ", 4, nullptr, nullptr}, counted.buf};
    as_resp resp = response(201);
    resp.flags = AS_RESP_CLOSE;
    resp.content_type = {"text/plain", 10};
    resp.fields = fields;
    resp.field_count = 2;
    resp.body = body;
    resp.body_count = 2;
    return stage.host.respond(req, &resp);
  });
  CHECK(stage.writer.responses == 1);
  CHECK(stage.writer.status == 201);
  CHECK(stage.writer.close);
  CHECK(stage.writer.content_type == "text/plain");
  CHECK(stage.writer.fields == std::vector<std::pair<std::string, std::string>>{{"x-a", "1"}, {"x-b", ""}});
  CHECK(stage.writer.body == "one piece");
  CHECK(counted.released == 1);
  CHECK(stage.writer.releases == 1);
  CHECK(stage.writer.failure.empty());
}

TEST_CASE("many fields and many pieces find room too") {
  Stage stage;
  stage.call([&](as_req* req) {
    const std::vector<as_field> fields(100, as_field{{"x", 1}, {"y", 1}});
    const std::vector<as_buf> body(50, as_buf{"ab", 2, nullptr, nullptr});
    as_resp resp = response(200);
    resp.fields = fields.data();
    resp.field_count = fields.size();
    resp.body = body.data();
    resp.body_count = 50;
    return stage.host.respond(req, &resp);
  });
  CHECK(stage.writer.fields.size() == 100);
  CHECK(stage.writer.body.size() == 100);
}

TEST_CASE("a streamed response: begin, write, end; back-pressure goes through") {
  Stage stage;
  as_req* pending = nullptr;
  int woken = 0;
  stage.call([&](as_req* req) {
    pending = req;
    as_resp resp = response(200);
    resp.content_length = 10;
    CHECK(stage.host.begin(req, &resp) == AS_OK);
    const as_buf piece{"12345", 5, nullptr, nullptr};
    stage.writer.write_answer = Status::pending;
    CHECK(stage.host.write(
              req, &piece, 1, [](void* arg, std::int32_t) { ++*static_cast<int*>(arg); }, &woken) == AS_PENDING);
    return AS_PENDING;
  });
  CHECK(stage.writer.begins == 1);
  CHECK(stage.writer.content_length == 10);
  CHECK(stage.writer.releases == 0);
  stage.on_loop([&] {
    stage.writer.write_done(Status::ok);
    CHECK(stage.host.end(pending) == AS_OK);
    stage.host.release(pending);
  });
  CHECK(woken == 1);
  CHECK(stage.writer.ends == 1);
  CHECK(stage.writer.releases == 1);
}

TEST_CASE("the body is read through the reader") {
  Stage stage;
  FakeReader reader;
  stage.request.reader = &reader;
  stage.call([&](as_req* req) {
    as_str text{};
    CHECK(stage.host.body_next(req, &text, nullptr, nullptr) == AS_OK);
    CHECK(view(text) == "chunk");
    CHECK(stage.host.body_all(req, 100, &text, nullptr, nullptr) == AS_OK);
    CHECK(view(text) == "content");
    CHECK(reader.most == 100);
    CHECK(stage.host.body_all(req, 3, &text, nullptr, nullptr) == AS_ETOOBIG);
    CHECK(stage.host.body_next(req, nullptr, nullptr, nullptr) == AS_EINVAL);
    return AS_OK;
  });
}

TEST_CASE("route, cancelling and failing go to the writer") {
  Stage stage;
  stage.call([&](as_req* req) {
    stage.host.set_route(req, "/rooms/{id}");
    stage.host.set_route(req, nullptr);
    CHECK(stage.host.on_cancel(req, [](void*) {}, req) == AS_OK);
    CHECK(stage.host.fail(req, {"it broke", 8}) == AS_OK);
    return AS_OK;
  });
  CHECK(stage.writer.route == "/rooms/{id}");
  CHECK((stage.writer.cancel.first != nullptr));
  CHECK(stage.writer.failure == "it broke");
}

TEST_CASE("handle() that returns an error fails the request and releases it") {
  Stage stage;
  stage.call([](as_req*) { return AS_ENOMEM; });
  CHECK(stage.writer.failure == "handle() returned -6");
  CHECK(stage.writer.releases == 1);
}

TEST_CASE("an exception that crosses the border is a failure of the request, not of the server") {
  Stage stage;
  stage.call([](as_req*) -> std::int32_t { throw std::runtime_error("boom"); });
  CHECK(stage.writer.failure == "an exception crossed the plugin's border: boom");
  stage.call([](as_req*) -> std::int32_t { throw 7; });
  CHECK(stage.writer.failure == "an exception crossed the plugin's border");
  CHECK(stage.writer.releases == 2);
}

TEST_CASE("release() inside handle() takes effect when it returns, once") {
  Stage stage;
  stage.call([&](as_req* req) {
    stage.host.release(req);
    CHECK(stage.writer.releases == 0);
    stage.host.release(req);
    as_resp resp = response(200);
    CHECK(stage.host.respond(req, &resp) == AS_ESTATE);
    return AS_PENDING;
  });
  CHECK(stage.writer.releases == 1);
  stage.call([&](as_req* req) {
    stage.host.release(req);
    return AS_OK;
  });
  CHECK(stage.writer.releases == 2);
}

TEST_CASE("a connection may bring its next call from within release()") {
  Stage stage;
  int calls = 0;
  stage.writer.on_release = [&] {
    if (calls < 100) handle_request(stage.ctx, stage.request, stage.writer);
  };
  stage.call([&](as_req* req) {
    ++calls;
    as_resp resp = response(200);
    return stage.host.respond(req, &resp);
  });
  CHECK(calls == 100);
  CHECK(stage.writer.releases == 100);
}

TEST_CASE("misuse: answering twice") {
  Stage stage;
  CountedPiece counted;
  stage.call([&](as_req* req) {
    as_resp resp = response(200);
    CHECK(stage.host.respond(req, &resp) == AS_OK);
    resp.body = &counted.buf;
    resp.body_count = 1;
    CHECK(stage.host.respond(req, &resp) == AS_ESTATE);
    CHECK(stage.host.begin(req, &resp) == AS_ESTATE);
    CHECK(stage.host.end(req) == AS_ESTATE);
    return AS_OK;
  });
  CHECK(stage.writer.responses == 1);
  CHECK(counted.released == 1);
}

TEST_CASE("misuse: writing before begin() and after end()") {
  Stage stage;
  CountedPiece counted;
  stage.call([&](as_req* req) {
    as_resp resp = response(200);
    CHECK(stage.host.write(req, &counted.buf, 1, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.begin(req, &resp) == AS_OK);
    CHECK(stage.host.respond(req, &resp) == AS_ESTATE);
    CHECK(stage.host.end(req) == AS_OK);
    CHECK(stage.host.write(req, &counted.buf, 1, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.end(req) == AS_ESTATE);
    return AS_OK;
  });
  CHECK(counted.released == 2);
  CHECK(stage.writer.body.empty());
}

TEST_CASE("misuse: everything after release() is answered AS_ESTATE and reaches nobody") {
  Stage stage;
  FakeReader reader;
  stage.request.reader = &reader;
  as_req* over = nullptr;
  stage.call([&](as_req* req) {
    over = req;
    return AS_OK;
  });
  CountedPiece counted;
  stage.on_loop([&] {
    as_resp resp = response(200);
    as_str text{};
    CHECK(stage.host.respond(over, &resp) == AS_ESTATE);
    CHECK(stage.host.begin(over, &resp) == AS_ESTATE);
    CHECK(stage.host.write(over, &counted.buf, 1, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.end(over) == AS_ESTATE);
    CHECK(stage.host.body_next(over, &text, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.body_all(over, 1, &text, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.on_cancel(over, nullptr, nullptr) == AS_ESTATE);
    CHECK(stage.host.fail(over, {"x", 1}) == AS_ESTATE);
    stage.host.set_route(over, "/");
    stage.host.release(over);
  });
  CHECK(counted.released == 1);
  CHECK(stage.writer.releases == 1);
  CHECK(stage.writer.route.empty());
}

TEST_CASE("misuse: another thread than the request's") {
  Stage stage;
  as_req* pending = nullptr;
  stage.call([&](as_req* req) {
    pending = req;
    return AS_PENDING;
  });
  as_resp resp = response(200);
  CHECK(stage.host.respond(pending, &resp) == AS_ESTATE);
  stage.host.release(pending);
  CHECK(stage.writer.releases == 0);
  stage.on_loop([&] {
    CHECK(stage.host.respond(pending, &resp) == AS_OK);
    stage.host.release(pending);
  });
  CHECK(stage.writer.releases == 1);
}

TEST_CASE("misuse: responses that cannot be") {
  Stage stage;
  stage.call([&](as_req* req) {
    as_resp resp = response(200);
    resp.size = 8;
    CHECK(stage.host.respond(req, &resp) == AS_EINVAL);
    resp = response(200);
    resp.field_count = 3;
    CHECK(stage.host.respond(req, &resp) == AS_EINVAL);
    resp = response(200);
    resp.body_count = 3;
    CHECK(stage.host.respond(req, &resp) == AS_EINVAL);
    const as_buf nothing{nullptr, 5, nullptr, nullptr};
    resp.body = &nothing;
    resp.body_count = 1;
    CHECK(stage.host.respond(req, &resp) == AS_EINVAL);
    CHECK(stage.host.respond(req, nullptr) == AS_EINVAL);
    CHECK(stage.host.begin(req, nullptr) == AS_EINVAL);
    CHECK(stage.host.respond(nullptr, &resp) == AS_ESTATE);
    stage.host.release(nullptr);
    return AS_OK;
  });
  CHECK(stage.writer.responses == 0);
}

TEST_CASE("a response the writer refuses leaves room for another") {
  Stage stage;
  stage.call([&](as_req* req) {
    as_resp resp = response(42);
    stage.writer.answer = Status::invalid;
    CHECK(stage.host.respond(req, &resp) == AS_EINVAL);
    stage.writer.answer = Status::ok;
    resp.status = 500;
    CHECK(stage.host.respond(req, &resp) == AS_OK);
    return AS_OK;
  });
  CHECK(stage.writer.status == 500);
}

TEST_CASE("a status that no int can hold is refused by the writer, not made up") {
  Stage stage;
  stage.call([&](as_req* req) {
    as_resp resp = response(4'000'000'000U);
    return stage.host.respond(req, &resp);
  });
  CHECK(stage.writer.status == 0);
}

TEST_CASE("a peer that has left: the call is over all the same") {
  Stage stage;
  stage.writer.answer = Status::gone;
  stage.call([&](as_req* req) {
    as_resp resp = response(200);
    CHECK(stage.host.respond(req, &resp) == AS_EGONE);
    CHECK(stage.host.respond(req, &resp) == AS_ESTATE);
    return AS_OK;
  });
  CHECK(stage.writer.releases == 1);
}

TEST_CASE("a part of a file reaches the writer as it is; what is no regular file does not") {
  Stage stage;
  const UniqueFd file(::memfd_create("test", MFD_CLOEXEC)), pipe(::eventfd(0, EFD_CLOEXEC));
  stage.call([&](as_req* req) {
    CHECK(stage.host.write_file(req, file.get(), 0, 1, nullptr, nullptr) == AS_ESTATE);
    const as_resp resp = response(200);
    stage.host.begin(req, &resp);
    CHECK(stage.host.write_file(req, pipe.get(), 0, 1, nullptr, nullptr) == AS_EINVAL);
    CHECK(stage.host.write_file(req, -1, 0, 1, nullptr, nullptr) == AS_EINVAL);
    CHECK(stage.host.write_file(req, file.get(), UINT64_MAX, 1, nullptr, nullptr) == AS_EINVAL);
    CHECK(stage.host.write_file(req, file.get(), 3, 14, nullptr, nullptr) == AS_OK);
    return stage.host.end(req);
  });
  REQUIRE(stage.writer.files.size() == 1);
  CHECK(stage.writer.files[0].fd == file.get());
  CHECK(stage.writer.files[0].offset == 3);
  CHECK(stage.writer.files[0].length == 14);
}

TEST_CASE("a part of a file that waits is known to wait, and its completion is told as the plugin's") {
  Stage stage;
  const UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
  struct Seen {
    std::string waits, activity;
    std::int32_t status = 1;
  } seen;
  stage.writer.write_answer = Status::pending;
  const as_done done = [](void* arg, std::int32_t status) {
    auto& told = *static_cast<Seen*>(arg);
    told.status = status;
    told.activity = trace::words_for(trace::current().doing);
  };
  stage.call([&](as_req* req) {
    const as_resp resp = response(200);
    stage.host.begin(req, &resp);
    CHECK(stage.host.write_file(req, file.get(), 0, 1, done, &seen) == AS_PENDING);
    CHECK(trace::words_for_waits(*stage.request.words) == "the client to read");
    stage.writer.write_done(Status::ok);
    CHECK(trace::words_for_waits(*stage.request.words).empty());
    return stage.host.end(req);
  });
  CHECK(seen.status == AS_OK);
  CHECK(seen.activity == trace::words_for(trace::Doing::written));
}

TEST_CASE("without memory for a part of a file the answer ends, and nothing else does") {
  Stage stage;
  const UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
  stage.writer.no_memory = true;
  stage.call([&](as_req* req) {
    const as_resp resp = response(200);
    stage.host.begin(req, &resp);
    CHECK(stage.host.write_file(req, file.get(), 0, 1, nullptr, nullptr) == AS_ENOMEM);
    return AS_OK;
  });
  CHECK(stage.writer.failure == "out of memory");
}
