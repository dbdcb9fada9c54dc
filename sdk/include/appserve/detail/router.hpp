// Patterns, checked while compiling, and the tree that finds the route of a path. Knows no request and no handler.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/request.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

namespace appserve {
inline namespace v1 {
namespace detail {

// A call to one of these in a pattern's check is what the compiler reports, with the line of the route.
inline void pattern_must_start_with_a_slash() {}
inline void pattern_has_an_unclosed_or_stray_brace() {}
inline void pattern_parameter_must_be_a_whole_segment() {}
inline void pattern_parameter_needs_a_name() {}
inline void pattern_rest_parameter_must_come_last() {}
inline void pattern_has_too_many_parameters() {}
inline void pattern_must_not_contain_a_query_or_blank() {}
inline void handler_takes_more_path_parameters_than_the_pattern_has() {}

constexpr bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Checks a pattern and counts its parameters.
constexpr std::size_t checked_pattern(std::string_view p) {
  if (p.empty() || p[0] != '/') pattern_must_start_with_a_slash();
  std::size_t count = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] == '?' || p[i] == '#' || p[i] == ' ') pattern_must_not_contain_a_query_or_blank();
    if (p[i] == '}') pattern_has_an_unclosed_or_stray_brace();
    if (p[i] != '{') continue;
    if (i == 0 || p[i - 1] != '/') pattern_parameter_must_be_a_whole_segment();
    std::size_t end = i + 1;
    while (end < p.size() && is_name_char(p[end])) ++end;
    if (end == i + 1) pattern_parameter_needs_a_name();
    const bool rest = p.substr(end, 3) == "...";
    if (rest) end += 3;
    if (end >= p.size() || p[end] != '}') pattern_has_an_unclosed_or_stray_brace();
    if (rest && end + 1 != p.size()) pattern_rest_parameter_must_come_last();
    if (end + 1 < p.size() && p[end + 1] != '/') pattern_parameter_must_be_a_whole_segment();
    if (++count > kMaxParams) pattern_has_too_many_parameters();
    i = end;
  }
  return count;
}

struct Endpoint;
struct Middleware;

struct Route {
  std::string pattern;
  std::uint32_t method = AS_GET;
  std::string method_name;
  std::unique_ptr<Endpoint> endpoint;
  std::vector<Middleware*> chain;  // outermost first

  bool serves(std::uint32_t m, std::string_view name) const noexcept {
    return m == method && (m != AS_OTHER_METHOD || name == method_name);
  }
};

inline std::uint32_t method_id(std::string_view name) noexcept {
  constexpr std::string_view kNames[] = {"", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  for (std::uint32_t i = AS_GET; i < AS_OTHER_METHOD; ++i)
    if (kNames[i] == name) return i;
  return AS_OTHER_METHOD;
}

struct Match {
  const Route* route = nullptr;
  Params params;
  std::vector<const Route*> others;  // fit the path, not the method
};

/// Routes by path segment: literals first, then `{name}`, then `{rest...}`; a dead end or a method without a handler
/// goes back and tries the next.
class Router {
 public:
  void add(const Route& route) {
    Node* node = &root_;
    std::string_view rest = std::string_view(route.pattern).substr(1);
    for (;;) {
      const auto end = std::min(rest.find('/'), rest.size());
      const std::string_view segment = rest.substr(0, end);
      if (segment.ends_with("...}")) return enlist(node->tail, route);
      node = segment.starts_with('{') ? node->any_child() : node->child(segment);
      if (end == rest.size()) return enlist(node->routes, route);
      rest.remove_prefix(end + 1);
    }
  }

  /// `path` is percent-encoded and starts with '/'.
  Match find(std::string_view path, std::uint32_t method, std::string_view method_name) const {
    Match m;
    if (!path.empty() && path[0] == '/') walk(root_, path.substr(1), Wanted{method, method_name}, m);
    return m;
  }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> children;
    std::unique_ptr<Node> any;
    std::vector<const Route*> routes;  // for paths that end here
    std::vector<const Route*> tail;    // for every path that goes on from here

    Node* child(std::string_view segment) {
      for (auto& [name, node] : children)
        if (name == segment) return node.get();
      return children.emplace_back(std::string(segment), std::make_unique<Node>()).second.get();
    }
    Node* any_child() {
      if (!any) any = std::make_unique<Node>();
      return any.get();
    }
  };
  struct Wanted {
    std::uint32_t method;
    std::string_view name;
  };

  static void enlist(std::vector<const Route*>& routes, const Route& route) {
    for (const Route* r : routes)
      if (r->serves(route.method, route.method_name))
        throw std::logic_error(route.method_name + " " + route.pattern + " is already served by " + r->pattern);
    routes.push_back(&route);
  }

  static bool choose(const std::vector<const Route*>& routes, Wanted wanted, Match& m) {
    for (const Route* r : routes)
      if (r->serves(wanted.method, wanted.name)) return m.route = r;
    if (wanted.method == AS_HEAD)
      for (const Route* r : routes)
        if (r->method == AS_GET) return m.route = r;
    m.others.insert(m.others.end(), routes.begin(), routes.end());
    return false;
  }

  static bool same_segment(std::string_view encoded, std::string_view literal) {
    return encoded == literal || (encoded.find('%') != encoded.npos && percent_decoded(encoded) == literal);
  }

  static bool walk(const Node& node, std::string_view rest, Wanted wanted, Match& m) {
    const auto end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    const bool last = end == rest.size();
    const auto enter = [&](const Node& next) {
      return last ? choose(next.routes, wanted, m) : walk(next, rest.substr(end + 1), wanted, m);
    };
    for (const auto& [name, child] : node.children)
      if (same_segment(segment, name) && enter(*child)) return true;
    if (node.any && !segment.empty()) {
      m.params.value[m.params.count++] = segment;
      if (enter(*node.any)) return true;
      --m.params.count;
    }
    if (!node.tail.empty()) {
      m.params.value[m.params.count++] = rest;
      if (choose(node.tail, wanted, m)) return true;
      --m.params.count;
    }
    return false;
  }

  Node root_;
};

/// The value of Allow: every method the path has, HEAD where there is GET, OPTIONS always.
inline std::string allowed_methods(const std::vector<const Route*>& routes) {
  std::string allow;
  const auto add = [&](std::string_view name) {
    if ((", " + allow + ",").find(" " + std::string(name) + ",") != std::string::npos) return;
    allow.append(allow.empty() ? "" : ", ").append(name);
  };
  for (const Route* r : routes) {
    add(r->method_name);
    if (r->method == AS_GET) add("HEAD");
  }
  add("OPTIONS");
  return allow;
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
