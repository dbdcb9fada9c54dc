// Json: a JSON value of any shape.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/json_text.hpp>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace appserve {
inline namespace v1 {

/// Null, bool, integer, number, string, array or object (which keeps its order). `Json{{"a", 1}, {"b",
/// Json::array({2})}}` is an object: a list whose elements are all pairs with a string first; every other list is an
/// array.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() noexcept = default;
  Json(std::nullptr_t) noexcept {}                            // NOLINT(google-explicit-constructor)
  Json(std::string text) : value_(std::move(text)) {}         // NOLINT(google-explicit-constructor)
  Json(std::string_view text) : value_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  Json(const char* text) : value_(std::string(text)) {}       // NOLINT(google-explicit-constructor)
  Json(Array items) : value_(std::move(items)) {}             // NOLINT(google-explicit-constructor)
  Json(Object members) : value_(std::move(members)) {}        // NOLINT(google-explicit-constructor)
  template <class T>
    requires std::is_arithmetic_v<T>
  Json(T v) noexcept {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_same_v<T, bool>)
      value_ = v;
    else if constexpr (std::is_floating_point_v<T>)
      value_ = static_cast<double>(v);
    else if constexpr (std::is_signed_v<T>)
      value_ = static_cast<std::int64_t>(v);
    else
      value_ = static_cast<std::uint64_t>(v);
  }
  Json(std::initializer_list<Json> list) {  // NOLINT(google-explicit-constructor)
    bool pairs = true;
    for (const Json& j : list) pairs = pairs && j.is_array() && j.size() == 2 && j.items()[0].is_string();
    if (!pairs) {
      value_ = Array(list);
      return;
    }
    Object members;
    for (const Json& j : list) members.emplace_back(j.items()[0].str(), j.items()[1]);
    value_ = std::move(members);
  }
  /// An empty array, or one of these; an empty object.
  static Json array(std::initializer_list<Json> items = {}) { return Json(Array(items)); }
  static Json object() { return Json(Object()); }

  /// Depth is limited to 64 levels. nullopt: no JSON; `*problem` says what and where.
  static std::optional<Json> parse(std::string_view text, std::string* problem = nullptr);
  std::string dump() const {
    std::string text;
    detail::JsonWriter out(text);
    write(out);
    return text;
  }

  /// What it holds. An integer is a number, too.
  bool is_null() const noexcept { return holds<std::nullptr_t>(); }
  bool is_bool() const noexcept { return holds<bool>(); }
  bool is_integer() const noexcept { return holds<std::int64_t>() || holds<std::uint64_t>(); }
  bool is_number() const noexcept { return is_integer() || holds<double>(); }
  bool is_string() const noexcept { return holds<std::string>(); }
  bool is_array() const noexcept { return holds<Array>(); }
  bool is_object() const noexcept { return holds<Object>(); }

  /// The value as what it is; a default where it is something else.
  bool boolean(bool otherwise = false) const noexcept {
    const bool* v = std::get_if<bool>(&value_);
    return v ? *v : otherwise;
  }
  double number(double otherwise = 0) const noexcept {
    if (const auto* i = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*i);
    if (const auto* u = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*u);
    const auto* d = std::get_if<double>(&value_);
    return d ? *d : otherwise;
  }
  /// nullopt: no integer, or out of T's range. A number without a fraction, like 5.0, is one.
  template <class T>
  std::optional<T> integer() const noexcept {
    if (const auto* i = std::get_if<std::int64_t>(&value_); i && std::in_range<T>(*i)) return static_cast<T>(*i);
    if (const auto* u = std::get_if<std::uint64_t>(&value_); u && std::in_range<T>(*u)) return static_cast<T>(*u);
    const auto* d = std::get_if<double>(&value_);
    if (d && std::trunc(*d) == *d && std::abs(*d) <= 9007199254740992.0 &&
        std::in_range<T>(static_cast<std::int64_t>(*d)))
      return static_cast<T>(*d);
    return std::nullopt;
  }
  const std::string& str() const noexcept {
    static const std::string kEmpty;
    const auto* s = std::get_if<std::string>(&value_);
    return s ? *s : kEmpty;
  }
  const Array& items() const noexcept {
    static const Array kNone;
    const auto* a = std::get_if<Array>(&value_);
    return a ? *a : kNone;
  }
  const Object& members() const noexcept {
    static const Object kNone;
    const auto* o = std::get_if<Object>(&value_);
    return o ? *o : kNone;
  }
  std::size_t size() const noexcept { return is_object() ? members().size() : items().size(); }

  /// The member of this name; null if there is none.
  const Json* find(std::string_view key) const noexcept {
    const Json* found = nullptr;
    for (const auto& [name, value] : members())
      if (name == key) found = &value;  // the last of equal keys, as everywhere
    return found;
  }
  const Json& operator[](std::string_view key) const noexcept {
    static const Json kNull;
    const Json* found = find(key);
    return found ? *found : kNull;
  }
  const Json& operator[](const char* key) const noexcept { return (*this)[std::string_view(key)]; }
  const Json& operator[](std::size_t i) const noexcept {
    static const Json kNull;
    return i < items().size() ? items()[i] : kNull;
  }
  /// Makes this an object if it is none.
  Json& set(std::string_view key, Json value) {
    if (!is_object()) value_ = Object();
    auto& all = std::get<Object>(value_);
    for (auto& [name, old] : all)
      if (name == key) return old = std::move(value), *this;
    all.emplace_back(std::string(key), std::move(value));
    return *this;
  }
  /// To an object, whether or not it has the key: the last of equal keys counts.
  void append(std::string key, Json value) { std::get<Object>(value_).emplace_back(std::move(key), std::move(value)); }
  /// Makes this an array if it is none.
  Json& push_back(Json value) {
    if (!is_array()) value_ = Array();
    std::get<Array>(value_).push_back(std::move(value));
    return *this;
  }

  friend bool operator==(const Json& a, const Json& b) {
    if (a.is_integer() && b.is_integer()) return a.dump() == b.dump();
    return a.value_ == b.value_;
  }

  /// Into a text that is being written.
  void write(detail::JsonWriter& out) const {
    if (const auto* b = std::get_if<bool>(&value_)) return out.boolean(*b);
    if (const auto* i = std::get_if<std::int64_t>(&value_)) return out.integer(*i);
    if (const auto* u = std::get_if<std::uint64_t>(&value_)) return out.natural(*u);
    if (const auto* d = std::get_if<double>(&value_)) return out.number(*d);
    if (is_string()) return out.string(str());
    if (is_array()) {
      out.begin_array();
      for (const Json& item : items()) item.write(out);
      return out.end_array();
    }
    if (is_object()) {
      out.begin_object();
      for (const auto& [name, value] : members()) out.key(name), value.write(out);
      return out.end_object();
    }
    out.null();
  }

 private:
  template <class T>
  bool holds() const noexcept {
    return std::holds_alternative<T>(value_);
  }
  std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_{nullptr};
};

