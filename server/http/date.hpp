// HTTP dates (RFC 9110 5.6.7).
#pragma once
#include <chrono>
#include <string>

namespace appserve::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string format_date(std::chrono::sys_seconds time);

}  // namespace appserve::http
