// Objects whose address is a handle in the hands of a plugin. One that ended stays readable, and is not used again
// before many others were: a plugin that uses a handle too long is told so instead of hitting freed memory.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace appserve::app {

/// T has `T* next_free`. Not thread-safe: one pool per loop.
template <class T>
class HandlePool {
 public:
  /// An object that rested, or one made by `make()`, a std::unique_ptr<T>.
  template <class Make>
  T& take(Make make) {
    if (resting_ > kRest) {
      T& object = *first_;
      first_ = object.next_free;
      --resting_;
      return object;
    }
    all_.push_back(make());
    return *all_.back();
  }
  T& take() {
    return take([] { return std::make_unique<T>(); });
  }

  void put(T& object) {
    object.next_free = nullptr;
    (resting_++ == 0 ? first_ : last_->next_free) = &object;
    last_ = &object;
  }

  /// Every object there is, in use or not.
  const std::vector<std::unique_ptr<T>>& all() const { return all_; }

 private:
  static constexpr std::size_t kRest = 32;
  std::vector<std::unique_ptr<T>> all_;
  T* first_ = nullptr;
  T* last_ = nullptr;
  std::size_t resting_ = 0;
};

}  // namespace appserve::app
