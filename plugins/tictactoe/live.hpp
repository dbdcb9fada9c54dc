// News for those who watch a room: the store tells of a change, and every viewer in this process is woken, on its loop.
#pragma once
#include <appserve/broadcast.hpp>
#include <cstdint>
#include <string>

#include "rooms.hpp"

namespace tictactoe {

struct News {
  std::int64_t version = 0;
  std::string state;   // the room as JSON
  bool gone = false;   // deleted: nothing more will come
  bool again = false;  // something may have been missed: look for yourself

  static News of(const Room& room);
};

/// Any thread. Two changes may be told in the wrong order: viewers skip what is older than what they have seen.
class Live {
 public:
  using Subscription = appserve::Subscription<News>;

  void tell(const Change& change);
  Subscription watch(const std::string& room_id) { return topics_.subscribe(room_id); }

 private:
  appserve::Topics<News> topics_;
};

/// A viewer's stream: `first` unless the viewer has it already, then all news, until the room is deleted.
appserve::Task<> stream_news(appserve::Stream& out, Rooms& rooms, std::string id, Live::Subscription& news, News first,
                             bool has_first);

}  // namespace tictactoe
