// The table of functions we lend to plugins: as_host.
#pragma once
#include <appserve/abi.h>

#include <string_view>

namespace appserve::app {

/// The one table of the process; constant.
const as_host& host_table() noexcept;

/// "0.1.0"
std::string_view server_version() noexcept;

}  // namespace appserve::app
