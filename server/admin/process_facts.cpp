#include "admin/process_facts.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace appserve::admin {
namespace {

// Linux 6.2 and later say it as the folder's size; before that it takes a look at each.
std::uint64_t open_files(const std::string& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) == 0 && info.st_size > 0) return static_cast<std::uint64_t>(info.st_size);
  std::error_code failed;
  const std::filesystem::directory_iterator files(folder, failed);
  return failed ? 0 : static_cast<std::uint64_t>(std::distance(begin(files), end(files)));
}

// User and system time: the 14th and 15th value, the 12th and 13th after the name in parentheses.
double cpu_seconds(const std::string& path) {
  std::string all;
  std::getline(std::ifstream(path), all);
  std::istringstream rest(all.substr(std::min(all.size(), all.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<ProcessFacts> process_facts(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::uint64_t size = 0, resident = 0;
  if (std::ifstream statm(folder + "/statm"); !(statm >> size >> resident)) return std::nullopt;
  return ProcessFacts{.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                      .open_files = open_files(folder + "/fd"),
                      .cpu_seconds = cpu_seconds(folder + "/stat")};
}

}  // namespace appserve::admin
