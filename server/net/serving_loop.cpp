#include "net/serving_loop.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "net/connection.hpp"
#include "net/exchange.hpp"
#include "net/proxy_greeting.hpp"

namespace appserve::net {
namespace {

constexpr std::size_t kRefusalsOverLimit = 64;  // connections that may wait to read their 503
constexpr std::size_t kLookedAt = 64;           // connections, for the one that has rested longest

// Eight hexadecimal digits, all at once: a nibble to an octet, then 0–9 to '0'–'9', 10–15 to 'a'–'f'.
std::array<char, 8> hex(std::uint32_t value) {
  std::uint64_t octets = value;
  octets = (octets << 16 | octets) & 0x0000ffff0000ffff;
  octets = (octets << 8 | octets) & 0x00ff00ff00ff00ff;
  octets = (octets << 4 | octets) & 0x0f0f0f0f0f0f0f0f;
  const std::uint64_t letters = (octets + 0x0606060606060606) >> 4 & 0x0101010101010101;
  octets += 0x3030303030303030 + letters * ('a' - '0' - 10);
  if constexpr (std::endian::native == std::endian::little) octets = __builtin_bswap64(octets);
  return std::bit_cast<std::array<char, 8>>(octets);
}

}  // namespace

ServingLoop::ServingLoop(loop::EventLoop& loop, const ConnectionOptions& options, service::Service& service,
                         service::Journal& journal, Log& log, std::atomic<std::size_t>& open)
    : loop_(loop),
      options_(options),
      service_(service),
      journal_(journal),
      log_(log),
      open_(open),
      common_(options.ident),
      read_buffer_(new char[kReadBuffer]),
      id_prefix_(hex(std::random_device{}())) {}

ServingLoop::~ServingLoop() = default;

void ServingLoop::serve(UniqueFd socket, std::string_view peer) {
  if (options_.proxy.accepted == http::ProxyProtocol::off)
    open(std::move(socket), peer);
  else if (options_.proxy.trusts(peer))
    greet(std::move(socket), peer);
  else
    turn_down(std::move(socket), peer, "only a trusted proxy may connect here");
}

void ServingLoop::greet(UniqueFd socket, std::string_view peer) {
  if (open_.load(std::memory_order_relaxed) >= options_.connections + kRefusalsOverLimit) return;
  try {
    greetings_.push_back(std::make_unique<ProxyGreeting>(*this, std::move(socket), peer));
  } catch (const std::exception& error) {  // no memory, or no more watches
    return log_.write(fault('E', 6008), error.what());
  }
  open_.fetch_add(1, std::memory_order_relaxed);
  ProxyGreeting& greeting = *greetings_.back();
  greeting.slot = greetings_.size() - 1;
  if (draining_) greeting.hurry();
}

void ServingLoop::greeted(ProxyGreeting& greeting, UniqueFd socket, std::string_view client, std::string_view refused) {
  open_.fetch_sub(1, std::memory_order_relaxed);  // the connection counts in its place
  if (refused.empty())
    open(std::move(socket), client);
  else
    turn_down(std::move(socket), client, refused);
  forget(greeting);
}

void ServingLoop::greeting_over(ProxyGreeting& greeting) {
  open_.fetch_sub(1, std::memory_order_relaxed);
  forget(greeting);
}

void ServingLoop::forget(ProxyGreeting& greeting) {
  const std::size_t slot = greeting.slot;
  std::swap(greetings_[slot], greetings_.back());
  greetings_[slot]->slot = slot;
  greetings_.pop_back();
  tell_if_idle();
}

// 400, and W6012 once a minute.
void ServingLoop::turn_down(UniqueFd socket, std::string_view peer, std::string_view why) {
  constexpr auto kQuiet = std::chrono::minutes(1);
  if (turned_down_told_ == Time{} || loop_.now() >= turned_down_told_ + kQuiet) {
    turned_down_told_ = loop_.now();
    log_.write(fault('W', 6012), "refused " + std::string(peer) + ": " + std::string(why) +
                                     " (proxy.protocol is on; said once a minute)");
  }
  open(std::move(socket), peer, why);
}

// Not when there is no room. `refused`: why this client is answered 400 at once.
void ServingLoop::open(UniqueFd socket, std::string_view peer, std::string_view refused) {
  std::size_t open = open_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (open > options_.connections && make_room()) --open;
  if (open > options_.connections + kRefusalsOverLimit) {
    open_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  try {
    live_.push_back(std::make_unique<Connection>(*this, std::move(socket), peer));
  } catch (const std::bad_alloc& error) {
    open_.fetch_sub(1, std::memory_order_relaxed);
    return log_.write(fault('E', 6008), error.what());
  }
  Connection& connection = *live_.back();
  connection.slot = static_cast<std::uint32_t>(live_.size() - 1);
  journal_.connected();
  if (draining_) connection.drain();
  if (open > options_.connections) return connection.refuse({503, "the server has no connection to spare"});
  if (!refused.empty()) return connection.refuse({400, refused});
  connection.begin();
}

// Ends the connection that has rested longest of the next few: a newcomer has a request, they may have none any more.
// What a search costs does not grow with the connections.
bool ServingLoop::make_room() {
  Connection* longest = nullptr;
  Time since = Time::max();
  for (std::size_t n = std::min(kLookedAt, live_.size()); n > 0; --n) {
    hand_ = hand_ + 1 < live_.size() ? hand_ + 1 : 0;
    const std::optional<Time> resting = live_[hand_]->resting_since();
    if (!resting || *resting >= since || live_[hand_]->has_unread()) continue;
    longest = live_[hand_].get();
    since = *resting;
  }
  if (longest == nullptr) return false;
  longest->cut();
  return true;
}

void ServingLoop::drain(bool succeeded) {
  draining_ = true;
  succeeded_ = succeeded;
  for (const auto& greeting : greetings_) greeting->hurry();
  for (std::size_t i = live_.size(); i-- > 0;) live_[i]->drain();
  tell_if_idle();
}

void ServingLoop::cut() {
  while (!greetings_.empty()) greeting_over(*greetings_.back());
  while (!live_.empty()) live_.back()->cut();
}

void ServingLoop::when_idle(void (*fn)(void* arg), void* arg) {
  idle_fn_ = fn;
  idle_arg_ = arg;
  tell_if_idle();
}

void ServingLoop::tell_if_idle() {
  if (idle_fn_ != nullptr && greetings_.empty() && live_.empty() && retired_.empty() && exchanges_out_ == stuck_)
    std::exchange(idle_fn_, nullptr)(idle_arg_);
}

void ServingLoop::handler_stuck(int change) {
  stuck_ += static_cast<std::size_t>(change);
  if (stuck_fn_ != nullptr) stuck_fn_(stuck_arg_, change);
  if (change > 0) tell_if_idle();
}

void ServingLoop::make_id(std::span<char, 16> id) {
  std::ranges::copy(id_prefix_, id.begin());
  const std::array digits{id_prefix_, hex(id_next_++)};
  std::memcpy(id.data(), digits.data(), id.size());
}

Exchange& ServingLoop::take_exchange() {
  ++exchanges_out_;
  if (spare_.empty()) return *new Exchange(*this);
  Exchange* exchange = spare_.back().release();
  spare_.pop_back();
  return *exchange;
}

void ServingLoop::give_back(Exchange& exchange) {
  --exchanges_out_;
  std::unique_ptr<Exchange> owned(&exchange);
  if (spare_.size() < kSpareExchanges) spare_.push_back(std::move(owned));
  tell_if_idle();
}

void ServingLoop::retire(Connection& connection) {
  open_.fetch_sub(1, std::memory_order_relaxed);
  journal_.disconnected();
  const std::uint32_t slot = connection.slot;
  if (retired_.empty()) bury_soon();
  retired_.push_back(std::move(live_[slot]));
  if (slot + 1 != live_.size()) {
    live_[slot] = std::move(live_.back());
    live_[slot]->slot = slot;
  }
  live_.pop_back();
}

void ServingLoop::bury_soon() {
  loop_.post([](void* arg) { static_cast<ServingLoop*>(arg)->bury(); }, this);
}

void ServingLoop::bury() {
  std::erase_if(retired_, [](const auto& connection) { return !connection->awaited(); });
  if (!retired_.empty()) bury_soon();
  tell_if_idle();
}

}  // namespace appserve::net
