#include "live.hpp"

#include <appserve/json.hpp>
#include <utility>

#include "views.hpp"

namespace tictactoe {
namespace {

constexpr std::chrono::seconds kReconnectAfter{1};

}  // namespace

News News::of(const Room& room) { return {.version = room.version, .state = appserve::to_json(view_of(room))}; }

void Live::tell(const Change& change) {
  if (change.room)
    topics_.publish(change.id, News::of(*change.room));
  else if (!change.id.empty())
    topics_.publish(change.id, {.gone = true});
  else
    topics_.publish_all({.again = true});
}

namespace {

/// Nothing when the store is out of reach: when it is back, we are told to look again.
appserve::Task<std::optional<News>> look(Rooms& rooms, std::string id) try {
  const auto found = co_await rooms.find(std::move(id));
  const auto* room = std::get_if<Room>(&found);
  co_return room ? News::of(*room) : News{.gone = true};
} catch (const StoreError&) {
  co_return std::nullopt;
}

}  // namespace

appserve::Task<> stream_news(appserve::Stream& out, Rooms& rooms, std::string id, Live::Subscription& news, News first,
                             bool has_first) {
  co_await out.retry(kReconnectAfter);
  std::int64_t seen = has_first ? first.version : 0;
  for (std::optional<News> next = std::move(first); next; next = co_await news.next()) {
    if (next->again) next = co_await look(rooms, id);
    if (!next) continue;
    if (next->gone) {
      co_await out.event("{}", "gone");
      co_return;
    }
    if (next->version <= seen) continue;
    seen = next->version;
    co_await out.event(next->state, "state", std::to_string(seen));
  }
}

}  // namespace tictactoe
