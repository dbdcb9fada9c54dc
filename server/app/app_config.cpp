#include "app/app_config.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace appserve::app {
namespace {

using Scalars = std::map<std::string, std::string, std::less<>>;

as_str to_abi(std::string_view text) { return {text.data(), text.size()}; }

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// RFC 8259, read once from left to right; every function answers false at the first thing that is not JSON.
class Flattener {
 public:
  explicit Flattener(std::string_view json) : rest_(json) {}

  bool document(Scalars& out) { return peek() == '{' && value("", out, 0) && peek() == '\0' && rest_.empty(); }

 private:
  static constexpr int kDeepest = 64;

  char peek() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool take(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool value(const std::string& path, Scalars& out, int depth) {
    if (depth > kDeepest) return false;
    const char c = peek();
    if (c == '{') return object(path, out, depth);
    if (c == '[') return array(path, out, depth);
    return c == '"' ? string(out[path]) : literal(out[path]);
  }

  static std::string below(const std::string& path, const std::string& key) {
    return path.empty() ? key : path + "." + key;
  }

  bool object(const std::string& path, Scalars& out, int depth) {
    take('{');
    if (take('}')) return true;
    do {
      std::string key;
      if (peek() != '"' || !string(key) || !take(':') || !value(below(path, key), out, depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(const std::string& path, Scalars& out, int depth) {
    take('[');
    if (take(']')) return true;
    std::size_t index = 0;
    do {
      if (!value(below(path, std::to_string(index++)), out, depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool string(std::string& out) {
    take('"');
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\')
        out += c;
      else if (!escape(out))
        return false;
    }
    return false;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == 'u') return unicode(out);
    const std::size_t which = kNames.find(c);
    if (which == kNames.npos) return false;
    out += kMeanings[which];
    return true;
  }

  bool unicode(std::string& out) {
    unsigned code = 0, low = 0;
    if (!hex4(code) || (code >= 0xDC00 && code < 0xE000)) return false;
    if (code >= 0xD800 && code < 0xDC00) {  // the first half of a pair
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      if (!hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
    return true;
  }

  bool hex4(unsigned& code) {
    if (rest_.size() < 4) return false;
    for (const char c : rest_.substr(0, 4)) {
      const int digit = ascii::hex_value(c);
      if (digit < 0) return false;
      code = code * 16 + static_cast<unsigned>(digit);
    }
    rest_.remove_prefix(4);
    return true;
  }

  bool literal(std::string& out) {
    while (!rest_.empty() && (ascii::is_alnum(rest_.front()) || std::string_view("+-.").find(rest_.front()) < 3)) {
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return out == "true" || out == "false" || out == "null" ||
           (!out.empty() && (ascii::is_digit(out.back()) && (ascii::is_digit(out.front()) || out.front() == '-')));
  }

  std::string_view rest_;
};

bool is_secret(std::string_view key) {
  std::string name(key.substr(key.rfind('.') + 1));
  std::ranges::transform(name, name.begin(), ascii::lower);
  constexpr std::array kWords{"pass", "secret", "token", "key", "credential", "auth", "private"};
  return std::ranges::any_of(kWords, [&](const char* word) { return name.find(word) != name.npos; });
}

// "redis://user:secret@host" → "redis://…@host"
std::string without_userinfo(std::string value) {
  const std::size_t scheme = value.find("://"), end = value.rfind('@');
  if (scheme != value.npos && end != value.npos && end > scheme) value.replace(scheme + 3, end - scheme - 3, "…");
  return value;
}

std::string shortened(std::string text, std::size_t longest) {
  return text.size() <= longest ? text : text.substr(0, longest) + "…";
}

}  // namespace

Scalars flatten_json(std::string_view json) {
  Scalars scalars;
  if (!Flattener(json).document(scalars)) scalars.clear();
  return scalars;
}

AppConfig::AppConfig(std::string prefix, std::string name, std::string json)
    : prefix_(std::move(prefix)), name_(std::move(name)), json_(std::move(json)), scalars_(flatten_json(json_)) {
  abi_.size = sizeof(as_config);
  abi_.prefix = to_abi(prefix_);
  abi_.name = to_abi(name_);
  abi_.json = to_abi(json_);
  abi_.get = get;
  abi_.owner = this;
}

std::string AppConfig::summary() const {
  constexpr std::size_t kLongestValue = 80, kLongest = 400;
  std::string text;
  for (const auto& [key, value] : scalars_)
    text += (text.empty() ? "" : ", ") + key + " = " +
            (is_secret(key) ? "…" : shortened(without_userinfo(value), kLongestValue));
  return text.empty() ? "nothing" : shortened(std::move(text), kLongest);
}

std::int32_t AppConfig::get(const as_config* config, as_str key, as_str* out) noexcept {
  const AppConfig& self = *static_cast<const Abi*>(config)->owner;
  if (out == nullptr || key.ptr == nullptr) return AS_EINVAL;
  const auto found = self.scalars_.find(std::string_view(key.ptr, key.len));
  if (found == self.scalars_.end()) return AS_EINVAL;
  *out = to_abi(found->second);
  return AS_OK;
}

}  // namespace appserve::app
