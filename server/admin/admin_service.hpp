// What the admin listener serves: metrics, health and the status page. Reads the scoreboard, which all workers share,
// so any worker answers for all. Changes nothing.
#pragma once
#include <string>

#include "admin/about.hpp"
#include "scoreboard/board.hpp"
#include "service/service.hpp"

namespace appserve::admin {

class AdminService final : public service::Service {
 public:
  /// Board and about outlive it. `token`: what a bearer must show for all but /livez and /readyz; empty: nothing.
  AdminService(scoreboard::Board& board, const About& about, std::string token)
      : board_(board), about_(about), token_(std::move(token)) {}

  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  bool allowed(const service::Request& request) const;
  void answer(const service::Request& request, service::ResponseWriter& response);

  scoreboard::Board& board_;
  const About& about_;
  const std::string token_;
};

}  // namespace appserve::admin
