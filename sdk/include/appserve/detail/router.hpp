// Patterns, checked while compiling, and the tree that finds the route of a path. Knows no request and no handler.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/own.hpp>
#include <appserve/detail/request.hpp>

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
struct Layer;

struct Route final : Stored {
  Route(Layer& of, std::string_view method_text, std::string_view pattern_text, Box<Endpoint> handler);
  ~Route() override;

  bool serves(std::uint32_t m, std::string_view name) const noexcept {
    return m == method && (m != AS_OTHER_METHOD || name == method_name);
  }

  Layer& layer;
  std::string pattern;  // complete once the app is finished
  std::string method_name;
  std::uint32_t method;
  Box<Endpoint> endpoint;
  Pointers chain;                // its Middleware, outermost first
  Route* alternative = nullptr;  // the next route with the same pattern
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
  bool known_path = false;  // though perhaps not for the method
};

/// The value of Allow, collected route by route: HEAD where there is GET, OPTIONS always.
class Allow {
 public:
  void add(const Route* routes) {
    for (const Route* r = routes; r; r = r->alternative) {
      add(r->method_name);
      if (r->method == AS_GET) add("HEAD");
    }
  }
  std::string text() {
    add("OPTIONS");
    return text_;
  }

 private:
  void add(std::string_view name) {
    for (std::size_t at = text_.find(name); at != text_.npos; at = text_.find(name, at + 1))
      if ((at == 0 || text_[at - 1] == ' ') && (at + name.size() == text_.size() || text_[at + name.size()] == ','))
        return;
    text_.append(text_.empty() ? "" : ", ").append(name);
  }
  std::string text_;
};

/// Routes by path segment: literals first, then `{name}`, then `{rest...}`; a dead end or a method without a handler
/// goes back and tries the next.
class Router {
 public:
  /// `route` outlives the router. Throws std::logic_error if its method and path are served already.
  void add(Route& route) {
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
    if (!path.empty() && path[0] == '/') walk(root_, path.substr(1), {method, method_name, nullptr}, m);
    return m;
  }

  std::string allowed(std::string_view path) const {
    Allow allow;
    Match m;
    if (!path.empty() && path[0] == '/') walk(root_, path.substr(1), {0, {}, &allow}, m);
    return allow.text();
  }

 private:
  struct Node {
    std::string literal;
    Box<Node> sibling;
    Box<Node> children;
    Box<Node> any;
    Route* routes = nullptr;  // for paths that end here
    Route* tail = nullptr;    // for every path that goes on from here

    Node* child(std::string_view segment) {
      Box<Node>* at = &children;
      while (*at && (*at)->literal != segment) at = &(*at)->sibling;
      if (!*at) {
        *at = Box(new Node);
        (*at)->literal = segment;
      }
      return at->get();
    }
    Node* any_child() {
      if (!any) any = Box(new Node);
      return any.get();
    }
  };
  struct Wanted {
    std::uint32_t method;
    std::string_view name;
    Allow* allow;  // set: collect the methods instead
  };

  static void enlist(Route*& routes, Route& route) {
    Route** last = &routes;
    for (; *last; last = &(*last)->alternative)
      if ((*last)->serves(route.method, route.method_name))
        throw std::logic_error(
            joined({route.method_name, " ", route.pattern, " is already served by ", (*last)->pattern}));
    *last = &route;
  }

  static bool choose(const Route* routes, const Wanted& wanted, Match& m) {
    if (!routes) return false;
    if (wanted.allow) return wanted.allow->add(routes), false;
    m.known_path = true;
    const Route* get = nullptr;
    for (const Route* r = routes; r; r = r->alternative) {
      if (r->serves(wanted.method, wanted.name)) return m.route = r;
      if (r->method == AS_GET) get = r;
    }
    if (wanted.method == AS_HEAD) m.route = get;
    return m.route;
  }

  static bool same_segment(std::string_view encoded, std::string_view literal) {
    return encoded == literal || (encoded.find('%') != encoded.npos && percent_decoded(encoded) == literal);
  }

  static bool walk(const Node& node, std::string_view rest, const Wanted& wanted, Match& m) {
    const auto end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    const bool last = end == rest.size();
    const auto enter = [&](const Node& next) {
      return last ? choose(next.routes, wanted, m) : walk(next, rest.substr(end + 1), wanted, m);
    };
    for (const Node* child = node.children.get(); child; child = child->sibling.get())
      if (same_segment(segment, child->literal) && enter(*child)) return true;
    if (node.any && !segment.empty()) {
      m.params.push(segment);
      if (enter(*node.any)) return true;
      m.params.pop();
    }
    if (node.tail) {
      m.params.push(rest);
      if (choose(node.tail, wanted, m)) return true;
      m.params.pop();
    }
    return false;
  }

  Node root_;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
