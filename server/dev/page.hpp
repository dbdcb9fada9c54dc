// The pages a developer sees in the browser instead of the app's: why the build is broken, where a handler failed.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace appserve::dev {

/// The script that loads a page anew when something has changed; for the end of an HTML document.
std::string_view script_tag();
/// What that tag loads.
std::string_view script();

/// A page of what a compiler or the server said; lines that begin with FILE:LINE: stand out. `change` is the state's.
std::string broken_page(std::string_view title, std::string_view words, unsigned long long change);

/// What is known of a handler that failed.
struct Failure {
  std::string what;  // "std::runtime_error: no such room"
  std::string request, route, id;
  std::vector<std::pair<std::string, std::string>> fields;  // of the request
  std::string stack_of;                                     // what the stack is of: where it was thrown, or told
  std::vector<std::string> stack;                           // innermost first
  std::vector<std::string> log;                             // the last lines, oldest first
};
std::string failure_page(const Failure& failure);
/// The same for a terminal.
std::string failure_text(const Failure& failure);

}  // namespace appserve::dev
