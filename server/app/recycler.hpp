// Short-lived memory for apps (coroutine frames, mostly): blocks of few sizes, kept per thread in free lists.
// The lists are thread_local because the ABI's mem_alloc has neither a context nor a loop to hang them on.
#pragma once
#include <cstddef>

namespace appserve::app {

/// [any thread] At least `bytes`, aligned for any object; null when there is no memory.
void* recycled_alloc(std::size_t bytes) noexcept;
/// [any thread, also another than the allocating one] `bytes` as given to recycled_alloc. Null is ignored.
void recycled_free(void* block, std::size_t bytes) noexcept;

}  // namespace appserve::app
