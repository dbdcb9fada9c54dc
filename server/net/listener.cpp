#include "net/listener.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "net/peer_name.hpp"

namespace appserve::net {
namespace {

using namespace std::chrono_literals;

constexpr int kAcceptsPerTurn = 64;
constexpr auto kLongestTurn = 1ms;               // of newcomers' requests, before those of other clients
constexpr unsigned kTcpFlags = 13, kAck = 0x10;  // the flags' offset in a TCP header, and one of them
constexpr auto kRest = 100ms;
constexpr std::string_view kNoRoom =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

UniqueFd open_reserve() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Listener::Listener(UniqueFd socket, ServingLoop& serving)
    : socket_(std::move(socket)),
      serving_(serving),
      token_(serving.loop().poller().add(socket_.get(), EPOLLIN, *this)),
      reserve_(open_reserve()) {}

Listener::~Listener() {
  if (socket_) serving_.loop().poller().remove(token_, socket_.get());
}

// A client whose handshake completes when we have looked for the last time would be reset. So newcomers' first packets
// are dropped from now on: they try again in a second, and are refused then.
void Listener::last_call() {
  std::array<sock_filter, 4> drop_first_packets{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kTcpFlags),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kAck, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF),
  }};
  const sock_fprog program{drop_first_packets.size(), drop_first_packets.data()};
  if (socket_) ::setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void Listener::close(bool others_accept) {
  if (!socket_) return;
  while (!others_accept && accept_one()) {
  }
  disarm();
  serving_.loop().poller().remove(token_, socket_.get());
  socket_.reset();
}

// As many as came last time, or twice as many as long as there are: asking once too often costs a system call, and here
// a turn comes again for those that wait. Fewer when their requests take long: other clients have theirs.
void Listener::on_events(std::uint32_t) {
  int accepted = 0;
  const Time until = Clock::now() + kLongestTurn;
  while (accepted < at_once_ && accept_one())
    if (++accepted < at_once_ && Clock::now() >= until) break;
  at_once_ = accepted < at_once_ ? std::max(1, accepted) : std::min(2 * at_once_, kAcceptsPerTurn);
}

void Listener::on_deadline() { serving_.loop().poller().modify(token_, socket_.get(), EPOLLIN); }

// True when there may be another.
bool Listener::accept_one() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd client(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client) {
    serving_.serve(std::move(client), peer_name(address).view());
    return true;
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    turn_away();
    return false;
  }
  return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
}

// No descriptors: the queue's first clients are told so with the reserve, then the listener rests.
void Listener::turn_away() {
  serving_.log().write(fault('W', 4011), "out of file descriptors: newcomers get 503; raise LimitNOFILE or ulimit -n");
  for (int i = 0; i < kAcceptsPerTurn && reserve_; ++i) {
    reserve_.reset();
    const UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      char unread[4096];  // unread bytes would turn our close into a reset
      while (::recv(client.get(), unread, sizeof unread, MSG_DONTWAIT) > 0) {
      }
      ::send(client.get(), kNoRoom.data(), kNoRoom.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      ::shutdown(client.get(), SHUT_WR);
    } else {
      i = kAcceptsPerTurn;
    }
    const_cast<UniqueFd&>(client).reset();
    reserve_ = open_reserve();
  }
  serving_.loop().poller().modify(token_, socket_.get(), 0);
  serving_.loop().wheel().arm(*this, serving_.loop().now() + kRest);
}

}  // namespace appserve::net
