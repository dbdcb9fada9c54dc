// What the server tells an app instance when it makes it.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/extract.hpp>

namespace appserve {
inline namespace v1 {

/// Thrown for settings that do not fit, by Config::as, by get_or and by an app's own checks:
///     if (s.board_size < 3) throw ConfigError("'board_size' must be at least 3");
/// The server does not start (E2012, exit code 78) and shows the text, with a caret under the value of the key it
/// names.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The instance's name, mount point and settings. Views live as long as the instance. [any]
class Config {
 public:
  Config(const as_config* raw, const as_host* host, as_ctx* ctx) noexcept : raw_(raw), host_(host), ctx_(ctx) {}

  std::string_view prefix() const noexcept { return detail::view(raw_->prefix); }  ///< mount point: "" or "/game"
  std::string_view name() const noexcept { return detail::view(raw_->name); }      ///< instance name: "tictactoe1"
  std::string_view json() const noexcept { return detail::view(raw_->json); }      ///< the [app.config] table
  std::string_view server() const noexcept { return host_->server; }               ///< "appserve/1.0.0"
  /// The server's log, under the app's name.
  Log log() const noexcept { return {host_, ctx_}; }

  /// A scalar setting as text, e.g. get("redis.url").
  std::optional<std::string_view> get(std::string_view dotted_key) const noexcept {
    as_str out{};
    return raw_->get(raw_, detail::str(dotted_key), &out) == AS_OK ? std::optional(detail::view(out)) : std::nullopt;
  }
  template <class T>
  T get_or(std::string_view dotted_key, T otherwise) const {
    const auto text = get(dotted_key);
    if (!text) return otherwise;
    if constexpr (detail::Scalar<T>) {
      if (detail::parse_scalar(*text, otherwise)) return otherwise;
      throw ConfigError(std::string(dotted_key) + ": '" + std::string(*text) + "' is no valid value");
    } else {
      return T(*text);
    }
  }
  /// All settings as an aggregate (needs appserve/json.hpp): absent keys keep the member's default, unknown keys and
  /// wrong types throw ConfigError.
  template <class T>
  T as() const {
    static_assert(detail::HasJson<T>, "include <appserve/json.hpp> for config.as<T>()");
    T value{};
    std::string error;
    if (!JsonCodec<T>::settings(json().empty() ? std::string_view("{}") : json(), value, error))
      throw ConfigError(error);
    return value;
  }

 private:
  const as_config* raw_;
  const as_host* host_;
  as_ctx* ctx_;
};

}  // namespace v1
}  // namespace appserve
