// The only door to llhttp: splits the field lines of a head that passed the gate. Decides nothing but grammar.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "http/message.hpp"
#include "http/refusal.hpp"

namespace appserve::http {

/// Appends the fields in order: names as sent, values without surrounding white space. `bytes` are the lines after the
/// request line, the blank line included; the views point into them.
std::optional<Refusal> parse_fields(std::span<const char> bytes, Fields& fields);

}  // namespace appserve::http
