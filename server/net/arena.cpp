#include "net/arena.hpp"

namespace appserve::net {

void* Arena::allocate(std::size_t bytes) {
  constexpr std::size_t align = alignof(std::max_align_t);
  const std::size_t rounded = (bytes + align - 1) / align * align;
  if (!first_) first_.reset(new std::byte[kBlock]);
  if (rounded <= kBlock - used_) {
    void* place = first_.get() + used_;
    used_ += rounded;
    return place;
  }
  more_.emplace_back(new std::byte[rounded]);
  return more_.back().get();
}

void Arena::reset() {
  used_ = 0;
  more_.clear();
}

}  // namespace appserve::net
