#include "config/environment.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/edit_distance.hpp"
#include "base/utf8.hpp"

namespace appserve::config {
namespace {

constexpr std::string_view kOurs = "APPSERVE_";
constexpr std::string_view kAppPathName = "APPSERVE_PATH";  // the other name of server.app_path, like PATH
constexpr std::array<std::string_view, 3> kAppNames = {"APPSERVE_APP__LOAD", "APPSERVE_APP__CALL",
                                                       "APPSERVE_APP__URL_PREFIX"};

// What Kubernetes puts into the environment of every container beside a service called "appserve".
bool is_from_kubernetes(std::string_view name) {
  const std::string_view rest = name.substr(kOurs.size());
  return rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_");
}

// Without APPSERVE_, which makes any two look alike.
std::vector<std::string> known_names(const std::vector<Option>& table) {
  std::vector<std::string> names(kAppNames.begin(), kAppNames.end());
  names.emplace_back(kAppPathName);
  names.emplace_back(kDevVariable);
  for (const Option& option : table) names.push_back(environment_name(option.path));
  for (std::string& name : names) name.erase(0, kOurs.size());
  return names;
}

bool is_for_us(std::string_view name) {
  return name.starts_with(kOurs) && !name.starts_with(kAppConfigPrefix) && !is_from_kubernetes(name);
}

void warn_of_unknown(const Environment& environment, const std::vector<Option>& table, Draft& draft) {
  std::vector<std::string> known;
  for (const auto& [name, value] : environment) {
    if (!is_for_us(name)) continue;
    if (known.empty()) known = known_names(table);
    const std::string own = name.substr(kOurs.size());
    if (std::ranges::find(known, own) != known.end()) continue;
    const std::string meant = nearest(own, known);
    draft.add(
        {&fault('W', 3008),
         name + " is set but unknown" + (meant.empty() ? "" : "; did you mean " + std::string(kOurs) + meant + "?"),
         {},
         {},
         {}});
  }
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return ascii::is_alnum(c) || c == '_'; };
  return !text.empty() && !ascii::is_digit(text.front()) && std::ranges::all_of(text, letter);
}

// One text. What is not ${NAME} stays as it is.
class Expansion {
 public:
  Expansion(const Environment& environment, const SourceText& source, Place place, Draft& draft)
      : environment_(environment), source_(source), place_(place), draft_(draft) {}

  std::string of(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    for (std::size_t dollar; (dollar = text.find("${", at)) != text.npos;) {
      const std::size_t end = text.find('}', dollar);
      const std::string_view name = end == text.npos ? "" : text.substr(dollar + 2, end - dollar - 2);
      out += text.substr(at, dollar - at);
      at = dollar + 2;
      if (dollar > 0 && text[dollar - 1] == '$')
        out.back() = '$', out += '{';
      else if (!is_name(name))
        out += "${";
      else
        out += lookup(name), at = end + 1;
    }
    return out + std::string(text.substr(at));
  }

 private:
  std::string lookup(std::string_view name) {
    const auto found = environment_.find(name);
    const std::string variable(name);
    if (found == environment_.end())
      refuse("the environment variable " + variable + " is not set", variable + "=… appserve --config " + source_.name);
    else if (utf8::find_invalid(found->second) != std::string::npos)
      refuse("the environment variable " + variable + " is not UTF-8", "");
    else
      return found->second;
    return "";
  }

  void refuse(std::string what, std::string help) {
    Error error{&fault('E', 3009), std::move(what), source_.mark(place_), {}, {}};
    if (!help.empty()) error.help.push_back(std::move(help));
    draft_.add(std::move(error));
  }

  const Environment& environment_;
  const SourceText& source_;
  Place place_;
  Draft& draft_;
};

}  // namespace

Environment read_environment(std::span<const char* const> variables) {
  Environment environment;
  for (const std::string_view variable : variables) {
    const std::size_t equals = variable.find('=');
    if (equals != variable.npos)
      environment.emplace(std::string(variable.substr(0, equals)), std::string(variable.substr(equals + 1)));
  }
  return environment;
}

void apply_environment(const Environment& environment, const std::vector<Option>& table, Draft& draft) {
  const auto give = [&](const Option& option, const std::string& name) {
    const auto found = environment.find(name);
    if (found == environment.end()) return;
    draft.give(option, text_value(found->second), {Source::Kind::environment, name, nullptr});
  };
  for (const Option& option : table) {
    if (option.path == "server.app_path") give(option, std::string(kAppPathName));
    give(option, environment_name(option.path));
  }
  warn_of_unknown(environment, table, draft);
}

void expand_variables(Value& value, const Environment& environment, const SourceText& text, Draft& draft) {
  if (value.kind == Value::Kind::string) value.text = Expansion(environment, text, value.place, draft).of(value.text);
  for (Value& item : value.items) expand_variables(item, environment, text, draft);
  for (Entry& entry : value.entries) expand_variables(entry.value, environment, text, draft);
}

}  // namespace appserve::config
