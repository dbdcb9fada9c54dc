#include "config/explain.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/edit_distance.hpp"
#include "embedded/faults.hpp"

namespace appserve::config {
namespace {

constexpr std::string_view kHeading = "\n### ";

std::string name_of(const Fault& fault) { return fault.severity + std::to_string(fault.number); }

bool is_meant(const Fault& fault, std::string_view code) {
  const std::string name = name_of(fault);
  return ascii::iequals(code, name) || code == std::string_view(name).substr(1);
}

// From its heading to the next one.
std::string_view page_of(const Fault& fault) {
  const std::string_view all = embedded::faults;
  const std::size_t start = all.find(std::string(kHeading) + name_of(fault) + " ");
  if (start == all.npos) return {};
  const std::string_view page = all.substr(start + 1);
  const std::size_t next = std::min(page.find("\n## "), page.find(kHeading));
  return next == page.npos ? page : page.substr(0, next + 1);
}

std::string list() {
  std::string out;
  for (const Fault& fault : kFaults) out += name_of(fault) + "  " + std::string(fault.title) + "\n";
  return out;
}

Error unknown(std::string_view code) {
  std::vector<std::string> names;
  for (const Fault& fault : kFaults) names.push_back(name_of(fault));
  const std::string meant = nearest(std::string(code), names);
  return {&fault('E', 3021),
          "there is no code '" + std::string(code) + "'",
          {},
          {},
          {meant.empty() ? "appserve explain" : "appserve explain " + meant}};
}

}  // namespace

Result<std::string, Error> explain(std::string_view code) {
  if (code.empty()) return list();
  std::string out;
  for (const Fault& fault : kFaults) {
    if (!is_meant(fault, code)) continue;
    std::string_view page = page_of(fault);
    page.remove_prefix(std::min(page.size(), kHeading.size() - 1));
    out += page;
    if (fault.severity == 'E' && fault.exit != Exit::ok)
      out += "Exit code: " + std::to_string(static_cast<int>(fault.exit)) + "\n";
  }
  if (out.empty()) return Failure<Error>(unknown(code));
  return out;
}

}  // namespace appserve::config
