#include "config/print_config.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "config/option_types.hpp"

namespace appserve::config {
namespace {

using Line = std::array<std::string, 3>;  // what, value, origin

Line line_of(const AppSettings& app) {
  std::string load = app.load.library + (app.load.symbol.empty() ? "" : ":" + app.load.symbol);
  const std::string origin = app.where.file + (app.where.line > 0 ? ":" + std::to_string(app.where.line) : "");
  return {"app " + (app.url_prefix.empty() ? "/" : app.url_prefix), in_quotes(load) + (app.load.call ? " (call)" : ""),
          origin};
}

std::size_t width(const std::vector<Line>& lines, std::size_t column) {
  std::size_t widest = 0;
  for (const Line& line : lines) widest = std::max(widest, line[column].size());
  return widest;
}

}  // namespace

std::string print_config(const std::vector<Option>& table, const Settings& settings, const Origins& origins) {
  std::vector<Line> lines;
  for (const Option& option : table) {
    const auto origin = origins.find(option.path);
    lines.push_back({std::string(option.path), option.show(settings),
                     origin == origins.end() ? "default" : escape_control(origin->second)});
  }
  for (const AppSettings& app : settings.apps) lines.push_back(line_of(app));

  const std::size_t first = width(lines, 0) + 2;
  const std::size_t second = std::min<std::size_t>(width(lines, 1), 40) + 2;
  std::string out;
  for (const auto& [what, value, origin] : lines) {
    out += what + std::string(first - what.size(), ' ') + value;
    out += std::string(value.size() < second ? second - value.size() : 2, ' ') + origin + "\n";
  }
  return out;
}

}  // namespace appserve::config
