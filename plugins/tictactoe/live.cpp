#include "live.hpp"

#include <appserve/json.hpp>
#include <utility>

#include "views.hpp"

namespace tictactoe {
namespace {

constexpr std::chrono::seconds kReconnectAfter{1};

}  // namespace

News News::of(const Room& room) { return {.version = room.version, .state = appserve::to_json(view_of(room))}; }

appserve::Task<> stream_news(appserve::Stream& out, Live::Subscription& news, News first, bool has_first) {
  co_await out.retry(kReconnectAfter);
  std::int64_t seen = has_first ? first.version : 0;
  for (std::optional<News> next = std::move(first); next; next = co_await news.next()) {
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
