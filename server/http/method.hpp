// Request methods: which names are HTTP's. Case-sensitive (RFC 9110 9.1).
#pragma once
#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace appserve::http {

/// The method of this name; `other` for those beyond the common seven (PROPFIND, TRACE …). Nothing for names that are
/// not HTTP's, and for CONNECT: this server is no proxy.
std::optional<Method> find_method(std::string_view name);

/// What an Allow field says when nothing more is known.
inline constexpr std::string_view kCommonMethods = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";

/// No method's name is longer than this; a longer token is not worth waiting for.
inline constexpr std::size_t kLongestMethod = 32;

}  // namespace appserve::http
