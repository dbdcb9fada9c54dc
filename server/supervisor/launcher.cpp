#include "supervisor/launcher.hpp"

#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/identity.hpp"
#include "supervisor/post.hpp"

namespace appserve::supervisor {
namespace {

constexpr int kChannel = 3;  // in the worker

// The C interface in a C++ life.
struct Actions : posix_spawn_file_actions_t {
  Actions() : posix_spawn_file_actions_t() { ::posix_spawn_file_actions_init(this); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(this); }
};

struct Attributes : posix_spawnattr_t {
  Attributes() : posix_spawnattr_t() { ::posix_spawnattr_init(this); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(this); }
};

void with_usual_signals(Attributes& attributes) {
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Result<Child, int> SelfLauncher::launch(bool in_background) {
  auto ends = Channel::pair();
  if (!ends) return Failure<int>(ends.error());
  Actions actions;
  ::posix_spawn_file_actions_adddup2(&actions, ends->second.fd(), kChannel);
  Attributes attributes;
  with_usual_signals(attributes);

  std::string role = std::string(kWorkerVariable) + "=" + std::to_string(kChannel);
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.push_back(*variable);
  environment.push_back(role.data());
  environment.push_back(nullptr);

  Child child{0, std::move(ends->first)};
  const AsRoot root;  // the worker gives the rights up itself, for good
  std::optional<Background> background;
  if (in_background) background.emplace();
  const int error = ::posix_spawn(&child.pid, "/proc/self/exe", &actions, &attributes, arguments_, environment.data());
  if (error != 0) return Failure<int>(error);
  return child;
}

}  // namespace appserve::supervisor
