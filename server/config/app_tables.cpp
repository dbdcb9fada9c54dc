#include <algorithm>
#include <optional>

#include "base/units.hpp"
#include "config/file_settings.hpp"
#include "config/written_app.hpp"

namespace appserve::config {
namespace {

Error bad_value(std::string what, const Value& value, const SourceText& text, std::string works) {
  const SourceMark mark = text.mark(value.place, std::string(kind_name(value.kind)));
  return {&fault('E', 3004), std::move(what), mark, {}, {std::move(works)}};
}

class Reader {
 public:
  Reader(const SourceText& text, const std::vector<Option>& table, Draft& draft)
      : text_(text), tables_(known_tables(table)), draft_(draft) {}

  std::optional<WrittenApp> read(const Value& table) {
    WrittenApp app;
    app.where = text_.mark(table.place);
    app.config.kind = Value::Kind::table;
    app.load_source = app.prefix_source = {Source::Kind::file, "", &text_};
    good_ = true;
    for (const Entry& entry : table.entries) take(entry, app);
    if (good_ && table.find("load") == nullptr) {
      draft_.add({&fault('E', 3004), "[[app]] needs a load", app.where, {}, {R"(load = "libhello.so:app")"}});
      good_ = false;
    }
    return good_ ? std::optional(std::move(app)) : std::nullopt;
  }

 private:
  void take(const Entry& entry, WrittenApp& app) {
    const Value& value = entry.value;
    if (entry.key == "load") {
      if (expect(entry, Value::Kind::string, "a string", R"(load = "libhello.so:app")")) app.load = value.text;
      app.load_place = value.place;
    } else if (entry.key == "call") {
      if (expect(entry, Value::Kind::boolean, "true or false", "call = true")) app.call = value.boolean;
    } else if (entry.key == "url_prefix") {
      if (expect(entry, Value::Kind::string, "a string", R"(url_prefix = "/hello")")) app.prefix = value.text;
      app.prefix_place = value.place;
    } else if (entry.key == "max_concurrency") {
      take_count(entry, app.max_concurrency);
    } else if (entry.key == "body") {
      take_size(entry, app.body);
    } else if (entry.key == "config") {
      if (expect(entry, Value::Kind::table, "a table", "[app.config]")) app.config = value;
    } else {
      draft_.add(unknown_key(entry, "app." + entry.key, tables_.front(), tables_, text_));
    }
  }

  bool expect(const Entry& entry, Value::Kind kind, const std::string& must, const std::string& works) {
    if (entry.value.kind == kind) return true;
    refuse(entry, must, works);
    return false;
  }

  void take_count(const Entry& entry, std::size_t& count) {
    const std::string must = "an integer from 1 to 1000000", works = entry.key + " = 100";
    if (!expect(entry, Value::Kind::integer, must, works)) return;
    if (entry.value.integer < 1 || entry.value.integer > 1'000'000) return refuse(entry, must, works);
    count = static_cast<std::size_t>(entry.value.integer);
  }

  void take_size(const Entry& entry, std::optional<std::uint64_t>& size) {
    const std::string must = "a size", works = entry.key + R"( = "64 KiB")";
    if (entry.value.kind == Value::Kind::integer && entry.value.integer >= 0)
      size = static_cast<std::uint64_t>(entry.value.integer);
    else if (expect(entry, Value::Kind::string, must, works) && !(size = parse_size(entry.value.text)))
      refuse(entry, must, works);
  }

  void refuse(const Entry& entry, const std::string& must, const std::string& works) {
    draft_.add(bad_value("app." + entry.key + " must be " + must, entry.value, text_, works));
    good_ = false;
  }

  const SourceText& text_;
  std::vector<KnownTable> tables_;
  Draft& draft_;
  bool good_ = true;
};

bool is_list_of_tables(const Value& value) {
  const auto is_table = [](const Value& item) { return item.kind == Value::Kind::table; };
  return value.kind == Value::Kind::list && std::ranges::all_of(value.items, is_table);
}

}  // namespace

std::vector<WrittenApp> apps_of_file(const TomlFile& file, const std::vector<Option>& table, Draft& draft) {
  const Value* list = file.root.find("app");
  if (list == nullptr) return {};
  if (!is_list_of_tables(*list)) {
    draft.add(bad_value("every app is a table of its own, [[app]]", *list, file.source, "[[app]]"));
    return {};
  }
  std::vector<WrittenApp> apps;
  Reader reader(file.source, table, draft);
  for (const Value& item : list->items)
    if (std::optional<WrittenApp> app = reader.read(item)) apps.push_back(std::move(*app));
  return apps;
}

}  // namespace appserve::config
