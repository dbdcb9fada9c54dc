// An app's configuration as the ABI hands it out: the JSON text, and its scalars by dotted key.
#pragma once
#include <appserve/abi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace appserve::app {

/// "server.ports.0" → "8080" for every string, number, boolean and null in a JSON object. Strings without quotes and
/// escapes, the rest as written. Empty when `json` is not one valid object (nested at most 64 deep).
std::map<std::string, std::string, std::less<>> flatten_json(std::string_view json);

/// Views in it, and what get() gives out, live as long as it does.
class AppConfig {
 public:
  AppConfig(std::string prefix, std::string name, std::string json);
  AppConfig(const AppConfig&) = delete;
  AppConfig& operator=(const AppConfig&) = delete;

  const as_config* abi() const { return &abi_; }

  /// "db = a.sqlite, api_key = …": for messages. What looks like a secret is left out.
  std::string summary() const;

 private:
  struct Abi : as_config {
    const AppConfig* owner;
  };
  static std::int32_t get(const as_config* config, as_str key, as_str* out) noexcept;

  std::string prefix_, name_, json_;
  std::map<std::string, std::string, std::less<>> scalars_;
  Abi abi_;
};

}  // namespace appserve::app
