// Ownership in little code: what std::unique_ptr, std::shared_ptr and vectors of them do here costs an app's every
// compilation a quarter of a second, most of it for features nobody uses.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <cstddef>
#include <utility>

namespace appserve {
inline namespace v1 {
namespace detail {

/// Sole owner of an object, or of none.
template <class T>
class Box {
 public:
  Box() = default;
  explicit Box(T* object) noexcept : object_(object) {}
  template <class U>
  Box(Box<U>&& other) noexcept : object_(other.release()) {}  // NOLINT(google-explicit-constructor)
  Box(Box&& other) noexcept : object_(other.release()) {}
  Box& operator=(Box&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Box() { delete object_; }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  T* release() noexcept { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

/// Base of what a Ref points to. Any thread may copy a Ref.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() = default;

 private:
  template <class T>
  friend class Ref;
  int count_ = 0;
};

/// One of several owners.
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) noexcept : object_(object) { hold(); }
  Ref(const Ref& other) noexcept : object_(other.object_) { hold(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ && __atomic_sub_fetch(&counted().count_, 1, __ATOMIC_ACQ_REL) == 0) delete object_;
  }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  Counted& counted() const noexcept { return *object_; }
  void hold() const noexcept {
    if (object_) __atomic_add_fetch(&counted().count_, 1, __ATOMIC_RELAXED);
  }
  T* object_ = nullptr;
};

/// Base of everything an app keeps in lists.
struct Stored {
  Stored() = default;
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;
  virtual ~Stored() = default;
};

/// A fixed number of objects.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(std::size_t size) : items_(size ? new T[size]() : nullptr), size_(size) {}
  Array(const Array&) = delete;
  Array& operator=(Array&& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Array() { delete[] items_; }
  std::size_t size() const noexcept { return size_; }
  T* data() const noexcept { return items_; }
  T& operator[](std::size_t i) const noexcept { return items_[i]; }

 private:
  T* items_ = nullptr;
  std::size_t size_ = 0;
};

/// What others own, in the order it came.
class Pointers {
 public:
  Pointers() = default;
  Pointers(const Pointers&) = delete;
  Pointers& operator=(const Pointers&) = delete;
  ~Pointers() { delete[] items_; }

  void add(Stored* item) {
    if (size_ == room_) {
      const std::size_t room = room_ * 2 + 4;
      auto** more = new Stored*[room];
      for (std::size_t i = 0; i < size_; ++i) more[i] = items_[i];
      delete[] items_;
      items_ = more;
      room_ = room;
    }
    items_[size_++] = item;
  }
  void add_all(const Pointers& others) {
    for (std::size_t i = 0; i < others.size_; ++i) add(others.items_[i]);
  }
  void clear() noexcept { size_ = 0; }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  Stored* operator[](std::size_t i) const noexcept { return items_[i]; }
  Stored* const* data() const noexcept { return items_; }

 private:
  Stored** items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

/// Owns things in the order they came. One type for all of them.
class StoredList {
 public:
  StoredList() = default;
  StoredList(const StoredList&) = delete;
  StoredList& operator=(const StoredList&) = delete;
  ~StoredList() {
    for (std::size_t i = 0; i < items_.size(); ++i) delete items_[i];
  }
  void add(Box<Stored> item) {
    items_.add(item.get());
    item.release();
  }
  void take_all(StoredList& from) {
    items_.add_all(from.items_);
    from.items_.clear();
  }
  const Pointers& pointers() const noexcept { return items_; }
  std::size_t size() const noexcept { return items_.size(); }

 private:
  Pointers items_;
};

/// The same, of one type.
template <class T>
class ListOf : public StoredList {
 public:
  T& operator[](std::size_t i) const noexcept { return static_cast<T&>(*pointers()[i]); }

  struct Iterator {
    T& operator*() const noexcept { return static_cast<T&>(**at); }
    void operator++() noexcept { ++at; }
    bool operator!=(const Iterator& other) const noexcept { return at != other.at; }
    Stored* const* at;
  };
  Iterator begin() const noexcept { return {pointers().data()}; }
  Iterator end() const noexcept { return {pointers().data() + size()}; }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
