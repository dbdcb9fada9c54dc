#include "watch.hpp"

#include <unistd.h>

#include <utility>

namespace appserve {
namespace {

constexpr int kAdminBacklog = 128;

}  // namespace

Result<std::optional<net::BoundSocket>, Errors> bind_admin(const config::Settings& settings, Log& log) {
  if (!settings.admin) return std::nullopt;
  if (const auto warning = runtime::warning_about(*settings.admin, settings.admin_token))
    log.write(*warning->fault, warning->what + "; " + warning->help.front());
  Errors notes;
  auto bound = net::BoundSocket::bind(*settings.admin, 1, notes);
  for (const Error& note : notes) log.write(*note.fault, note.what);
  if (!bound) return Failure<Errors>(Errors{std::move(bound.error())});
  return std::move(bound->front());
}

Result<void, Errors> Watch::begin(runtime::LoopPool& loops, const std::vector<app::PluginApp*>& apps) {
  auto board = scoreboard::Board::create(loops.loops().size());
  if (!board) return Failure<Errors>(Errors{std::move(board.error())});
  board_.emplace(*std::move(board));
  slot_ = board_->claim_worker();
  board_->worker(slot_).pid.set(::getpid());
  board_->worker(slot_).state.store(scoreboard::WorkerState::serving);
  options_ = {.access_log = settings_.access_log,
              .access_format = settings_.access_format,
              .access_skip = settings_.access_skip};
  journals_.emplace(options_, loops, *board_, slot_, log_);
  if (!admin_) return {};
  if (auto listening = admin_->listen(kAdminBacklog); !listening)
    return Failure<Errors>(Errors{std::move(listening.error())});
  desk_.emplace(about(), settings_.admin_token, admin_->take(0), *loops.loops().front(), *board_, apps, log_);
  return {};
}

admin::About Watch::about() const {
  admin::About about{.version = APPSERVE_VERSION, .instance = settings_.instance, .settings = {}, .problems = {}};
  for (const config::EffectiveValue& value : settings_.effective)
    about.settings.push_back({value.path, value.value, value.origin});
  return about;
}

}  // namespace appserve
