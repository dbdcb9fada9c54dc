#include "watch.hpp"

#include <utility>

namespace appserve {
namespace {

constexpr int kAdminBacklog = 128;

}  // namespace

Result<std::optional<net::BoundSocket>, Errors> bind_admin(const config::Settings& settings,
                                                           const net::GivenSockets& given, Log& log) {
  if (!settings.admin) return std::nullopt;
  if (const auto warning = runtime::warning_about(*settings.admin, settings.admin_token))
    log.write(*warning->fault, warning->what + "; " + warning->help.front());
  Errors notes;
  auto bound = net::BoundSocket::bind(*settings.admin, 1, notes, given);
  for (const Error& note : notes) log.write(*note.fault, note.what);
  if (!bound) return Failure<Errors>(Errors{std::move(bound.error())});
  if (auto listening = bound->front().listen(kAdminBacklog); !listening)
    return Failure<Errors>(Errors{std::move(listening.error())});
  return std::move(bound->front());
}

void Watch::begin(runtime::LoopPool& loops, const std::vector<app::PluginApp*>& apps, Seat seat) {
  board_.emplace(std::move(seat.board));
  slot_ = seat.place;
  options_ = {.access_log = settings_.access_log,
              .access_format = settings_.access_format,
              .access_skip = settings_.access_skip};
  journals_.emplace(options_, loops, *board_, slot_, log_);
  if (seat.admin)
    desk_.emplace(about(), settings_.admin_token, std::move(seat.admin), *loops.loops().front(), *board_, apps, log_);
}

void Watch::draining(bool others_accept) {
  if (slot_ < scoreboard::kWorkers) board_->worker(slot_).state.store(scoreboard::WorkerState::draining);
  if (others_accept && desk_) desk_->leave();
}

admin::About Watch::about() const {
  admin::About about{.version = APPSERVE_VERSION, .instance = settings_.instance, .settings = {}, .problems = {}};
  for (const config::EffectiveValue& value : settings_.effective)
    about.settings.push_back({value.path, value.value, value.origin});
  return about;
}

}  // namespace appserve
