#include "runtime/orders.hpp"

#include <fcntl.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace appserve::runtime {

using supervisor::Channel;

Orders::Orders(Server& server, const Channel& channel, std::function<void()> reopen)
    : server_(server),
      channel_(channel),
      reopen_(std::move(reopen)),
      readable_(server.control(), ::fcntl(channel.fd(), F_DUPFD_CLOEXEC, 3)) {}

void Orders::listen() { asio::co_spawn(server_.control(), obey(), asio::detached); }

asio::awaitable<void> Orders::obey() {
  for (;;) {
    asio::error_code error;
    co_await readable_.async_wait(asio::posix::descriptor_base::wait_read,
                                  asio::redirect_error(asio::use_awaitable, error));
    if (error || !receive_all()) co_return;
  }
}

// False when there is nobody at the other end any more.
bool Orders::receive_all() {
  for (;;) {
    Channel::Received received = channel_.receive();
    if (received.state == Channel::Received::State::nothing) return true;
    if (received.state == Channel::Received::State::closed) {
      server_.stop({}, false);
      return false;
    }
    handle(received);
  }
}

void Orders::handle(Channel::Received& received) {
  using namespace supervisor;
  if (const auto* sockets = std::get_if<Take>(&received.message))
    take(*sockets, received.descriptors);
  else if (const auto* left = std::get_if<Leave>(&received.message))
    for (const std::uint32_t id : left->ids) server_.leave(id);
  else if (const auto* drain = std::get_if<Drain>(&received.message))
    server_.stop(drain->delay, drain->others_accept);
  else if (std::holds_alternative<Cut>(received.message))
    server_.stop_now();
  else if (std::holds_alternative<Reopen>(received.message))
    reopen_();
}

void Orders::take(const supervisor::Take& take, std::vector<UniqueFd>& descriptors) {
  for (std::size_t i = 0; i < std::min(take.sockets.size(), descriptors.size()); ++i) {
    const supervisor::Take::Socket& place = take.sockets[i];
    server_.accept_from({place.id, place.loop, place.shared, std::move(descriptors[i]), place.given});
  }
}

}  // namespace appserve::runtime
