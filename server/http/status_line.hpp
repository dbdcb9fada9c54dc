// Status lines, rendered before they are needed. (reason_phrase is declared in refusal.hpp.)
#pragma once
#include <string>

namespace appserve::http {

/// Appends "HTTP/1.1 404 Not Found\r\n"; an unregistered code gets an empty reason. `status` has three digits.
void append_status_line(int status, int minor_version, std::string& out);

}  // namespace appserve::http
