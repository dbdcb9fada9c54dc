// C++ names as people write them.
#pragma once
#include <string>
#include <string_view>

namespace appserve {

/// "redis::pool::get()" for _ZN5redis4pool3getEv; other symbols as they are.
std::string demangle(const std::string& symbol);

/// "std::runtime_error" for what std::type_info::name() says.
std::string demangle_type(const char* type_name);

/// Every mangled name in a text, as in a crash's report.
std::string demangle_all(std::string_view text);

}  // namespace appserve
