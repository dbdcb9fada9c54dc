// Whose rights this process works with. Started as root it can work as somebody else and come back for single steps, or
// become somebody else for good. Every open file and listening socket stays as it is.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.hpp"

namespace appserve {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // all of them

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// `user` and `group` as names or numbers; an empty group is the user's own. E4020 when there is no such user or group,
/// or when this process could not become it.
Result<Identity, Error> find_identity(const std::string& user, const std::string& group);

/// Works as somebody else from now on; AsRoot comes back for a while. [no other threads] E4020.
Result<void, Error> work_as(const Identity& identity);

/// While it lives a process that works as somebody else is root again. Nothing for any other process.
class AsRoot {
 public:
  AsRoot();
  ~AsRoot();
  AsRoot(const AsRoot&) = delete;
  AsRoot& operator=(const AsRoot&) = delete;

 private:
  uid_t before_;
};

/// Somebody else for good: groups, then user, then a look whether the way back is closed. [no other threads] E4020.
Result<void, Error> become(const Identity& identity);

/// Whatever this process and its children run, they get no more rights than it has: no setuid programs.
void refuse_new_rights();

}  // namespace appserve
