#include "http/method.hpp"

#include <algorithm>
#include <array>

#include "base/same_text.hpp"

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
      if (same_text(name, "GET")) return Method::get;
      if (same_text(name, "PUT")) return Method::put;
      break;
    case 4:
      if (same_text(name, "POST")) return Method::post;
      if (same_text(name, "HEAD")) return Method::head;
      break;
    case 5:
      if (same_text(name, "PATCH")) return Method::patch;
      break;
    case 6:
      if (same_text(name, "DELETE")) return Method::del;
      break;
    case 7:
      if (same_text(name, "OPTIONS")) return Method::options;
      break;
    default:
      break;
  }
  if (std::ranges::find(kFurther, name) != kFurther.end()) return Method::other;
  return std::nullopt;
}

}  // namespace appserve::http
