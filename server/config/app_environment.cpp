#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "config/written_app.hpp"

namespace appserve::config {
namespace {

constexpr std::string_view kApp = "APPSERVE_APP__";

Error bad_variable(const std::string& name, const std::string& why) {
  return {&fault('E', 3007), name + " " + why + " (environment)", {}, {}, {}};
}

template <class T>
bool parse_whole(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// Gives `value` what `text` says, in the type it has. False when the text is not of that type.
bool assign(Value& value, const std::string& text) {
  switch (value.kind) {
    case Value::Kind::integer:
      return parse_whole(text, value.integer);
    case Value::Kind::number:
      return parse_whole(text, value.number);
    case Value::Kind::boolean:
      value.boolean = text == "true";
      return text == "true" || text == "false";
    case Value::Kind::list:
    case Value::Kind::table:
      return false;
    case Value::Kind::text:
    case Value::Kind::string:
    case Value::Kind::date:
      value.text = text;
      return true;
  }
  return false;
}

Value* entry_of(Value& table, std::string_view name, Value::Kind kind_if_new) {
  std::string key(name);
  std::ranges::transform(key, key.begin(), ascii::lower);
  if (Value* old = table.find(key)) return old;
  table.entries.push_back({key, {}, {}});
  table.entries.back().value.kind = kind_if_new;
  return &table.entries.back().value;
}

// `path` as in REDIS__URL. A value keeps the type the file gives it; a new one is a string.
void override_config(Value& config, std::string_view path, const std::string& name, const std::string& text,
                     Draft& draft) {
  Value* table = &config;
  for (std::size_t gap; (gap = path.find("__")) != path.npos; path.remove_prefix(gap + 2)) {
    table = entry_of(*table, path.substr(0, gap), Value::Kind::table);
    if (table->kind != Value::Kind::table) return draft.add(bad_variable(name, "goes below what is not a table"));
  }
  if (path.empty()) return draft.add(bad_variable(name, "names no key"));
  if (utf8::find_invalid(text) != std::string::npos) return draft.add(bad_variable(name, "is not UTF-8"));
  Value* value = entry_of(*table, path, Value::Kind::string);
  if (!assign(*value, text))
    draft.add(bad_variable(name, "must be of the type it has in the file: " + std::string(kind_name(value->kind))));
}

// What the command line says stays: it beats the environment.
void override_app(WrittenApp& app, const std::string& name, const std::string& text, Draft& draft) {
  const std::string_view what = std::string_view(name).substr(kApp.size());
  const Source source{Source::Kind::environment, name, nullptr};
  const bool load_is_final = app.load_source.kind == Source::Kind::argument;
  const bool prefix_is_final = app.prefix_source.kind == Source::Kind::argument && !app.prefix.empty();
  if (name.starts_with(kAppConfigPrefix)) {
    override_config(app.config, std::string_view(name).substr(kAppConfigPrefix.size()), name, text, draft);
  } else if (what == "LOAD" && !load_is_final) {
    app.load = text;
    app.load_source = source;
  } else if (what == "URL_PREFIX" && !prefix_is_final) {
    app.prefix = text;
    app.prefix_source = source;
  } else if (what == "CALL" && !load_is_final) {
    if (text != "true" && text != "false") draft.add(bad_variable(name + "=\"" + text + "\"", "is not true or false"));
    app.call = text == "true";
  }
}

}  // namespace

void apply_app_environment(const Environment& environment, std::vector<WrittenApp>& apps, Draft& draft) {
  if (apps.empty() && environment.contains("APPSERVE_APP__LOAD")) {
    apps.emplace_back();
    apps.back().config.kind = Value::Kind::table;
    apps.back().load_source = apps.back().prefix_source = {Source::Kind::environment, "APPSERVE_APP__LOAD", nullptr};
  }
  for (auto it = environment.lower_bound(kApp); it != environment.end() && it->first.starts_with(kApp); ++it) {
    const auto& [name, text] = *it;
    if (apps.size() == 1)
      override_app(apps.front(), name, text, draft);
    else if (apps.size() > 1)
      draft.add(bad_variable(name, "is for a server with one app; this one has " + std::to_string(apps.size())));
  }
}

}  // namespace appserve::config
