// Result<T, E>: a value or an expected failure. The one place that names the library behind it.
#pragma once
#include <tl/expected.hpp>

namespace appserve {

template <class T, class E>
using Result = tl::expected<T, E>;

template <class E>
using Failure = tl::unexpected<E>;

}  // namespace appserve
