// appserve/json.hpp - JSON for handlers: plain structs in and out, and Json for everything else.
//
//   struct NewTodo { std::string title; bool done = false; };
//   app.post("/todos", [](NewTodo in) { return std::pair{201, Todo{1, in.title, in.done}}; });
//
// A struct needs no macro: any aggregate of up to 32 members that have a JSON form themselves. Those are bool, numbers,
// strings, optionals, vectors and other sequences, maps with string keys, Json, and such structs.
//   In a body or in settings an absent member keeps its default, and an optional may also be null. A member of the
//   wrong type is 422 {"error":"body.title: expected a string"}; what is no JSON is 400, another content type 415.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>
#include <appserve/detail/fields.hpp>
#include <appserve/detail/json_value.hpp>

namespace appserve {
inline namespace v1 {
namespace detail {

template <class T>
concept StringLike = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> ||
                     std::is_same_v<std::decay_t<T>, const char*> || std::is_same_v<std::decay_t<T>, char*>;

template <class T>
concept MapLike = requires(T& m, std::string key) {
  typename T::mapped_type;
  requires std::is_same_v<typename T::key_type, std::string>;
  m[key];
};

template <class T>
concept SequenceLike = !StringLike<T> && !MapLike<T> && requires(T& s, typename T::value_type v) {
  s.begin() != s.end();
  s.push_back(std::move(v));
};

template <class T>
concept FixedArray = requires { std::tuple_size<T>::value; } &&
                     std::is_same_v<T, std::array<typename T::value_type, std::tuple_size<T>::value>>;

/// Marks the SDK's own aggregates, which are something else than JSON.
template <class T>
inline constexpr bool is_no_json =
    std::is_same_v<T, Body> || std::is_same_v<T, SetCookie> || std::is_base_of_v<NamedBase, T>;

template <class T>
concept Struct = std::is_class_v<T> && std::is_aggregate_v<T> && !FixedArray<T> && !is_no_json<T>;

template <class T>
consteval bool has_json_form() {
  if constexpr (std::is_same_v<T, Json> || std::is_arithmetic_v<T> || StringLike<T>)
    return true;
  else if constexpr (is_optional<T>)
    return has_json_form<typename T::value_type>();
  else if constexpr (MapLike<T>)
    return has_json_form<typename T::mapped_type>();
  else if constexpr (SequenceLike<T> || FixedArray<T>)
    return has_json_form<typename T::value_type>();
  else
    return Struct<T>;  // its members are checked when it is used, so that a struct may contain vectors of itself
}

template <class T>
void write_json(JsonWriter& out, const T& value) {
  if constexpr (std::is_same_v<T, Json>) {
    value.write(out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_same_v<T, char>) {
    out.string({&value, 1});
  } else if constexpr (std::is_floating_point_v<T>) {
    out.number(static_cast<double>(value));
  } else if constexpr (std::is_unsigned_v<T>) {
    out.natural(value);
  } else if constexpr (std::is_integral_v<T>) {
    out.integer(value);
  } else if constexpr (StringLike<T>) {
    out.string(value);
  } else if constexpr (is_optional<T>) {
    value ? write_json(out, *value) : out.null();
  } else if constexpr (MapLike<T>) {
    out.begin_object();
    for (const auto& [key, item] : value) out.key(key), write_json(out, item);
    out.end_object();
  } else if constexpr (SequenceLike<T> || FixedArray<T>) {
    out.begin_array();
    for (const typename T::value_type& item : value) write_json(out, item);
    out.end_array();
  } else {
    static_assert(Struct<T>, "this type has no JSON form; see appserve/json.hpp for those that have");
    out.begin_object();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] const auto fields = fields_of(value);
      ((out.key(field_names<T>[I]), write_json(out, std::get<I>(fields))), ...);
    }(std::make_index_sequence<field_count<T>>());
    out.end_object();
  }
}

/// Fills values from Json; stops at the first misfit and can say where it was.
class JsonReader {
 public:
  explicit JsonReader(std::string root, bool strict) : path_(std::move(root)), strict_(strict) {}
  const std::string& error() const noexcept { return error_; }

  template <class T>
  bool read(const Json& json, T& out) {
    if constexpr (std::is_same_v<T, Json>) {
      return out = json, true;
    } else if constexpr (std::is_same_v<T, bool>) {
      return json.is_bool() ? (out = json.boolean(), true) : expected("true or false");
    } else if constexpr (std::is_same_v<T, char>) {
      return json.str().size() == 1 ? (out = json.str()[0], true) : expected("a string of one character");
    } else if constexpr (std::is_integral_v<T>) {
      const auto v = json.integer<T>();
      return v ? (out = *v, true) : expected(json.is_number() ? "an integer in range" : "an integer");
    } else if constexpr (std::is_floating_point_v<T>) {
      return json.is_number() ? (out = static_cast<T>(json.number()), true) : expected("a number");
    } else if constexpr (std::is_same_v<T, std::string>) {
      return json.is_string() ? (out = json.str(), true) : expected("a string");
    } else if constexpr (is_optional<T>) {
      if (json.is_null()) return out.reset(), true;
      return read(json, out.emplace());
    } else if constexpr (MapLike<T>) {
      if (!json.is_object()) return expected("an object");
      for (const auto& [key, item] : json.members())
        if (!within("." + key, [&] { return read(item, out[key]); })) return false;
      return true;
    } else if constexpr (SequenceLike<T>) {
      if (!json.is_array()) return expected("an array");
      out.clear();
      for (std::size_t i = 0; i < json.size(); ++i) {
        typename T::value_type item{};
        if (!within(index(i), [&] { return read(json[i], item); })) return false;
        out.push_back(std::move(item));
      }
      return true;
    } else if constexpr (FixedArray<T>) {
      if (!json.is_array() || json.size() != out.size()) return expected("an array of " + std::to_string(out.size()));
      for (std::size_t i = 0; i < out.size(); ++i)
        if (!within(index(i), [&] { return read(json[i], out[i]); })) return false;
      return true;
    } else {
      static_assert(Struct<T>, "this type cannot be read from JSON; see appserve/json.hpp for those that can");
      if (!json.is_object()) return expected("an object");
      return read_struct(json, out) && (!strict_ || knows_all(json, field_names<T>));
    }
  }

 private:
  template <class T>
  bool read_struct(const Json& json, T& out) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      [[maybe_unused]] const auto fields = fields_of(out);
      return (read_member(json, field_names<T>[I], std::get<I>(fields)) && ...);
    }(std::make_index_sequence<field_count<T>>());
  }
  template <class M>
  bool read_member(const Json& json, std::string_view name, M& member) {
    const Json* found = json.find(name);
    return !found || within("." + std::string(name), [&] { return read(*found, member); });
  }
  template <std::size_t N>
  bool knows_all(const Json& json, const std::array<std::string_view, N>& names) {
    for (const auto& [key, item] : json.members()) {
      bool known = false;
      std::string all;
      for (const std::string_view name : names) {
        known = known || name == key;
        all.append(all.empty() ? "" : ", ").append(name);
      }
      if (!known) return (error_ = path_ + "." + key + ": unknown; there is " + all, false);
    }
    return true;
  }
  template <class F>
  bool within(const std::string& step, F&& f) {
    const std::size_t length = path_.size();
    path_ += step;
    const bool ok = f();
    path_.resize(length);
    return ok;
  }
  static std::string index(std::size_t i) { return "[" + std::to_string(i) + "]"; }
  bool expected(std::string_view what) {
    error_ = path_ + ": expected " + std::string(what);
    return false;
  }

