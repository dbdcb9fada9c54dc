#include "supervisor/channel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace appserve;
using namespace appserve::supervisor;
using State = Channel::Received::State;

TEST_CASE("messages arrive one by one, with their descriptors") {
  auto ends = Channel::pair();
  REQUIRE(ends);
  auto& [ours, theirs] = *ends;
  CHECK(theirs.receive().state == State::nothing);

  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const UniqueFd out(pipe[0]), in(pipe[1]);
  REQUIRE(ours.send(Take{{{1, 0, false}, {2, 0, false}}}, pipe));
  REQUIRE(ours.send(Ready{}));

  Channel::Received first = theirs.receive();
  REQUIRE(first.state == State::message);
  CHECK(std::holds_alternative<Take>(first.message));
  REQUIRE(first.descriptors.size() == 2);
  CHECK((::fcntl(first.descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(first.descriptors[1].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(pipe[0], &byte, 1) == 1);
  const Channel::Received second = theirs.receive();
  CHECK(std::holds_alternative<Ready>(second.message));
  CHECK(second.descriptors.empty());
}

TEST_CASE("the other end's leaving is told, after what it said before") {
  auto ends = Channel::pair();
  REQUIRE(ends);
  REQUIRE(ends->first.send(Ready{}));
  ends->first = {};
  CHECK(ends->second.receive().state == State::message);
  CHECK(ends->second.receive().state == State::closed);
  CHECK_FALSE(ends->second.send(Ready{}));
}

TEST_CASE("one who takes nothing does not make the other wait") {
  auto ends = Channel::pair();
  REQUIRE(ends);
  int sent = 0;
  while (sent < 1'000'000 && ends->first.send(Ready{})) ++sent;
  CHECK(sent > 0);
  CHECK(sent < 1'000'000);
}

TEST_CASE("what is not understood is passed over") {
  auto ends = Channel::pair();
  REQUIRE(ends);
  REQUIRE(::send(ends->first.fd(), "noise", 5, 0) == 5);
  REQUIRE(ends->first.send(Cut{}));
  CHECK(std::holds_alternative<Cut>(ends->second.receive().message));
}
