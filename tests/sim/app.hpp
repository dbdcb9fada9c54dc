// The simulated app: does with each request what its plan says, in every way the seam allows, and checks the seam's
// promises on its side.
#pragma once
#include <vector>

#include "service/service.hpp"
#include "sim/plan.hpp"

namespace appserve::sim {

class App : public service::Service {
 public:
  /// `plans` by their numbers; they outlive the app.
  explicit App(const std::vector<Plan>& plans) : plans_(plans) {}

  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

  /// Handlers that have not released their request.
  std::size_t running() const { return running_; }
  /// Pieces lent and not given back.
  std::size_t lent() const { return lent_; }
  bool was_called(unsigned number) const { return number < called_.size() && called_[number]; }

 private:
  friend class Handler;
  const std::vector<Plan>& plans_;
  std::vector<bool> called_;
  std::size_t running_ = 0, lent_ = 0;
};

}  // namespace appserve::sim
