#include "base/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace appserve {
namespace {

constexpr std::size_t kEntry = 64 * 1024;  // bytes of a passwd or group entry
constexpr uid_t kSame = static_cast<uid_t>(-1);

Failure<Error> refused(std::string what, std::vector<std::string> help = {}) {
  return Failure<Error>(Error{&fault('E', 4020), std::move(what), {}, {}, std::move(help)});
}

Failure<Error> failed(std::string_view step, int error) {
  return refused("cannot give up the rights of root: " + std::string(step) + ": " +
                 std::system_category().message(error));
}

std::optional<uid_t> number(std::string_view text) {
  uid_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == kSame) return std::nullopt;
  return value;
}

struct Ids {
  uid_t uid;
  std::optional<gid_t> gid;
  std::string name;  // empty: a number that nobody has
};

std::optional<Ids> find_user(const std::string& text) {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(kEntry, '\0');
  const auto uid = number(text);
  if (uid)
    ::getpwuid_r(*uid, &entry, buffer.data(), buffer.size(), &found);
  else
    ::getpwnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return Ids{found->pw_uid, found->pw_gid, found->pw_name};
  return uid ? std::optional(Ids{*uid, std::nullopt, ""}) : std::nullopt;
}

std::optional<gid_t> find_group(const std::string& text) {
  if (const auto gid = number(text)) return gid;
  group entry{};
  group* found = nullptr;
  std::string buffer(kEntry, '\0');
  ::getgrnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

std::vector<gid_t> groups_of(const Ids& user, gid_t gid) {
  if (user.name.empty()) return {gid};
  int count = 256;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(user.name.c_str(), gid, groups.data(), &count) < 0) return {gid};
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Result<Identity, Error> find_identity(const std::string& user, const std::string& group) {
  const auto found = find_user(user);
  if (!found)
    return refused("server.user: there is no user '" + user + "'",
                   {"useradd --system --no-create-home --shell /usr/sbin/nologin " + user});
  std::optional<gid_t> gid = found->gid;
  if (!group.empty()) {
    gid = find_group(group);
    if (!gid) return refused("server.group: there is no group '" + group + "'", {"groupadd --system " + group});
  }
  if (!gid)
    return refused("server.user: nobody has the number " + user + ", so that it has no group", {"set server.group"});
  const bool is_root = ::getuid() == 0 || ::geteuid() == 0;
  if (!is_root && (found->uid != ::geteuid() || *gid != ::getegid()))
    return refused("server.user: only root can become '" + user + "'; this is uid " + std::to_string(::geteuid()),
                   {"leave out server.user, or start the server as root"});
  return Identity{found->uid, *gid, groups_of(*found, *gid)};
}

Result<void, Error> work_as(const Identity& identity) {
  if (::geteuid() != 0) return {};
  if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) return failed("setgroups", errno);
  if (::setresgid(kSame, identity.gid, kSame) != 0) return failed("setresgid", errno);
  if (::setresuid(kSame, identity.uid, kSame) != 0) return failed("setresuid", errno);
  return {};
}

AsRoot::AsRoot() : before_(::geteuid()) {
  if (before_ != 0 && ::getuid() == 0) (void)!::seteuid(0);
}

AsRoot::~AsRoot() {
  if (::geteuid() != before_) (void)!::seteuid(before_);
}

Result<void, Error> become(const Identity& identity) {
  if (::getuid() != 0 && ::geteuid() != 0) return {};
  if (::geteuid() != 0 && ::seteuid(0) != 0) return failed("seteuid", errno);
  if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) return failed("setgroups", errno);
  if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return failed("setresgid", errno);
  if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return failed("setresuid", errno);
  if (identity.uid != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0)) return failed("it came back", EPERM);
  return {};
}

void refuse_new_rights() { ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

}  // namespace appserve
