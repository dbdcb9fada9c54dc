#include "config/option_types.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace appserve::config {
namespace {

using Kind = Complaint::Kind;

bool is_visible(char c) { return c >= 0x20 && c < 0x7F; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

Result<std::vector<Item>, Complaint> items_of(const Value& value, std::string_view separators) {
  std::vector<Item> items;
  const auto split = [&](const Value& part) {
    std::string_view rest = part.text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
      if (end > 0) items.push_back({rest.substr(0, end), part.place});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  };
  if (value.is_text()) {
    split(value);
  } else if (value.kind == Value::Kind::list) {
    for (const Value& item : value.items) {
      if (!item.is_text()) return Failure<Complaint>({Kind::type, item.place});
      split(item);
    }
  } else {
    return Failure<Complaint>({Kind::type});
  }
  return items;
}

std::string show_list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + in_quotes(text);
  return out + "]";
}

std::string in_quotes(std::string_view text) {
  Value value = text_value(std::string(text));
  return to_json(value);
}

Expects Integer::expects() const {
  const std::string word = zero.empty() ? "" : ", or " + in_quotes(zero);
  return {"an integer", "an integer from " + std::to_string(min) + " to " + std::to_string(max) + word, "",
          word.empty() ? "" : "4"};
}

Result<std::uint64_t, Complaint> Integer::parse(const Value& value) const {
  std::uint64_t number = 0;
  if (value.kind == Value::Kind::integer) {
    if (value.integer < 0) return Failure<Complaint>({Kind::range});
    number = static_cast<std::uint64_t>(value.integer);
  } else if (!zero.empty() && value.is_text() && value.text == zero) {
    return 0;
  } else if (value.kind == Value::Kind::text) {
    const bool minus = value.text.starts_with('-');
    const std::optional<std::uint64_t> parsed = parse_unsigned(std::string_view(value.text).substr(minus ? 1 : 0));
    if (!parsed) return Failure<Complaint>({Kind::type});
    if (minus) return Failure<Complaint>({Kind::range});
    number = *parsed;
  } else {
    return Failure<Complaint>({Kind::type});
  }
  if (number < min || number > max) return Failure<Complaint>({Kind::range});
  return number;
}

std::string Integer::print(std::uint64_t number) const {
  return number == 0 && !zero.empty() ? in_quotes(zero) : std::to_string(number);
}

Expects Size::expects() const {
  return {"a size", "a size from " + format_size(min) + " to " + format_size(max),
          R"("10 MB", "10 MiB" or a number of bytes)", ""};
}

Result<std::uint64_t, Complaint> Size::parse(const Value& value) const {
  std::uint64_t bytes = 0;
  if (value.is_text()) {
    const std::optional<std::uint64_t> parsed = parse_size(value.text);
    if (!parsed) return Failure<Complaint>({Kind::unit});
    bytes = *parsed;
  } else if (value.kind == Value::Kind::integer) {
    if (value.integer < 0) return Failure<Complaint>({Kind::range});
    bytes = static_cast<std::uint64_t>(value.integer);
  } else {
    return Failure<Complaint>({Kind::type});
  }
  if (bytes < min || bytes > max) return Failure<Complaint>({Kind::range});
  return bytes;
}

std::string Size::show(std::uint64_t bytes) const {
  const std::string text = format_size(bytes);
  return text.ends_with('B') ? in_quotes(text) : text;
}

Expects Period::expects() const {
  return {"a duration", "a duration from " + format_duration(min) + " to " + format_duration(max),
          R"("500ms", "30s", "2min" or "1h")", ""};
}

Wrong Period::read(const Value& value, std::chrono::milliseconds& out) const {
  std::optional<std::chrono::milliseconds> parsed;
  if (value.is_text())
    parsed = parse_duration(value.text);
  else if (value.kind != Value::Kind::integer && value.kind != Value::Kind::number)
    return Complaint{Kind::type};
  if (!parsed) return Complaint{Kind::unit};
  if (*parsed < min || *parsed > max) return Complaint{Kind::range};
  out = *parsed;
  return {};
}

std::string Period::show(std::chrono::milliseconds period) const { return in_quotes(format_duration(period)); }

Expects Boolean::expects() const { return {"true or false", "true or false", "", ""}; }

Wrong Boolean::read(const Value& value, bool& out) const {
  if (value.kind == Value::Kind::boolean)
    out = value.boolean;
  else if (value.kind == Value::Kind::text && (value.text == "true" || value.text == "false"))
    out = value.text == "true";
  else
    return Complaint{Kind::type};
  return {};
}

std::string Boolean::show(bool on) const { return on ? "true" : "false"; }

Expects Text::expects() const { return {"visible ASCII text", "visible ASCII text", "", ""}; }

Wrong Text::read(const Value& value, std::string& out) const {
  if (!value.is_text()) return Complaint{Kind::type};
  if (!std::ranges::all_of(value.text, is_visible)) return Complaint{Kind::range};
  out = value.text;
  return {};
}

std::string Text::show(const std::string& text) const { return in_quotes(text); }

Expects Choice::expects() const {
  std::string all;
  for (const std::string_view word : words)
    all += (all.empty() ? "" : word == words.back() ? " or " : ", ") + in_quotes(word);
  return {all, all, "", ""};
}

Wrong Choice::read(const Value& value, std::string& out) const {
  if (!value.is_text()) return Complaint{Kind::type};
  if (std::ranges::find(words, value.text) == words.end()) return Complaint{Kind::range};
  out = value.text;
  return {};
}

std::string Choice::show(const std::string& word) const { return in_quotes(word); }

Expects Folder::expects() const { return {"a folder", "a folder", "", ""}; }

Wrong Folder::read(const Value& value, std::string& out) const {
  if (!value.is_text()) return Complaint{Kind::type};
  if (std::ranges::any_of(value.text, is_control)) return Complaint{Kind::range};
  out = value.text;
  return {};
}

std::string Folder::show(const std::string& path) const { return in_quotes(path); }

Expects Folders::expects() const { return {"a list of folders", "a list of folders", "", ""}; }

Wrong Folders::read(const Value& value, std::vector<std::string>& out) const {
  const Result<std::vector<Item>, Complaint> items = items_of(value, ":");
  if (!items) return items.error();
  std::vector<std::string> paths;
  for (const Item& item : *items) {
    if (std::ranges::any_of(item.text, is_control)) return Complaint{Kind::range, item.place};
    paths.emplace_back(item.text);
  }
  out = std::move(paths);
  return {};
}

std::string Folders::show(const std::vector<std::string>& paths) const { return show_list(paths); }

Expects Endpoints::expects() const {
  return {"an address", R"(a list of addresses like "127.0.0.1:8080" or "unix:/run/appserve.sock")", "", ""};
}

Wrong Endpoints::read(const Value& value, std::vector<net::Endpoint>& out) const {
  const Result<std::vector<Item>, Complaint> items = items_of(value, " \t");
  if (!items) return items.error();
  if (items->empty()) return Complaint{Kind::range};
  std::vector<net::Endpoint> endpoints;
  for (const Item& item : *items) {
    Result<net::Endpoint, Error> endpoint = net::parse_endpoint(item.text);
    if (!endpoint) return Complaint{Kind::said, item.place, std::move(endpoint.error())};
    // as Waitress: the same address twice is once, but two free ports are two
    const bool again = std::ranges::find(endpoints, *endpoint) != endpoints.end();
    const bool any_port = endpoint->kind == net::Endpoint::Kind::tcp && endpoint->port == 0;
    if (!again || any_port) endpoints.push_back(std::move(*endpoint));
  }
  out = std::move(endpoints);
  return {};
}

std::string Endpoints::show(const std::vector<net::Endpoint>& endpoints) const {
  std::vector<std::string> texts;
  for (const net::Endpoint& endpoint : endpoints) texts.push_back(net::to_string(endpoint));
  return show_list(texts);
}

}  // namespace appserve::config
