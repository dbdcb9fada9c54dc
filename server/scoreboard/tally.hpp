// One loop's pen: writes what happens on the loop into its lane. Some nanoseconds per call, nothing waits.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/same_text.hpp"
#include "scoreboard/board.hpp"

namespace appserve::scoreboard {

/// Of one exchange, between begin() and end().
struct Ticket {
  static constexpr std::uint16_t kUnshown = 0xFFFF;
  std::uint32_t row = kOther;
  std::uint16_t flight = kUnshown;
};

enum class Ending : std::uint8_t { answered, left, cut, refused };  // as in Row

class Tally {
 public:
  /// For loop `loop` of the worker in `slot`; the board outlives it. [home], like everything here.
  Tally(Board& board, std::size_t slot, unsigned loop);
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  /// `bytes_in` of the head. Texts are copied, and cut where they are longer than their cell.
  Ticket begin(std::string_view method, std::string_view target, std::string_view id, std::string_view peer,
               Time since);
  /// The app and the route are known; "" where there is none. May come again.
  void name(Ticket& ticket, std::string_view app, std::string_view route);
  /// status 0: no answer began.
  void end(const Ticket& ticket, Ending how, int status, std::uint64_t bytes_in, std::uint64_t bytes_out,
           Duration took);

  void connected();
  void disconnected() { lane_->connections.add(-1); }
  void access_lines_dropped(std::uint64_t lines) { lane_->access_dropped.add(lines); }
  /// The loop is alive; the turn that says so came late by `lag`.
  void beat(Time now, Duration lag);

 private:
  struct Known {
    std::string app, route;
    std::uint32_t row;

    bool is(std::string_view other_app, std::string_view other_route) const {
      return same_text(route, other_route) && same_text(app, other_app);
    }
  };

  std::uint32_t row_of(std::string_view app, std::string_view route);
  [[gnu::noinline]] std::uint32_t learn(std::string_view app, std::string_view route);

  Board& board_;
  std::unique_ptr<Lane> own_;  // where there was no lane left: counted, but nobody reads it
  Lane* lane_;
  std::vector<std::uint16_t> free_flights_;
  std::vector<std::unique_ptr<const Known>> known_;  // what is asked for often comes to the front
  bool table_full_ = false;
};

}  // namespace appserve::scoreboard
