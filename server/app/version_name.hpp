// A symbol version as libraries name it: "GLIBCXX_3.4.32" is newer than "GLIBCXX_3.4.9". Pure text.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace appserve::app {

struct VersionName {
  explicit VersionName(std::string_view text);

  std::string_view family;        // "GLIBCXX_"
  std::vector<unsigned> numbers;  // 3, 4, 32: compare these

  /// "3.4.32"
  std::string number_text() const;
};

}  // namespace appserve::app
