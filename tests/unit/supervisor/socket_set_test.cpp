#include "supervisor/socket_set.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "unit/supervisor/sockets.hpp"

using namespace appserve::supervisor;
using namespace appserve::supervisor::test;

namespace {

std::vector<std::uint32_t> ids(const SocketSet::Share& share) {
  std::vector<std::uint32_t> ids;
  for (const Take::Socket& socket : share.sockets) ids.push_back(socket.id);
  return ids;
}

using Ids = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("sockets are dealt to the slots, and within a worker to its loops") {
  SocketSet set;
  CHECK(set.become(addresses(address(":80", 4)), 16).empty());
  const auto shares = set.deal({true, true});
  REQUIRE(shares.size() == 2);
  CHECK(ids(shares[0]) == Ids{1, 3});
  CHECK(ids(shares[1]) == Ids{2, 4});
  CHECK(shares[0].sockets[0].loop == 0);
  CHECK(shares[0].sockets[1].loop == 1);
  CHECK(std::ranges::all_of(shares[0].descriptors, listens));
}

TEST_CASE("a slot without a worker is no black hole: its siblings accept for it") {
  SocketSet set;
  set.become(addresses(address(":80", 6)), 16);
  const auto shares = set.deal({true, false, true});
  CHECK(ids(shares[0]).size() + ids(shares[2]).size() == 6);
  CHECK(ids(shares[1]).empty());
  CHECK(set.deal({false, false, false}).size() == 3);
}

TEST_CASE("a shared socket belongs to every worker") {
  SocketSet set;
  set.become(addresses(address("unix:/s", 1, true)), 16);
  const auto shares = set.deal({true, false, true});
  CHECK(ids(shares[0]) == Ids{1});
  CHECK(ids(shares[1]).empty());
  CHECK(ids(shares[2]) == Ids{1});
  CHECK(shares[0].sockets[0].shared);
}

TEST_CASE("an address that stays keeps its sockets, one that leaves closes, a new one listens") {
  SocketSet set;
  std::vector<Address> two = addresses(address(":80", 1));
  two.push_back(address(":81", 1));
  set.become(std::move(two), 16);
  const int kept = set.find(":81", ":81")->sockets[0].fd.get();

  CHECK(set.missing(address(":81", 0), 2) == 1);
  CHECK(set.missing(address(":81", 1), 2) == 0);
  CHECK(set.missing(address(":82", 0), 2) == 2);
  CHECK(set.missing(address("unix:/s", 1, true), 2) == 0);

  std::vector<Address> next = addresses(address(":81", 1));
  next.push_back(address(":82", 1));
  set.become(std::move(next), 16);
  CHECK(set.find(":80", ":80") == nullptr);
  REQUIRE(set.find(":81", ":81")->sockets.size() == 2);
  CHECK(set.find(":81", ":81")->sockets[0].fd.get() == kept);
  CHECK(set.find(":81", ":81")->sockets[0].id == 2);
  CHECK(listens(set.find(":82", ":82")->sockets[0].fd.get()));
}
