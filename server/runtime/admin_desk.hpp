// The admin listener of a worker: its own small server on the first loop, beside the one for everybody.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "admin/admin_service.hpp"
#include "net/bound_socket.hpp"
#include "net/listener.hpp"
#include "net/serving_loop.hpp"
#include "runtime/health_watch.hpp"

namespace appserve::runtime {

/// W4022 when whoever reaches the address may read everything.
std::optional<Error> warning_about(const net::Endpoint& admin, const std::string& token);

class AdminDesk {
 public:
  /// Before the loop runs; everything given outlives it. It answers until the loop stops: also while the server drains.
  AdminDesk(admin::About about, const std::string& token, UniqueFd listening, loop::EventLoop& loop,
            scoreboard::Board& board, const std::vector<app::PluginApp*>& apps, Log& log);

  /// [any thread] Others accept from the socket now; who is connected is still answered.
  void leave();

 private:
  HealthWatch health_;
  admin::About about_;
  admin::AdminService service_;
  net::ConnectionOptions options_;
  service::Journal unwritten_;  // who asks here is not logged
  loop::EventLoop& loop_;
  std::atomic<std::size_t> connections_ = 0;
  net::ServingLoop serving_;
  net::Listener listener_;
};

}  // namespace appserve::runtime
