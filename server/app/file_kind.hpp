// What is this file that is not a library? For the one sentence that tells people.
#pragma once
#include <string>
#include <string_view>

namespace appserve::app {

struct FileKind {
  std::string phrase;  // "a C++ source file", "empty", "a script (it begins with \"#!/bin/sh\")"
  bool cpp_source = false, c_source = false;
};

/// From its name and its first bytes.
FileKind file_kind(std::string_view name, std::string_view head);

}  // namespace appserve::app
