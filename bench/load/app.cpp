// What the bench asks of appserve: the same answers every other server of the table gives.
#include <appserve/app.hpp>
#include <appserve/files.hpp>
#include <appserve/json.hpp>

#include <memory>

using namespace appserve;

namespace {

constexpr std::size_t kBlob = 1 << 20;

struct Message {
  std::string message;
};

Response echo(Request& req) {
  auto copy = [](Stream& out) -> Task<> {
    while (auto piece = co_await out.request().read()) co_await out.write(*piece);
  };
  return Response::stream(copy, "application/octet-stream").length(req.content_length());
}

}  // namespace

APPSERVE_APP(app) {
  app.get("/plaintext", []() -> Task<std::string> { co_return "Hello, World!"; });
  app.get("/json", [] { return Message{"Hello, World!"}; });
  app.get("/hello/{name}", [](std::string name) -> Task<std::string> { co_return "Hello, " + name + "!"; });
  app.post("/echo", echo);
  if (const auto folder = config.get("files")) app.get("/files/{path...}", Files(std::string(*folder)));
  app.get("/blob", [blob = std::make_shared<const std::string>(kBlob, 'x')] {
    return Response::shared(blob, "application/octet-stream");
  });
}
