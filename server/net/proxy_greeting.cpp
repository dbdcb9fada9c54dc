#include "net/proxy_greeting.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "net/serving_loop.hpp"

namespace appserve::net {
namespace {

constexpr std::chrono::milliseconds kHurry{250};

}  // namespace

ProxyGreeting::ProxyGreeting(ServingLoop& home, UniqueFd socket, std::string_view peer)
    : home_(home),
      socket_(std::move(socket)),
      token_(home.loop().poller().add(socket_.get(), EPOLLIN, *this)),
      peer_(peer) {
  home_.loop().wheel().arm(*this, home_.loop().now() + home_.options().timeouts.head);
}

ProxyGreeting::~ProxyGreeting() {
  if (socket_) home_.loop().poller().remove(token_, socket_.get());
}

void ProxyGreeting::hurry() { home_.loop().wheel().arm(*this, home_.loop().now() + kHurry); }

void ProxyGreeting::on_events(std::uint32_t) {
  std::array<char, http::kLongestProxyHeader> seen;  // NOLINT: filled by the kernel
  const ssize_t got = ::recv(socket_.get(), seen.data(), seen.size() - bytes_.size(), MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return home_.greeting_over(*this);
  const std::size_t before = bytes_.size();
  bytes_.append(seen.data(), static_cast<std::size_t>(got));
  const http::ProxyHeader header = http::read_proxy_header(bytes_, home_.options().proxy.accepted);
  const bool refused = header.state == http::ProxyHeader::State::refused;
  if (!refused) {
    const bool complete = header.state == http::ProxyHeader::State::complete;
    const std::size_t ours = complete ? header.size - before : static_cast<std::size_t>(got);
    if (::recv(socket_.get(), seen.data(), ours, 0) != static_cast<ssize_t>(ours)) return home_.greeting_over(*this);
    if (!complete) return;
  }
  home_.loop().poller().remove(token_, socket_.get());
  UniqueFd socket = std::move(socket_);
  const std::string client = header.client.empty() ? std::move(peer_) : header.client;
  home_.greeted(*this, std::move(socket), client, header.why);
}

void ProxyGreeting::on_deadline() { home_.greeting_over(*this); }

}  // namespace appserve::net
