#include "http/method.hpp"

#include <algorithm>
#include <array>

namespace appserve::http {
namespace {

// The further methods llhttp knows in HTTP.
constexpr auto kFurther = std::to_array<std::string_view>(
    {"ACL",        "BIND",   "CHECKOUT",  "COPY",   "LINK",     "LOCK",      "M-SEARCH", "MERGE",      "MKACTIVITY",
     "MKCALENDAR", "MKCOL",  "MOVE",      "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE",    "QUERY",      "REBIND",
     "REPORT",     "SEARCH", "SUBSCRIBE", "TRACE",  "UNBIND",   "UNLINK",    "UNLOCK",   "UNSUBSCRIBE"});

}  // namespace

std::optional<Method> find_method(std::string_view name) {
  switch (name.size()) {
    case 3:
      if (name == "GET") return Method::get;
      if (name == "PUT") return Method::put;
      break;
    case 4:
      if (name == "POST") return Method::post;
      if (name == "HEAD") return Method::head;
      break;
    case 5:
      if (name == "PATCH") return Method::patch;
      break;
    case 6:
      if (name == "DELETE") return Method::del;
      break;
    case 7:
      if (name == "OPTIONS") return Method::options;
      break;
    default:
      break;
  }
  if (std::ranges::find(kFurther, name) != kFurther.end()) return Method::other;
  return std::nullopt;
}

}  // namespace appserve::http
