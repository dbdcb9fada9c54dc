// appserve/session.hpp - what a visitor carries along, in a signed cookie: no store, no lock, any number of servers.
//
//   struct Visitor { std::string user; int visits = 0; };
//
//   Sessions<Visitor> sessions({.keys = {std::string(config.get("session_key").value_or(""))}});
//   app.get("/", [sessions](Request& req) {
//     Visitor visitor = sessions.load(req).value_or(Visitor{});
//     ++visitor.visits;
//     return sessions.save(visitor, Response::text("visit " + std::to_string(visitor.visits) + "\n"));
//   });
//
// The cookie is signed with HMAC-SHA256, not encrypted: visitors can read theirs, but not change it. It holds at most
// about 3 KiB. What must be forgotten at once on the server's side (a stolen session) needs a store of its own.
//
// Link libcrypto: `-lcrypto`, or find_package(OpenSSL) and target_link_libraries(myapp PRIVATE OpenSSL::Crypto).
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <appserve/json.hpp>
#include <ctime>
#include <memory>
#include <vector>

namespace appserve {
inline namespace v1 {

/// How sessions are signed and where their cookie is valid.
struct SessionOptions {
  /// At least 32 bytes each, e.g. of `openssl rand -base64 32`, the same on every server. The first signs, all are
  /// accepted: to change the key put the new one in front, and remove the old one when max_age has passed.
  std::vector<std::string> keys;
  std::string cookie = "session";
  std::chrono::seconds max_age = 14 * 24h;  ///< from the last save()
  std::string path = "/";
  SameSite same_site = SameSite::lax;
  /// Seconds since 1970; for tests.
  std::int64_t (*clock)() = [] { return static_cast<std::int64_t>(std::time(nullptr)); };
};

namespace detail {

inline constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 5, without padding.
inline std::string base64url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (have += 8; have >= 6; have -= 6) text.push_back(kBase64Url[bits >> (have - 6) & 63]);
  }
  if (have > 0) text.push_back(kBase64Url[bits << (6 - have) & 63]);
  return text;
}

inline std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    const auto at = std::string_view(kBase64Url, 64).find(c);
    if (at == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(at);
    if ((have += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (have -= 8) & 255));
  }
  return bytes;
}

inline std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
            text.size(), mac, &size))
    throw std::runtime_error("HMAC-SHA256 failed");
  return {reinterpret_cast<const char*>(mac), size};
}

}  // namespace detail

/// Sessions of a struct with a JSON form. A value: copy it into handlers. Any thread.
template <class T>
class Sessions {
 public:
  /// Throws ConfigError for keys that are missing or too short.
  explicit Sessions(SessionOptions options) : options_(std::make_shared<const SessionOptions>(std::move(options))) {
    if (options_->keys.empty()) throw ConfigError("a session needs a key; make one with  openssl rand -base64 32");
    for (const std::string& key : options_->keys)
      if (key.size() < 32)
        throw ConfigError("a session key has at least 32 bytes; make one with  openssl rand -base64 32");
  }

  /// What save() put into the visitor's cookie; nullopt if there is none, or it is forged, expired or of another form.
  std::optional<T> load(const Request& request) const {
    const auto cookie = request.cookie(options_->cookie);
    if (!cookie) return std::nullopt;
    const auto dot = cookie->rfind('.');
    if (dot == cookie->npos || cookie->size() > 4096) return std::nullopt;
    const std::string_view signed_part = cookie->substr(0, dot);
    const auto mac = detail::from_base64url(cookie->substr(dot + 1));
    if (!mac || !genuine(signed_part, *mac)) return std::nullopt;
    const auto first = signed_part.find('.');
    std::int64_t until = 0;
    if (first == signed_part.npos || !detail::parse_scalar(signed_part.substr(0, first), until)) return std::nullopt;
    if (until <= options_->clock()) return std::nullopt;
    const auto json = detail::from_base64url(signed_part.substr(first + 1));
    return json ? from_json<T>(*json) : std::nullopt;
  }

  /// Puts `value` into the response's cookie, for max_age from now. Throws std::invalid_argument if it is too large.
  void save(const T& value, Response& response) const {
    const SessionOptions& o = *options_;
    std::string text = std::to_string(o.clock() + o.max_age.count()) + "." + detail::base64url(to_json(value));
    text += "." + detail::base64url(detail::hmac_sha256(o.keys.front(), bound(text)));
    response.cookie(
        {.name = o.cookie, .value = std::move(text), .max_age = o.max_age, .path = o.path, .same_site = o.same_site});
  }
  Response save(const T& value, Response&& response) const {
    save(value, response);
    return std::move(response);
  }

  /// Makes the browser forget the session.
  void clear(Response& response) const { response.delete_cookie(options_->cookie, options_->path); }

 private:
  /// Signed together with the cookie's name, so that one session is no other.
  std::string bound(std::string_view text) const { return options_->cookie + "=" + std::string(text); }
  bool genuine(std::string_view text, std::string_view mac) const {
    const std::string signed_text = bound(text);
    bool found = false;
    for (const std::string& key : options_->keys) {
      const std::string expected = detail::hmac_sha256(key, signed_text);
      found |= expected.size() == mac.size() && CRYPTO_memcmp(expected.data(), mac.data(), mac.size()) == 0;
    }
    return found;
  }

  std::shared_ptr<const SessionOptions> options_;
};

}  // namespace v1
}  // namespace appserve
