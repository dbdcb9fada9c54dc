// UTF-8, as far as a configuration file needs it.
#pragma once
#include <cstddef>
#include <string_view>

namespace appserve::utf8 {

/// The offset of the first byte that is not well-formed UTF-8 (RFC 3629), or npos.
std::size_t find_invalid(std::string_view text);

/// Where the character number `index` (from 0) begins, in bytes; past the end, one byte per missing character.
std::size_t byte_offset(std::string_view text, std::size_t index);

}  // namespace appserve::utf8
