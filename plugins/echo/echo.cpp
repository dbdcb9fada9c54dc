// Streams every body back as it comes, of any size, in constant memory:
//   curl -T big.iso http://127.0.0.1:8080/ | sha256sum
#include <appserve/app.hpp>

using namespace appserve;

static Response echo(Request& req) {
  const auto type = req.header("content-type").value_or("application/octet-stream");
  auto copy = [](Stream& out) -> Task<> {
    while (auto piece = co_await out.request().read()) co_await out.write(*piece);
  };
  return Response::stream(copy, type).length(req.content_length());
}

APPSERVE_APP(app) {
  app.get("/", [] { return "POST or PUT something here, and it comes back.\n"; });
  for (const char* method : {"POST", "PUT"}) app.route(method, "/", echo).route(method, "/{path...}", echo);
}
