#include "trace/stack.hpp"

#include <doctest/doctest.h>

#include "trace/modules.hpp"

using namespace appserve::trace;

namespace {

[[gnu::noinline]] Stack stack_of_the_test() {
  Stack stack = Stack::capture();
  stack.push(0);  // no tail call
  return stack;
}

}  // namespace

TEST_CASE("a stack names the functions that called each other, innermost first") {
  modules().learn();
  const Stack stack = stack_of_the_test();
  std::size_t own = stack.frames().size(), main = own;
  for (std::size_t i = stack.frames().size(); i-- > 0;) {
    const auto symbol = modules().find(stack.frames()[i]).symbol;
    if (symbol.find("stack_of_the_test") != symbol.npos) own = i;
    if (symbol == "main") main = i;
  }
  CHECK(own < 3);
  CHECK(main > own);
  CHECK(main < stack.frames().size());
}

TEST_CASE("a stack holds as many frames as it has room for") {
  Stack stack;
  for (std::uintptr_t i = 0; i < 1000; ++i) stack.push(i);
  CHECK(stack.frames().size() == 48);
  CHECK(stack.frames()[47] == 47);
}
