#include "supervisor/plan.hpp"

#include <sys/stat.h>

namespace appserve::supervisor {

OwnedPath::~OwnedPath() {
  if (path.empty()) return;
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0 && status.st_dev == device && status.st_ino == inode) ::unlink(path.c_str());
}

}  // namespace appserve::supervisor
