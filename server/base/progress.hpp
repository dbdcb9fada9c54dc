// Shows that what takes long goes on: on a terminal one line that counts its seconds in place, elsewhere a line now and
// then. What is done soon is not mentioned.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace appserve {

/// What a terminal that takes ANSI sequences does before a line that may come in the place of such a count.
inline constexpr std::string_view kClearLine = "\r\033[K";

class Progress {
 public:
  struct Work {
    std::string label;  // "loading"
    std::string text;   // "libgame.so"
  };
  using Tell = std::function<void(std::string_view label, const std::string& text)>;

  /// `in_place`: standard error is a terminal that takes ANSI sequences. Else `tell` gets the lines; null: nobody does.
  explicit Progress(bool in_place, Tell tell = {});
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { done(); }

  /// This is what goes on now. Seconds are counted from the first of these calls, until done().
  void at(const Work& work, Time now);
  /// Nothing goes on any more; the line is taken away.
  void done();
  /// When to call at() again at the latest.
  std::optional<Time> next() const { return next_; }

 private:
  const bool in_place_;
  const Tell tell_;
  std::optional<Time> began_, next_;
  std::string shown_;  // what stands on the terminal
};

}  // namespace appserve
