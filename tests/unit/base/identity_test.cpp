#include "base/identity.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace appserve {
namespace {

const std::string kMyself = std::to_string(::geteuid()), kMyGroup = std::to_string(::getegid());
constexpr uid_t kNobody = 65'534;

// Rights that are given up are gone: each try has a process of its own. True when it said so.
bool in_a_child(const std::function<bool()>& test) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(test() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("a user is found by name and by number, with a group of its own or another one") {
  const auto me = find_identity(kMyself, kMyGroup);
  REQUIRE(me);
  CHECK(me->uid == ::geteuid());
  CHECK(me->gid == ::getegid());
  if (::geteuid() != 0) return;
  CHECK(find_identity("root", "")->uid == 0);
  CHECK(find_identity("nobody", "")->uid == kNobody);
  CHECK(find_identity("nobody", "0")->gid == 0);
  CHECK(find_identity("4000000", "4000001")->groups == std::vector<gid_t>{4'000'001});
  CHECK(!find_identity("4000000", ""));
}

TEST_CASE("who is not there is told with what makes him") {
  const auto user = find_identity("no-such-user", "");
  REQUIRE(!user);
  CHECK(user.error().fault == &fault('E', 4020));
  CHECK(user.error().what == "server.user: there is no user 'no-such-user'");
  CHECK(user.error().help.front().starts_with("useradd --system"));
  CHECK(find_identity(kMyself, "no-such-group").error().what == "server.group: there is no group 'no-such-group'");
}

TEST_CASE("to become oneself needs no rights") {
  CHECK(in_a_child([] { return become(*find_identity(kMyself, kMyGroup)).has_value(); }));
}

TEST_CASE("what root becomes it stays") {
  if (::geteuid() != 0) return;
  const Identity nobody{kNobody, kNobody, {kNobody}};
  CHECK(in_a_child([&] {
    if (!become(nobody) || ::getuid() != kNobody || ::geteuid() != kNobody || ::getgid() != kNobody) return false;
    const AsRoot root;
    return ::geteuid() == kNobody && ::setuid(0) != 0;
  }));
}

TEST_CASE("who only works as somebody else comes back for a while, and may become him later") {
  if (::geteuid() != 0) return;
  const Identity nobody{kNobody, kNobody, {kNobody}};
  CHECK(in_a_child([&] {
    if (!work_as(nobody) || ::geteuid() != kNobody || ::getegid() != kNobody) return false;
    {
      const AsRoot root;
      if (::geteuid() != 0) return false;
    }
    return ::geteuid() == kNobody && become(nobody) && ::setuid(0) != 0;
  }));
}

}  // namespace
}  // namespace appserve
