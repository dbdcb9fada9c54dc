#include "net/sender.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "base/unique_fd.hpp"

using namespace appserve;
using net::IoResult;
using net::Sender;
using service::Piece;

namespace {

struct Pair {
  Pair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    near = UniqueFd(fds[0]);
    far = UniqueFd(fds[1]);
  }
  std::string read() const {
    std::string all(1 << 20, '\0');
    const ssize_t n = ::recv(far.get(), all.data(), all.size(), 0);
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }
  UniqueFd near, far;
};

struct Lender {
  std::string text;
  int released = 0;
  Piece piece() {
    return {.data = text, .release = [](void* arg) { ++static_cast<Lender*>(arg)->released; }, .arg = this};
  }
};

http::Machine::Frame chunk(std::string_view line, std::string_view data) {
  http::Machine::Frame frame{.data = data, .suffix = "\r\n"};
  frame.line.size = static_cast<std::uint8_t>(line.copy(frame.line.octets.data(), frame.line.octets.size()));
  return frame;
}

}  // namespace

TEST_CASE("bytes leave at once, and those the socket does not take follow in order") {
  const Pair pair;
  Sender sender;
  const std::string first(500'000, 'a');
  REQUIRE(sender.send(pair.near.get(), first));
  CHECK(sender.waiting());
  REQUIRE(sender.send(pair.near.get(), "the end"));
  std::string got;
  while (sender.waiting()) {
    got += pair.read();
    CHECK(sender.resume(pair.near.get()).state != IoResult::State::closed);
  }
  got += pair.read();
  CHECK((got == first + "the end"));
}

TEST_CASE("a frame's content is lent to the socket and given back when it has left") {
  const Pair pair;
  Sender sender;
  Lender lender{.text = std::string(500'000, 'x')};
  REQUIRE(sender.send(pair.near.get(), "head", chunk("7a120\r\n", lender.text), lender.piece()));
  CHECK(sender.waiting());
  CHECK(lender.released == 0);
  std::string got;
  while (sender.waiting()) {
    got += pair.read();
    sender.resume(pair.near.get());
  }
  got += pair.read();
  CHECK(lender.released == 1);
  CHECK((got == "head7a120\r\n" + lender.text + "\r\n"));
}

TEST_CASE("a broken connection is told, and the piece comes back") {
  Pair pair;
  pair.far.reset();
  Sender sender;
  Lender lender{.text = "content"};
  CHECK_FALSE(sender.send(pair.near.get(), "head"));
  CHECK_FALSE(sender.send(pair.near.get(), "head", {.data = lender.text}, lender.piece()));
  CHECK(lender.released == 1);
  CHECK_FALSE(sender.waiting());
}
