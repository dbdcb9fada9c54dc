// A worker's place in life as its supervisor gave it: the channel, and what came over it before any work begins.
#pragma once
#include <optional>
#include <string>

#include "supervisor/channel.hpp"

namespace appserve::supervisor {

/// Says which descriptor the channel is; only a supervisor sets it.
inline constexpr const char* kWorkerVariable = "APPSERVE_WORKER";

class Post {
 public:
  /// For a process that a supervisor started: takes the channel over and waits for Start. None for any other process. A
  /// worker leaves the terminal's signals to its supervisor, and is the first the kernel ends when memory is short.
  static std::optional<Post> inherited();

  /// False when the supervisor is gone already: there is nothing to do.
  bool wanted() const { return wanted_; }
  const Start& start() const { return start_; }
  /// The bytes of the configuration file of this worker's generation, if it has one.
  const std::optional<std::string>& config() const { return config_; }
  /// Where the reason of a sudden end may be written.
  int last_words() const { return last_words_.get(); }
  /// Shared with the supervisor; -1: none.
  int scoreboard() const { return scoreboard_.get(); }
  /// A socket that listens, shared with other workers; -1: none.
  int admin() const { return admin_.get(); }

  const Channel& channel() const { return channel_; }

 private:
  explicit Post(UniqueFd channel) : channel_(std::move(channel)) {}
  void receive_start();

  Channel channel_;
  Start start_;
  std::optional<std::string> config_;
  UniqueFd last_words_, scoreboard_, admin_;
  bool wanted_ = false;
};

}  // namespace appserve::supervisor
