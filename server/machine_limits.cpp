#include "machine_limits.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>

namespace appserve {
namespace {

constexpr rlim_t kBesidesConnections = 256;  // libraries, logs, what apps open

void fit_descriptors(const config::Settings& settings, Errors& notes) {
  const rlim_t needed = settings.connections + kBesidesConnections;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed)
    notes.push_back({&fault('W', 4040),
                     fmt::format("a worker may open {} files, limits.connections = {} needs {}: raise LimitNOFILE or "
                                 "ulimit -Hn, or lower limits.connections",
                                 limit.rlim_cur, settings.connections, needed),
                     {},
                     {},
                     {}});
}

void check_backlog(const config::Settings& settings, Errors& notes) {
  int most = 0;
  if (std::ifstream("/proc/sys/net/core/somaxconn") >> most && settings.backlog > most)
    notes.push_back(
        {&fault('W', 4010),
         fmt::format("server.backlog = {} is cut to {}: raise sysctl net.core.somaxconn", settings.backlog, most),
         {},
         {},
         {}});
}

}  // namespace

Errors fit_to_machine(const config::Settings& settings) {
  Errors notes;
  fit_descriptors(settings, notes);
  check_backlog(settings, notes);
  return notes;
}

}  // namespace appserve
