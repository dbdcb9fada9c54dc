#include "config/watch_types.hpp"

#include <algorithm>

#include "journal/access_format.hpp"

namespace appserve::config {
namespace {

using Kind = Complaint::Kind;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

Expects LogFile::expects() const {
  return {"a file", R"(a file, "-" for standard output, or "")", "", "/var/log/access.log"};
}

Wrong LogFile::read(const Value& value, std::string& out) const {
  if (!value.is_text()) return Complaint{Kind::type};
  if (std::ranges::any_of(value.text, is_control)) return Complaint{Kind::range};
  out = value.text;
  return {};
}

std::string LogFile::show(const std::string& path) const { return in_quotes(path); }

Expects LineFormat::expects() const {
  return {"a format", R"("common", "combined", "json" or a text with names in braces)", "",
          "{client} {status} {took_ms}"};
}

Wrong LineFormat::read(const Value& value, std::string& out) const {
  if (!value.is_text()) return Complaint{Kind::type};
  if (value.text.empty() || std::ranges::any_of(value.text, is_control)) return Complaint{Kind::range};
  std::string wrong;
  if (!journal::AccessFormat::parse(value.text, wrong))
    return Complaint{Kind::said,
                     {},
                     Error{.fault = &fault('E', 3004),
                           .what = "the access log's format has no value named '" + wrong + "'",
                           .where = {},
                           .notes = {"there are: " + journal::AccessFormat::names()},
                           .help = {}}};
  out = value.text;
  return {};
}

std::string LineFormat::show(const std::string& format) const { return in_quotes(format); }

Expects RequestPaths::expects() const {
  return {"a list of paths", R"(a list of paths that begin with '/', like "/healthz")", "", ""};
}

Wrong RequestPaths::read(const Value& value, std::vector<std::string>& out) const {
  std::vector<std::string> paths;
  const auto take = [&paths](const Value& item) -> Wrong {
    if (!item.is_text()) return Complaint{Kind::type, item.place};
    for (std::string_view rest = item.text; !rest.empty();) {
      const std::string_view path = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(path.size() + 1, rest.size()));
      if (path.empty()) continue;
      if (path.front() != '/' || std::ranges::any_of(path, is_control)) return Complaint{Kind::range, item.place};
      paths.emplace_back(path);
    }
    return {};
  };
  if (value.kind != Value::Kind::list) {
    if (Wrong wrong = take(value)) return wrong;
  } else {
    for (const Value& item : value.items)
      if (Wrong wrong = take(item)) return wrong;
  }
  out = std::move(paths);
  return {};
}

std::string RequestPaths::show(const std::vector<std::string>& paths) const { return Folders{}.show(paths); }

Expects Address::expects() const {
  return {"an address", R"(an address like "127.0.0.1:9090" or "unix:/run/appserve-admin.sock", or "")", "",
          "127.0.0.1:9090"};
}

Wrong Address::read(const Value& value, std::optional<net::Endpoint>& out) const {
  if (value.is_text() && value.text.empty()) {
    out.reset();
    return {};
  }
  std::vector<net::Endpoint> one;
  if (Wrong wrong = Endpoints{}.read(value, one)) return wrong;
  if (one.size() != 1) return Complaint{Kind::range};
  out = one.front();
  return {};
}

std::string Address::show(const std::optional<net::Endpoint>& endpoint) const {
  return in_quotes(endpoint ? net::to_string(*endpoint) : "");
}

Expects Secret::expects() const { return {"visible ASCII text", "visible ASCII text", "", ""}; }

Wrong Secret::read(const Value& value, std::string& out) const { return Text{}.read(value, out); }

std::string Secret::show(const std::string& secret) const { return secret.empty() ? "\"\"" : "\"(hidden)\""; }

}  // namespace appserve::config