  std::string path_;
  std::string error_;
  bool strict_;
};

}  // namespace detail

/// The text of anything that has a JSON form.
template <class T>
std::string to_json(const T& value) {
  std::string text;
  detail::JsonWriter out(text);
  detail::write_json(out, value);
  return text;
}

/// The reverse; nullopt: no JSON or another shape, `*problem` says what and where.
template <class T>
std::optional<T> from_json(std::string_view text, std::string* problem = nullptr) {
  const auto json = Json::parse(text, problem);
  if (!json) return std::nullopt;
  T value{};
  detail::JsonReader reader("value", false);
  if (reader.read(*json, value)) return value;
  if (problem) *problem = reader.error();
  return std::nullopt;
}

/// What app.hpp asks of a type with a JSON form.
template <class T>
  requires(detail::has_json_form<T>())
struct JsonCodec<T> {
  static constexpr bool kAvailable = true;

  /// A response's body.
  static std::string text(const T& value) { return to_json(value); }

  /// A request's body. `status` and `error` say why not.
  static bool read(std::string_view body, T& out, int& status, std::string& error) {
    std::string problem;
    const auto json = Json::parse(body, &problem);
    if (!json) return (status = 400, error = "body: " + problem, false);
    detail::JsonReader reader("body", false);
    if (reader.read(*json, out)) return true;
    return (status = 422, error = reader.error(), false);
  }

  /// An app's settings: unknown keys are errors, too.
  static bool settings(std::string_view text, T& out, std::string& error) {
    const auto json = Json::parse(text, &error);
    if (!json) return false;
    detail::JsonReader reader("app.config", true);
    return reader.read(*json, out) || (error = reader.error(), false);
  }
};

/// An error answer of a handler that speaks JSON: {"error": "…"}.
template <class T>
struct JsonCodec<detail::JsonError<T>> {
  /// A response's body.
  static std::string text(const detail::JsonError<T>& e) { return to_json(Json{{"error", e.error}}); }
};

}  // namespace v1
}  // namespace appserve
