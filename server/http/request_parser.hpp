// The only door to llhttp: splits a complete head that passed the gate into fields. Decides nothing but grammar.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// Appends the head's fields in order: names as sent, values without surrounding white space. `bytes` is one whole head
/// from the request line to the blank line, of version HTTP/1.0 or HTTP/1.1; the views point into it.
std::optional<Refusal> parse_fields(std::span<const char> bytes, Fields& fields);

}  // namespace appserve::http
