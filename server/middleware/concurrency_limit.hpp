// A bulkhead around one app: at most n requests in flight; the rest are told to come back (503, Retry-After) before the
// app sees them, so that trying elsewhere is safe.
#pragma once
#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "service/service.hpp"

namespace appserve::middleware {

class ConcurrencyLimit : public service::Service {
 public:
  /// `app` outlives the limit; `most` > 0 counts over all loops. `log` (null: none) is told once a minute at most, with
  /// `name`: "libgame.so:app at /game".
  ConcurrencyLimit(service::Service& app, std::size_t most, Log* log = nullptr, std::string name = {})
      : app_(app), most_(most), log_(log), name_(std::move(name)) {}

  void call(service::Request& request, service::ResponseWriter& response) noexcept override;

 private:
  class Ticket;
  void turned_away(Time now) noexcept;

  service::Service& app_;
  const std::size_t most_;
  Log* const log_;
  const std::string name_;
  std::atomic<std::size_t> in_flight_ = 0;
  std::atomic<std::size_t> turned_away_ = 0;  // since the last line
  std::atomic<Time> next_line_ = Time{};
};

}  // namespace appserve::middleware
