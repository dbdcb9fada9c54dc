// Where exceptions were thrown: for development, where a failed handler is shown with the stack of its throw. Nothing
// is kept until it is asked for. Who catches the throws themselves is not known here.
#pragma once
#include <optional>

#include "trace/stack.hpp"

namespace appserve::trace {

/// From now on the stacks of the last throws are kept, of all threads together.
void keep_throws() noexcept;

/// [any thread] `exception` is about to be thrown here. No more than a look when nothing is kept.
void thrown(const void* exception) noexcept;

/// [any thread] The stack of the throw of this exception object, when it is one of the last.
std::optional<Stack> where_thrown(const void* exception) noexcept;

}  // namespace appserve::trace
