#include "dev/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"

namespace appserve::dev {
namespace {

constexpr std::string_view kScript = R"((() => {
  let seen = document.currentScript.dataset.change;
  const source = new EventSource("/_appserve/dev");
  source.onmessage = event => {
    if (seen === undefined) seen = event.data;
    if (seen !== event.data) location.reload();
  };
  addEventListener("pagehide", () => source.close());
})();
)";

constexpr std::string_view kStyle = R"(
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 3rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; color: #c0392b; }
  pre, td { font: 13px/1.5 ui-monospace, monospace; }
  pre { padding: 1rem; overflow-x: auto; border-radius: 6px; background: #8881; }
  .place { font-weight: 700; }
  .error { color: #c0392b; }
  .own { font-weight: 700; }
  td { padding-right: 2rem; vertical-align: top; }
  .aside { opacity: .7; }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

// The length of "FILE:LINE:" or "FILE:LINE:COLUMN:" at the line's begin; 0: none.
std::size_t place_length(std::string_view line) {
  std::size_t end = 0, at = line.find(':');
  while (at != line.npos && at > 0) {
    std::size_t next = at + 1;
    while (next < line.size() && ascii::is_digit(line[next])) ++next;
    if (next == at + 1 || next >= line.size() || line[next] != ':') break;
    end = next + 1;
    at = next;
  }
  return end;
}

std::string highlighted(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::string_view line = words.substr(0, words.find('\n'));
    words.remove_prefix(std::min(words.size(), line.size() + 1));
    const std::size_t place = place_length(line);
    const bool error = line.find("error") != line.npos && (place > 0 || line.starts_with("error"));
    if (error) out += "<span class=\"error\">";
    if (place > 0) out += "<span class=\"place\">" + escaped(line.substr(0, place)) + "</span>";
    out += escaped(line.substr(place)) + (error ? "</span>\n" : "\n");
  }
  return out;
}

std::string document(std::string_view title, std::string_view body, std::string_view script) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "<h1>{0}</h1>\n{2}{3}\n",
      escaped(title), kStyle, body, script);
}

// A frame in the author's own code: not of the SDK, nor of a library.
bool is_own(std::string_view frame) {
  return frame.find(" at ") != frame.npos && frame.find("/appserve/") == frame.npos &&
         frame.find("/include/") == frame.npos && frame.find("??") == frame.npos;
}

}  // namespace

std::string_view script_tag() { return "<script src=\"/_appserve/dev.js\"></script>\n"; }
std::string_view script() { return kScript; }

std::string broken_page(std::string_view title, std::string_view words, unsigned long long change) {
  const std::string body = words.empty() ? "" : "<pre>" + highlighted(words) + "</pre>\n";
  return document(title, body + "<p class=\"aside\">This page goes away by itself.</p>\n",
                  fmt::format("<script src=\"/_appserve/dev.js\" data-change=\"{}\"></script>", change));
}

std::string failure_page(const Failure& failure) {
  std::string body = fmt::format("<p>{}{}</p>\n", escaped(failure.request),
                                 failure.route.empty() ? "" : " · route " + escaped(failure.route));
  body += fmt::format("<h2>{}</h2>\n<pre>", escaped(failure.stack_of));
  for (const std::string& frame : failure.stack)
    body += is_own(frame) ? "<span class=\"own\">" + escaped(frame) + "</span>\n" : escaped(frame) + "\n";
  body += "</pre>\n";
  if (!failure.log.empty()) {
    body += "<h2>Last in the log</h2>\n<pre>";
    for (const std::string& line : failure.log) body += escaped(line) + "\n";
    body += "</pre>\n";
  }
  body += "<h2>Request " + escaped(failure.id) + "</h2>\n<table>\n";
  for (const auto& [name, value] : failure.fields)
    body += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", escaped(name), escaped(value));
  body += "</table>\n<p class=\"aside\">Seen in development only: in production the client gets a plain 500.</p>\n";
  return document(failure.what, body, script_tag());
}

std::string failure_text(const Failure& failure) {
  std::string out = failure.what + "\n\n" + failure.request +
                    (failure.route.empty() ? "" : "   route " + failure.route) + "   request " + failure.id + "\n\n" +
                    failure.stack_of + "\n";
  for (const std::string& frame : failure.stack) out += "  " + frame + "\n";
  if (!failure.log.empty()) out += "\nLast in the log\n";
  for (const std::string& line : failure.log) out += "  " + line + "\n";
  return out;
}

}  // namespace appserve::dev
