// libtorture.so:app - the routes that load, fault, conformance and bench tools need. Never shipped.
#include <appserve/app.hpp>
#include <appserve/json.hpp>

#include <cstdlib>
#include <thread>

using namespace appserve;

namespace {

constexpr const char* kHello = "hello\n";
constexpr std::size_t kPiece = 65536;

struct WhoAmI {
  std::string remote_addr, scheme, host, script_name, path_info, xff;
};

struct Message {
  std::string message;
};

std::string without_port(std::string_view remote) {
  if (remote.starts_with('[')) return std::string(remote.substr(1, remote.find(']') - 1));
  if (remote.starts_with("unix:")) return std::string(remote);
  return std::string(remote.substr(0, remote.rfind(':')));
}

Response whoami(Request& req) {
  return Response::json(WhoAmI{without_port(req.remote()), std::string(req.scheme()), std::string(req.host()),
                               std::string(req.prefix()), std::string(req.path()),
                               std::string(req.header("x-forwarded-for").value_or(""))});
}

// GET / in any shape: ?who=1 asks for whoami.
Response root(Request& req) {
  if (!req.query_string().empty() && req.query("who") == "1") return whoami(req);
  return Response::text(kHello);
}

Response anywhere(Request& req) {
  if (req.path().ends_with("/whoami") || req.query("who") == "1") return whoami(req);
  return Response(404, "Not Found\n");
}

Response big(Query<"n", std::int64_t, 8388608> n) {
  auto write = [left = n.value](Stream& out) mutable -> Task<> {
    const std::string piece(kPiece, 'x');
    for (; left > 0; left -= static_cast<std::int64_t>(kPiece))
      co_await out.write(std::string_view(piece).substr(0, static_cast<std::size_t>(left)));
  };
  if (*n < 0) return Response(400, "n must not be negative\n");
  return Response::stream(write, "application/octet-stream").length(*n);
}

Response echo(Request& req) {
  const auto type = req.header("content-type").value_or("application/octet-stream");
  auto copy = [](Stream& out) -> Task<> {
    while (auto piece = co_await out.request().read()) co_await out.write(*piece);
  };
  return Response::stream(copy, type).length(req.content_length());
}

Response counting() {
  return Response::stream([](Stream& out) -> Task<> {
    for (int i = 1; i <= 5; ++i) co_await out.write("line " + std::to_string(i) + "\n");
  });
}

std::string inspect(Request& req) {
  std::string text = std::string(req.method()) + " " + std::string(req.target()) + "\n";
  for (std::size_t i = 0; i < req.header_count(); ++i)
    text.append(req.header_at(i).name).append(": ").append(req.header_at(i).value).append("\n");
  return text;
}

void write_log(const Log& log, int lines) {
  const std::string filler(180, '.');
  for (int i = 0; i < lines; ++i) log.info("torture line " + std::to_string(i) + " " + filler);
}

}  // namespace

APPSERVE_APP(app) {
  app.get("/", root).get("/whoami", whoami).get("/{path...}", anywhere);
  app.get("/big", big).get("/stream", counting).post("/echo", echo);

  app.get("/slow", [](Query<"ms", int, 1000> ms) -> Task<std::string> {
    co_await sleep(std::chrono::milliseconds(*ms));
    co_return kHello;
  });
  app.get("/block", [](Query<"ms", int, 1000> ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
    return kHello;
  });
  app.get("/log", [](Request& req, Query<"n", int, 1> n) {
    write_log(req.log(), *n);
    return kHello;
  });
  app.get("/abort", []() -> std::string { std::abort(); });

  app.get("/status/{code}", [](int code) -> std::optional<Response> {
    if (code < 200 || code > 599) return std::nullopt;
    return Response(code);
  });
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    app.route(method, "/inspect", inspect);

  app.get("/plaintext", [] { return "Hello, World!"; });
  app.get("/json", [] { return Message{"Hello, World!"}; });
  app.get("/blob", [blob = std::make_shared<const std::string>(std::size_t{1} << 20, 'b')] {
    return Response::shared(blob, "application/octet-stream");
  });
}
