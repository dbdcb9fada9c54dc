#include "supervisor/obituary.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "supervisor/death.hpp"

namespace appserve::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReportsKept = 20;
constexpr std::string_view kReportPrefix = "crash-";

const Fault& fault_of(int status) {
  if (!WIFSIGNALED(status)) return fault('E', 5019);
  switch (WTERMSIG(status)) {
    case SIGABRT:
      return fault('E', 5018);
    case SIGSEGV:
    case SIGBUS:
    case SIGILL:
    case SIGFPE:
      return fault('E', 5017);
    default:
      return fault('W', 6002);
  }
}

bool by_its_own_code(int status) { return &fault_of(status) != &fault('W', 6002); }

void remove_oldest(const fs::path& folder) {
  std::vector<fs::path> reports;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed))
    if (it->path().filename().string().starts_with(kReportPrefix)) reports.push_back(it->path());
  std::ranges::sort(reports);  // their names begin with the time
  for (std::size_t i = 0; i + kReportsKept < reports.size(); ++i) fs::remove(reports[i], failed);
}

}  // namespace

void Obituary::write(const Facts& facts, const Plan& plan) const {
  if (facts.last_words.empty())
    return log_.write(fault_of(facts.status), "worker " + std::to_string(facts.slot + 1) + " (pid " +
                                                  std::to_string(facts.pid) + ") " + how_it_ended(facts.status));
  std::fwrite(facts.last_words.data(), 1, facts.last_words.size(), stderr);  // a report of several lines
  keep(facts, plan.runtime_dir);
}

void Obituary::keep(const Facts& facts, const std::string& folder) const {
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &utc);
  const std::string path = folder + "/" + std::string(kReportPrefix) + time + "-" + std::to_string(facts.pid) + ".txt";
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const auto size = static_cast<ssize_t>(facts.last_words.size());
  if (!file || ::write(file.get(), facts.last_words.data(), facts.last_words.size()) != size) return;
  log_.write(Log::Level::info, "the crash report is kept in " + path);
  remove_oldest(folder);
}

std::optional<std::size_t> culprit(int status, const std::string& last_words, const std::vector<std::string>& apps) {
  if (!by_its_own_code(status)) return std::nullopt;
  std::optional<std::size_t> named;
  std::size_t first = std::string::npos;
  for (std::size_t app = 0; app < apps.size(); ++app)
    if (const std::size_t at = last_words.find(apps[app]); at < first) {
      first = at;
      named = app;
    }
  if (!named && apps.size() == 1) named = 0;
  return named;
}

}  // namespace appserve::supervisor
