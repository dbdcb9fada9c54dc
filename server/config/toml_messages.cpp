#include "config/toml_messages.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace appserve::config {
namespace {

struct Rule {
  std::string_view in;     // "while parsing …"; empty: anywhere
  std::string_view says;   // what the description has in it
  std::string_view label;  // "{}" is what the description puts between its last quotes
  std::string_view help;
};

constexpr std::array kRules = {
    Rule{"", "as array-of-tables", "'{}' is a table and a list of tables", "write [[{}]] each time"},
    Rule{"", "cannot redefine existing table", "the table [{}] is here twice", "merge the two"},
    Rule{"", "cannot redefine existing", "'{}' is here twice", "delete one of the two"},
    Rule{"key-value pair", "expected value", "the value is missing", "write  key = value  on one line"},
    Rule{"key-value pair", "expected '='", "'=' is missing before this", "write  key = value"},
    Rule{"key-value pair", "expected a comment or whitespace", "this does not belong after the value",
         "one  key = value  per line"},
    Rule{"array", "expected comma or closing ']'", "',' or ']' is missing before this", "close the list with ]"},
    Rule{"table header", "expected ']'", "']' is missing", "write  [table]  or  [[app]]  on a line of its own"},
    Rule{"table header", "blank bare keys", "the table has no name", "write  [server]"},
    Rule{"string", "unknown escape sequence", "no such escape: {}",
         R"(write a backslash as \\, or the text in 'single quotes')"},
    Rule{"unicode scalar", "expected hex digit", "not four or eight hexadecimal digits", R"(write  \u00e9)"},
    Rule{"boolean", "expected", "not a value", "booleans are  true  and  false, in lower case"},
    Rule{"decimal integer", "leading zeroes", "a number does not begin with 0", "drop the zeros, or quote the text"},
    Rule{"decimal integer", "not representable", "the number is too large", ""},
    Rule{"decimal integer", "underscores", "an underscore stands between two digits", ""},
    Rule{"", "expected digit", "a number with something after it", R"(put quotes around it:  "10 MiB",  "30s")"},
    Rule{"floating-point", "expected", "not a number", R"(write  0.5  or  5.0,  or put quotes around text)"},
    Rule{"time", "", "not a time", "put quotes around text"},
    Rule{"date", "", "not a date", "put quotes around text"},
    Rule{"value", "could not determine value type", "not a value", R"(put quotes around text:  "…")"},
    Rule{"inline table", "dangling comma", "a comma before the closing }", "drop the comma"},
    Rule{"inline table", "expected", "'}' is missing before this", "an inline table is closed on its line"},
    Rule{"root table", "expected keys", "neither a key nor a [table]", "comments begin with #"},
};

std::string_view between_last_quotes(std::string_view text) {
  const std::size_t end = text.rfind('\'');
  const std::size_t start = end == text.npos || end == 0 ? text.npos : text.rfind('\'', end - 1);
  return start == text.npos ? std::string_view() : text.substr(start + 1, end - start - 1);
}

std::string fill(std::string_view pattern, std::string_view word) {
  std::string out(pattern);
  const std::size_t gap = out.find("{}");
  return gap == out.npos ? out : out.replace(gap, 2, word);
}

// The parser says the same for every unclosed string: it met the end of the line or of the file.
bool is_unclosed_string(std::string_view description, std::string_view line, std::size_t column) {
  if (description.find("string") == description.npos) return false;
  const bool control = description.find("control characters") != description.npos;
  return (control && column > line.size()) || description.ends_with("encountered end-of-file");
}

std::string_view opening_quote(std::string_view line, std::string_view description) {
  if (line.find("\"\"\"") != line.npos) return "\"\"\"";
  if (line.find("'''") != line.npos) return "'''";
  return description.find("literal") != description.npos ? "'" : "\"";
}

std::string without_lead(std::string_view description) {
  constexpr std::string_view kLead = "Error while parsing ";
  if (description.starts_with(kLead)) {
    const std::size_t colon = description.find(": ");
    if (colon != description.npos) description.remove_prefix(colon + 2);
  }
  return std::string(description);
}

}  // namespace

TomlMessage explain_toml(std::string_view description, std::string_view line, std::size_t column) {
  if (is_unclosed_string(description, line, column))
    return {"the string is not closed", "add a closing " + std::string(opening_quote(line, description))};
  const auto fits = [&](const Rule& rule) {
    return description.find("while parsing " + std::string(rule.in)) != description.npos &&
           description.find(rule.says) != description.npos;
  };
  const auto rule = std::ranges::find_if(kRules, fits);
  if (rule == kRules.end()) return {without_lead(description), ""};
  const std::string_view word = between_last_quotes(description);
  return {fill(rule->label, word), fill(rule->help, word)};
}

}  // namespace appserve::config
