#include "net/outbox.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <array>

using namespace appserve;
using net::Outbox;
using service::Piece;

namespace {

struct Lender {
  std::string text;
  int released = 0;
  Piece piece() {
    return {.data = text, .release = [](void* arg) { ++static_cast<Lender*>(arg)->released; }, .arg = this};
  }
};

// What would be sent now.
std::string front(const Outbox& outbox) {
  std::array<iovec, 8> parts{};
  std::string all;
  for (const iovec& part : outbox.front(parts)) all.append(static_cast<const char*>(part.iov_base), part.iov_len);
  return all;
}

}  // namespace

TEST_CASE("copies and borrowed pieces leave in order, and each piece is released when its last byte is sent") {
  Lender a{"aaaa"}, b{"bbbb"};
  Outbox outbox;
  outbox.copy("12");
  outbox.copy("34");
  outbox.borrow(a.text, a.piece());
  outbox.copy("--");
  outbox.borrow(std::string_view(b.text).substr(1), b.piece());
  CHECK(front(outbox) == "1234aaaa--bbb");
  outbox.consume(3);
  CHECK(front(outbox) == "4aaaa--bbb");
  outbox.consume(4);
  CHECK(a.released == 0);
  outbox.consume(1);
  CHECK(a.released == 1);
  CHECK(front(outbox) == "--bbb");
  outbox.consume(5);
  CHECK(b.released == 1);
  CHECK(outbox.empty());
}

TEST_CASE("owning releases what is borrowed at once, and the bytes stay") {
  Lender a{"aaaa"};
  Outbox outbox;
  outbox.borrow(a.text, a.piece());
  outbox.consume(1);
  outbox.own_all();
  CHECK(a.released == 1);
  a.text = "gone";
  CHECK(front(outbox) == "aaa");
  outbox.consume(3);
  CHECK(a.released == 1);
  CHECK(outbox.empty());
}

TEST_CASE("clearing releases everything once") {
  Lender a{"aaaa"};
  {
    Outbox outbox;
    outbox.borrow(a.text, a.piece());
    outbox.clear();
    CHECK(a.released == 1);
    CHECK(outbox.empty());
  }
  CHECK(a.released == 1);
}

TEST_CASE("a part of a file keeps its place among the bytes, with a descriptor of its own") {
  Outbox outbox;
  outbox.copy("head");
  {
    const UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
    REQUIRE(outbox.add_file(file.get(), 100, 50));
  }
  outbox.copy("tail");
  CHECK(outbox.front_file() == nullptr);
  CHECK(front(outbox) == "head");
  outbox.consume(4);
  REQUIRE(outbox.front_file() != nullptr);
  CHECK(front(outbox).empty());
  outbox.consume(20);
  CHECK(outbox.front_file()->offset == 120);
  CHECK(outbox.front_file()->length == 30);
  CHECK(::fcntl(outbox.front_file()->fd.get(), F_GETFD) >= 0);
  outbox.consume(30);
  CHECK(front(outbox) == "tail");
  outbox.consume(4);
  CHECK(outbox.empty());
}

TEST_CASE("a descriptor that cannot be duplicated is no file") {
  Outbox outbox;
  CHECK_FALSE(outbox.add_file(-1, 0, 1));
  CHECK(outbox.empty());
}
