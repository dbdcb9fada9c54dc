// A shelf of files: what one puts there in the browser, everyone can take.
//   GET  /               the page: what is there, and a form
//   POST /               puts the form's files there, however large
//   GET  /files/NAME     one of them
// Settings: folder = "shelf" (must exist).
#include <appserve/app.hpp>
#include <appserve/files.hpp>
#include <appserve/form.hpp>

#include <filesystem>
#include <set>

using namespace appserve;

namespace {

namespace fs = std::filesystem;

constexpr const char* kTop =
    "<!doctype html><meta charset=utf-8><title>Shelf</title>"
    "<form method=post enctype=multipart/form-data>"
    "<input type=file name=file multiple required> <button>Put on the shelf</button></form><ul>\n";

std::string escaped(std::string_view text, bool in_path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       c == '.' || c == '-' || c == '_';
    if (plain || (!in_path && byte >= 0x80))
      out += c;
    else if (in_path)
      out.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    else
      out += "&#" + std::to_string(byte) + ";";
  }
  return out;
}

// Blocks.
std::string page(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.'))
      names.insert(entry.path().filename().string());
  std::string html = kTop;
  for (const std::string& name : names)
    html += "<li><a href=\"files/" + escaped(name, true) + "\">" + escaped(name, false) + "</a>\n";
  return html + "</ul>\n";
}

}  // namespace

static App create_app(const Config& config) {
  const auto folder = config.get_or("folder", std::string("shelf"));
  App app;
  app.get("/",
          [folder]() -> Task<Response> { co_return Response::html(co_await blocking([&] { return page(folder); })); });
  app.post("/", [folder](Request& req) -> Task<Response> {
    FormParts parts(req);
    while (auto part = co_await parts.next()) {
      const std::string name = part->filename();
      if (name.empty()) continue;  // a form without a file
      if (name.starts_with('.') || name.size() > 200) abort(422, "a file of that name cannot be put here");
      co_await part->save(folder + "/" + name);
    }
    co_return Response::redirect("./", 303);
  });
  app.get("/files/{path...}", Files(folder, {.index = ""}));
  return app;
}
APPSERVE_FACTORY(create_app);
