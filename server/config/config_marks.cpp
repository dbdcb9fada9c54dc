#include "config/config_marks.hpp"

#include <string_view>

#include "base/ascii.hpp"

namespace appserve::config {
namespace {

void collect(const Value& table, const SourceText& text, const std::string& above,
             std::map<std::string, SourceMark>& marks) {
  for (const Entry& entry : table.entries) {
    const std::string key = above + entry.key;
    if (entry.value.kind == Value::Kind::table)
      collect(entry.value, text, key + ".", marks);
    else if (entry.value.place.line > 0)
      marks.emplace(key, text.mark(entry.value.place));
  }
}

bool part_of_key(char c) { return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.'; }

bool names(std::string_view sentence, std::string_view key) {
  constexpr std::string_view kRoot = "app.config.";
  for (std::size_t at = sentence.find(key); at != sentence.npos; at = sentence.find(key, at + 1)) {
    std::string_view before = sentence.substr(0, at);
    if (before.ends_with(kRoot)) before.remove_suffix(kRoot.size());
    const std::string_view after = sentence.substr(at + key.size());
    if ((before.empty() || !part_of_key(before.back())) && (after.empty() || !part_of_key(after.front()))) return true;
  }
  return false;
}

}  // namespace

std::map<std::string, SourceMark> config_marks(const Value& table, const SourceText& text) {
  std::map<std::string, SourceMark> marks;
  collect(table, text, "", marks);
  return marks;
}

void point_at_value(Error& rejection, const AppSettings& app) {
  std::size_t longest = 0;
  for (const auto& [key, mark] : app.config_marks) {
    if (key.size() <= longest || !names(rejection.what, key)) continue;
    longest = key.size();
    rejection.where = mark;
  }
}

}  // namespace appserve::config
