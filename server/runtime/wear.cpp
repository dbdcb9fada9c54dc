#include "runtime/wear.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "admin/process_facts.hpp"
#include "base/printable.hpp"

namespace appserve::runtime {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::size_t kNamed = 3;

Error worn(const Fault& fault, std::string what) { return {&fault, std::move(what), {}, {}, {}}; }

// "312 socket, 40 /var/lib/game.db": what most descriptors are of.
std::string commonest_files() {
  std::map<std::string, std::size_t> counts;
  std::error_code failed;
  for (std::filesystem::directory_iterator it("/proc/self/fd", failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(it->path(), gone).string();
    if (!gone) ++counts[target.substr(0, target.find(":["))];  // "socket:[4711]"
  }
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [target, count] : counts) order.emplace_back(count, target);
  std::ranges::sort(order, std::greater());
  std::string text;
  for (std::size_t i = 0; i < std::min(order.size(), kNamed); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", order[i].first, printable(order[i].second));
  return text;
}

}  // namespace

Wear::Wear(const WearLimits& limits, scoreboard::Board& board, std::size_t slot)
    : limits_(limits), board_(board), slot_(slot), before_(seen().requests) {
  if (const std::uint64_t tenth = limits_.requests / 10; tenth > 0) limits_.requests -= std::random_device{}() % tenth;
}

Wear::Seen Wear::seen() const {
  Seen all;
  for (std::size_t i = 0; i < board_.lanes(); ++i) {
    const scoreboard::Lane& lane = board_.lane(i);
    if (lane.owner.load(std::memory_order_relaxed) != slot_ + 1) continue;
    all.connections += lane.connections.get();
    for (std::size_t row = 0; row < board_.rows(); ++row)
      for (const scoreboard::Counter& answers : lane.rows[row].by_class) all.requests += answers.get();
  }
  return all;
}

std::optional<Error> Wear::look() {
  const auto process = admin::process_facts(::getpid());
  if (!process) return std::nullopt;
  const Seen now = seen();
  const std::uint64_t requests = now.requests - before_;
  if (limits_.memory > 0 && process->resident_bytes > limits_.memory)
    return worn(fault('W', 5015), fmt::format("this worker has {} MiB in use; server.max_memory is {} MiB",
                                              process->resident_bytes / kMiB, limits_.memory / kMiB));
  if (limits_.requests > 0 && requests >= limits_.requests)
    return worn(fault('W', 5015), fmt::format("this worker has served {} requests (server.max_requests)", requests));
  return leaking(process->open_files, now.connections);
}

// Connections may take all there is; what an app opens and forgets may not.
std::optional<Error> Wear::leaking(std::uint64_t open, std::int64_t connections) const {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || open < limit.rlim_cur / 5 * 4) return std::nullopt;
  if (static_cast<std::uint64_t>(std::max<std::int64_t>(connections, 0)) > open / 2) return std::nullopt;
  return worn(fault('W', 5016), fmt::format("this worker has {} of {} descriptors open, {} of them connections: {}",
                                            open, limit.rlim_cur, connections, commonest_files()));
}

}  // namespace appserve::runtime
