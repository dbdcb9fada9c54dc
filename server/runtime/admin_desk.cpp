#include "runtime/admin_desk.hpp"

#include <utility>

namespace appserve::runtime {
namespace {

net::ConnectionOptions options() {
  net::ConnectionOptions small;
  small.connections = 256;
  small.limits.body = 0;
  return small;
}

}  // namespace

std::optional<Error> warning_about(const net::Endpoint& admin, const std::string& token) {
  const bool local = admin.kind == net::Endpoint::Kind::unix_path || admin.host == "localhost" ||
                     admin.host.starts_with("127.") || admin.host == "::1";
  if (local || !token.empty()) return std::nullopt;
  return Error{.fault = &fault('W', 4022),
               .what = "the admin listener " + to_string(admin) + " is open to everybody who reaches it",
               .where = {},
               .notes = {},
               .help = {"set admin.token, or listen on 127.0.0.1"}};
}

AdminDesk::AdminDesk(admin::About about, const std::string& token, UniqueFd listening, loop::EventLoop& loop,
                     scoreboard::Board& board, const std::vector<app::PluginApp*>& apps, Log& log)
    : health_(apps),
      about_(std::move(about)),
      service_(board, about_, token),
      options_(options()),
      loop_(loop),
      serving_(loop, options_, service_, unwritten_, log, connections_),
      listener_(std::move(listening), serving_) {
  about_.problems = [this] { return health_.problems(); };
}

void AdminDesk::leave() {
  loop_.post([](void* desk) { static_cast<AdminDesk*>(desk)->listener_.close(true); }, this);
}

}  // namespace appserve::runtime
