#include "admin/admin_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <random>
#include <span>

#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "admin/status.hpp"
#include "base/ascii.hpp"
#include "embedded/page_css.hpp"
#include "embedded/page_html.hpp"
#include "embedded/page_js.hpp"

namespace appserve::admin {
namespace {

using service::Request;
using service::ResponseWriter;

constexpr std::string_view kBearer = "bearer ";
constexpr std::string_view kText = "text/plain; charset=utf-8", kJson = "application/json";

void send(ResponseWriter& response, int status, std::string_view type, std::string_view body,
          std::span<const http::Field> more = {}) {
  std::vector<http::Field> fields{{"cache-control", "no-store"}, {"x-content-type-options", "nosniff"}};
  fields.insert(fields.end(), more.begin(), more.end());
  const service::Piece piece{.data = body};
  response.respond({.status = status, .content_type = type, .fields = fields}, {&piece, 1});
}

// 200 "ok", or 503 with a line per problem.
void send_health(ResponseWriter& response, const Problems& problems) {
  std::string body;
  for (const std::string& problem : problems) body += problem + "\n";
  send(response, problems.empty() ? 200 : 503, kText, problems.empty() ? "ok\n" : body);
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// The page is one document; its style and script carry the nonce that the policy of this one answer allows.
void send_page(ResponseWriter& response) {
  std::random_device random;
  const std::string nonce = fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  const std::string page =
      replaced(replaced(replaced(std::string(embedded::page_html), "{nonce}", nonce), "{css}", embedded::page_css),
               "{js}", embedded::page_js);
  const std::string policy = fmt::format(
      "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src 'self'; img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      nonce);
  const std::array fields{http::Field{"content-security-policy", policy},
                          http::Field{"referrer-policy", "no-referrer"}};
  send(response, 200, "text/html; charset=utf-8", page, fields);
}

// In time that does not depend on where they differ.
bool same(std::string_view a, std::string_view b) {
  int differences = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) differences += a[i] == b[i] ? 0 : 1;
  return differences == 0;
}

}  // namespace

void AdminService::call(Request& request, ResponseWriter& response) noexcept {
  try {
    answer(request, response);
  } catch (const std::exception& error) {
    response.fail(error.what());
  }
  response.release();
}

bool AdminService::allowed(const Request& request) const {
  if (token_.empty()) return true;
  return std::ranges::any_of(request.fields, [this](const http::Field& field) {
    return field.name == "authorization" && field.value.size() > kBearer.size() &&
           ascii::iequals(field.value.substr(0, kBearer.size()), kBearer) &&
           same(field.value.substr(kBearer.size()), token_);
  });
}

void AdminService::answer(const Request& request, ResponseWriter& response) {
  if (request.method != http::Method::get && request.method != http::Method::head) {
    const std::array fields{http::Field{"allow", "GET, HEAD"}};
    return send(response, 405, kText, "Method Not Allowed\n", fields);
  }
  const std::string_view path = request.path;
  if (path == "/livez") return send_health(response, not_alive(scoreboard::read(board_), scoreboard::monotonic_ns()));
  if (path == "/readyz") {
    Problems problems = not_ready(scoreboard::read(board_));
    for (std::string& problem : about_.problems()) problems.push_back(std::move(problem));
    return send_health(response, problems);
  }
  if (path == "/") return send_page(response);  // holds no secret: what it shows it asks for with the token
  if (!allowed(request)) {
    const std::array fields{http::Field{"www-authenticate", "Bearer"}};
    return send(response, 401, kText, "Unauthorized\n\nAuthorization: Bearer TOKEN, with the token of admin.token\n",
                fields);
  }
  if (path == "/metrics")
    return send(response, 200, "text/plain; version=0.0.4; charset=utf-8", metrics(board_, about_));
  if (path == "/status.json") return send(response, 200, kJson, status_json(board_, about_));
  if (path == "/settings.json") return send(response, 200, kJson, settings_json(about_));
  send(response, 404, kText, "Not Found\n\nthere are /metrics, /livez, /readyz, /status.json, /settings.json and /\n");
}

}  // namespace appserve::admin
