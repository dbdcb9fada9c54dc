#include "page.hpp"

#include <string>

#include "page_data.hpp"

namespace tictactoe {
namespace {

/// The address with a slash at the end, relative to the one asked for, so that it holds behind any proxy.
std::string with_slash(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return std::string(path.substr(path.rfind('/') + 1)) + "/" + std::string(target.substr(path.size()));
}

std::string content_security_policy(const PageData& data) {
  return "default-src 'none'; style-src " + std::string(data.style_source) + "; script-src " +
         std::string(data.script_source) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

appserve::Response page(const appserve::Request& request) {
  using appserve::Response;
  const std::string_view path = request.target().substr(0, request.target().find('?'));
  if (!path.ends_with('/')) return Response::redirect(with_slash(request.target()), 308);
  const PageData data = page_data();
  const bool has_it = request.header("if-none-match") == data.tag;
  Response response = has_it ? Response(304) : Response::html(std::string(data.html));
  response.header("etag", data.tag).header("cache-control", "no-cache");
  response.header("content-security-policy", content_security_policy(data)).header("x-content-type-options", "nosniff");
  response.header("referrer-policy", "no-referrer");
  return response;
}

}  // namespace tictactoe