namespace detail {

/// Builds a Json from SAX events.
class JsonBuilder {
 public:
  static constexpr std::size_t kMaxDepth = 64;

  Json take() { return std::move(root_); }
  const char* refusal() const noexcept { return "nested too deeply"; }

  bool Null() { return put(nullptr); }
  bool Bool(bool v) { return put(v); }
  bool Int(int v) { return put(v); }
  bool Uint(unsigned v) { return put(static_cast<std::int64_t>(v)); }
  bool Int64(std::int64_t v) { return put(v); }
  bool Uint64(std::uint64_t v) { return put(v); }
  bool Double(double v) { return put(v); }
  bool RawNumber(const char*, rj::SizeType, bool) { return false; }
  bool String(const char* s, rj::SizeType n, bool) { return put(std::string(s, n)); }
  bool StartObject() { return open(Json::object()); }
  bool Key(const char* s, rj::SizeType n, bool) { return keys_.back().assign(s, n), true; }
  bool EndObject(rj::SizeType) { return close(); }
  bool StartArray() { return open(Json::array()); }
  bool EndArray(rj::SizeType) { return close(); }

 private:
  bool put(Json value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (open_.back().is_array())
      open_.back().push_back(std::move(value));
    else
      open_.back().append(std::move(keys_.back()), std::move(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() >= kMaxDepth) return false;
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return put(std::move(done));
  }

  Json root_;
  std::vector<Json> open_;
  std::vector<std::string> keys_;
};

}  // namespace detail

inline std::optional<Json> Json::parse(std::string_view text, std::string* problem) {
  detail::JsonBuilder builder;
  std::string wrong = detail::parse_json_events(text, builder);
  if (wrong.empty()) return builder.take();
  if (problem) *problem = std::move(wrong);
  return std::nullopt;
}

}  // namespace v1
}  // namespace appserve
