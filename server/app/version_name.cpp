#include "app/version_name.hpp"

#include <algorithm>
#include <charconv>

namespace appserve::app {

VersionName::VersionName(std::string_view text) {
  family = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
  std::string_view rest = text.substr(family.size());
  while (!rest.empty()) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (!rest.empty()) rest.remove_prefix(1);
  }
}

std::string VersionName::number_text() const {
  std::string text;
  for (const unsigned number : numbers) text += (text.empty() ? "" : ".") + std::to_string(number);
  return text;
}

}  // namespace appserve::app
