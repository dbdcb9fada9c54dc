#include "net/arena.hpp"

namespace appserve::net {

void* Arena::allocate_more(std::size_t bytes) {
  if (!first_) {
    first_.reset(new std::byte[kBlock]);
    reset();
    return allocate(bytes);
  }
  more_.emplace_back(new std::byte[bytes]);
  return more_.back().get();
}

}  // namespace appserve::net
