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

std::string content_security_policy() {
  return "default-src 'none'; style-src " + std::string(kPageStyleSource) + "; script-src " +
         std::string(kPageScriptSource) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

appserve::Response page(const appserve::Request& request) {
  using appserve::Response;
  const std::string_view path = request.target().substr(0, request.target().find('?'));
  if (!path.ends_with('/')) return Response::redirect(with_slash(request.target()), 308);
  Response response = Response::html(std::string(kPage));
  if (request.header("if-none-match") == kPageTag) response = Response(304);
  response.header("etag", kPageTag).header("cache-control", "no-cache");
  response.header("content-security-policy", content_security_policy()).header("x-content-type-options", "nosniff");
  response.header("referrer-policy", "no-referrer");
  return response;
}

}  // namespace tictactoe
