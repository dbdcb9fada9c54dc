// The dynamic loader's complaints in words that help.
#pragma once
#include <string>

#include "app/closure.hpp"
#include "app/library_file.hpp"
#include "base/error.hpp"

namespace appserve::app {

/// E1016, E1017, or what else the loader may say. `closure` is the library's.
Error translate(const std::string& words, const LibraryFile& file, const Closure& closure);

}  // namespace appserve::app
