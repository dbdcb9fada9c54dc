// Where a Redis server is and who we are there, from a URL. Knows no sockets.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/redis_reply.hpp>
#include <appserve/detail/text.hpp>

namespace appserve {
inline namespace v1 {

/// How a client behaves. Sizes are per loop.
struct RedisOptions {
  std::chrono::nanoseconds connect_timeout = 2s;
  /// A command without a reply fails after this, or up to a quarter more.
  std::chrono::nanoseconds timeout = 5s;
  /// Between attempts to connect: doubled from the first to the last, then varied by a quarter.
  std::chrono::nanoseconds first_retry = 50ms;
  std::chrono::nanoseconds last_retry = 2s;
  /// Commands without a reply, sent or not. More fail at once as overloaded.
  std::size_t max_waiting = 10'000;
};

namespace detail {

struct RedisAddress {
  std::string user, password;
  std::string host, port = "6379";  // or
  std::string path;                 // of a Unix socket
  int database = 0;

  /// For people: "redis://127.0.0.1:6379/0", without user and password.
  std::string name() const {
    const std::string db = std::to_string(database);
    if (!path.empty()) return "unix://" + path + "?db=" + db;
    const bool v6 = host.find(':') != host.npos;
    return "redis://" + (v6 ? "[" + host + "]" : host) + ":" + port + "/" + db;
  }

  /// redis://[[user]:password@]host[:port][/db] or unix://[[user]:password@]/path/to/socket[?db=N]; user, password and
  /// path percent-encoded. Throws RedisError.
  static RedisAddress parse(std::string_view url) {
    RedisAddress address;
    const bool tcp = cut_prefix(url, "redis://");
    if (!tcp && !cut_prefix(url, "unix://"))
      fail(url.starts_with("rediss://") ? "TLS (rediss://) is not supported"
                                        : "a Redis URL begins with redis:// or unix://");
    const auto authority = tcp ? std::min(url.find('/'), url.size()) : url.find("/");
    if (const auto at = url.substr(0, authority).rfind('@'); at != url.npos) {
      address.log_in(url.substr(0, at));
      url.remove_prefix(at + 1);
    }
    tcp ? address.take_tcp(url) : address.take_unix(url);
    return address;
  }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    throw RedisError(RedisError::Kind::refused,
                     why + "; for example redis://:password@127.0.0.1:6379/0 or unix:///run/redis/redis.sock?db=0");
  }
  static bool cut_prefix(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  }
  void log_in(std::string_view who) {
    const auto colon = std::min(who.find(':'), who.size());
    user = percent_decoded(who.substr(0, colon));
    password = percent_decoded(who.substr(std::min(colon + 1, who.size())));
    if (password.empty() && !user.empty()) fail("the Redis URL has a user but no password: write user:password@");
  }
  void take_database(std::string_view text) {
    if (!parse_scalar(text, database) || database < 0)
      fail("'" + std::string(text) + "' is no number of a Redis database");
  }
  void take_tcp(std::string_view text) {
    const auto slash = std::min(text.find('/'), text.size());
    if (slash + 1 < text.size()) take_database(text.substr(slash + 1));
    text = text.substr(0, slash);
    if (cut_prefix(text, "[")) {
      const auto end = text.find(']');
      if (end == text.npos) fail("the '[' of the Redis URL's host has no ']'");
      host = text.substr(0, end);
      text.remove_prefix(end + 1);
    } else {
      host = text.substr(0, std::min(text.find(':'), text.size()));
      text.remove_prefix(host.size());
    }
    if (host.empty()) fail("the Redis URL has no host");
    if (text.empty()) return;
    if (!cut_prefix(text, ":") || text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != text.npos)
      fail("the port of the Redis URL is no number");
    port = text;
  }
  void take_unix(std::string_view text) {
    const auto mark = std::min(text.find('?'), text.size());
    path = percent_decoded(text.substr(0, mark));
    if (path.empty() || path[0] != '/') fail("unix:// needs an absolute path");
    text.remove_prefix(mark);
    if (text.empty()) return;
    if (!cut_prefix(text, "?db=")) fail("the only parameter of a unix:// URL is ?db=N");
    take_database(text);
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
