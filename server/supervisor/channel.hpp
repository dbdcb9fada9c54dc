// One end of the socket between a supervisor and a worker: whole messages, with descriptors.
#pragma once
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "supervisor/message.hpp"

namespace appserve::supervisor {

class Channel {
 public:
  static constexpr std::size_t kMostDescriptors = 200;  // with one message; the kernel's limit is 253

  Channel() = default;
  explicit Channel(UniqueFd fd) : fd_(std::move(fd)) {}

  /// Two connected ends. Failure: errno.
  static Result<std::pair<Channel, Channel>, int> pair();

  /// False when it could not be handed to the other side: it is gone, or takes nothing any more. Never waits.
  bool send(const Message& message, std::span<const int> descriptors = {}) const;

  struct Received {
    enum class State : unsigned char { message, nothing, closed } state = State::nothing;
    Message message;
    std::vector<UniqueFd> descriptors;
  };
  /// The next message. Never waits. A message that is not understood is passed over.
  Received receive() const;
  /// Waits until there is something to receive.
  void wait() const;

  int fd() const { return fd_.get(); }
  explicit operator bool() const { return static_cast<bool>(fd_); }
  UniqueFd release() { return std::move(fd_); }

 private:
  UniqueFd fd_;
};

}  // namespace appserve::supervisor
