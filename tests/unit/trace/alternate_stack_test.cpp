#include "trace/alternate_stack.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>

using namespace appserve::trace;

TEST_CASE("a thread has its second stack as long as the object lives") {
  std::uintptr_t here = 0;
  StackBounds during, after;
  stack_t set{}, left{};
  std::thread([&] {
    here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));  // a local may be elsewhere under ASan
    {
      const AlternateStack stack;
      during = stack_bounds();
      ::sigaltstack(nullptr, &set);
    }
    ::sigaltstack(nullptr, &left);
    after = stack_bounds();
  }).join();
  CHECK(during.size >= 64 * 1024);
  CHECK(during.low <= here);
  CHECK(set.ss_size >= 64 * 1024);
  CHECK(set.ss_sp != left.ss_sp);
  CHECK(after.size == 0);
}
