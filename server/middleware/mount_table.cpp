#include "middleware/mount_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "http/path.hpp"

namespace appserve::middleware {
namespace {

using service::Request;
using service::ResponseWriter;

void answer(ResponseWriter& response, int status, std::string_view text, std::span<const http::Field> fields = {}) {
  const service::Piece body{.data = text};
  response.respond({.status = status, .content_type = "text/plain; charset=utf-8", .fields = fields}, {&body, 1});
  response.release();
}

// As the server refuses what it cannot read: nothing behind it is served.
void refuse(ResponseWriter& response, const http::Refusal& refusal) {
  const std::string text = std::string(http::reason_phrase(refusal.status)) + "\n\n" + std::string(refusal.why) + "\n";
  const service::Piece body{.data = text};
  response.respond({.status = refusal.status, .close = true, .content_type = "text/plain; charset=utf-8"}, {&body, 1});
  response.release();
}

void answer_server_options(ResponseWriter& response) {
  const std::array fields{http::Field{"allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"}};
  answer(response, 200, "", fields);
}

// A copy that lives as long as the request.
std::string_view keep(ResponseWriter& response, std::string_view text) {
  auto* place = static_cast<char*>(response.allocate(text.size()));
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

}  // namespace

MountTable::MountTable(std::vector<Mount> mounts) : mounts_(std::move(mounts)) {
  std::ranges::sort(mounts_, std::ranges::greater{}, [](const Mount& mount) { return mount.prefix.size(); });
}

void MountTable::call(Request& request, ResponseWriter& response) noexcept {
  if (request.path == "*") return answer_server_options(response);
  if (!request.plain_path && !http::is_normal_path(request.path)) {
    std::string normal;
    if (const auto refusal = http::normalise_path(request.path, normal)) return refuse(response, *refusal);
    request.path = keep(response, normal);
  }
  const Mount* mount = find(request.path);
  if (mount == nullptr) return answer(response, 404, "Not Found\n");
  request.prefix = request.prefix.empty() ? std::string_view(mount->prefix)
                                          : keep(response, std::string(request.prefix) + mount->prefix);
  request.app = mount->prefix;
  if (request.app.empty()) request.app = "/";
  response.set_route({});  // none yet
  request.path.remove_prefix(mount->prefix.size());
  if (request.path.empty()) request.path = "/";
  mount->app->call(request, response);
}

const Mount* MountTable::find(std::string_view path) const {
  const auto found = std::ranges::find_if(mounts_, [&](const Mount& mount) {
    return path.starts_with(mount.prefix) && (path.size() == mount.prefix.size() || path[mount.prefix.size()] == '/');
  });
  return found == mounts_.end() ? nullptr : &*found;
}

}  // namespace appserve::middleware
