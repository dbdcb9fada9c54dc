#include "config/print_config.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "config/option_types.hpp"

namespace appserve::config {
namespace {

EffectiveValue value_of(const AppSettings& app) {
  std::string load = app.load.library + (app.load.symbol.empty() ? "" : ":" + app.load.symbol);
  const std::string origin = app.where.file + (app.where.line > 0 ? ":" + std::to_string(app.where.line) : "");
  return {"app " + (app.url_prefix.empty() ? "/" : app.url_prefix), in_quotes(load) + (app.load.call ? " (call)" : ""),
          origin};
}

std::size_t width(const std::vector<EffectiveValue>& lines, std::string EffectiveValue::* column) {
  std::size_t widest = 0;
  for (const EffectiveValue& line : lines) widest = std::max(widest, (line.*column).size());
  return widest;
}

}  // namespace

std::vector<EffectiveValue> effective_values(const std::vector<Option>& table, const Settings& settings,
                                             const Origins& origins) {
  std::vector<EffectiveValue> values;
  for (const Option& option : table) {
    const auto origin = origins.find(option.path);
    values.push_back({std::string(option.path), option.show(settings),
                      origin == origins.end() ? "default" : escape_control(origin->second)});
  }
  for (const AppSettings& app : settings.apps) values.push_back(value_of(app));
  return values;
}

std::string print_config(const std::vector<Option>& table, const Settings& settings, const Origins& origins) {
  const std::vector<EffectiveValue> lines = effective_values(table, settings, origins);
  const std::size_t first = width(lines, &EffectiveValue::path) + 2;
  const std::size_t second = std::min<std::size_t>(width(lines, &EffectiveValue::value), 40) + 2;
  std::string out;
  for (const auto& [what, value, origin] : lines) {
    out += what + std::string(first - what.size(), ' ') + value;
    out += std::string(value.size() < second ? second - value.size() : 2, ' ') + origin + "\n";
  }
  return out;
}

}  // namespace appserve::config
