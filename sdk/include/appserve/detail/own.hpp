// Ownership in little code: what std::unique_ptr, std::shared_ptr and vectors of them do here costs an app's every
// compilation a quarter of a second, most of it for features nobody uses.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <utility>
#include <vector>

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

/// Owns things in the order they came. One vector type for all of them.
class StoredList {
 public:
  StoredList() = default;
  StoredList(const StoredList&) = delete;
  StoredList& operator=(const StoredList&) = delete;
  ~StoredList() {
    for (const Stored* s : items_) delete s;
  }
  void add(Box<Stored> item) {
    items_.push_back(item.get());
    item.release();
  }
  void take_all(StoredList& from) {
    from.append_to(items_);
    from.items_.clear();
  }
  void append_to(std::vector<Stored*>& list) const {
    for (Stored* s : items_) list.push_back(s);
  }
  std::size_t size() const noexcept { return items_.size(); }

 protected:
  Stored* const* data() const noexcept { return items_.data(); }

 private:
  std::vector<Stored*> items_;
};

/// The same, of one type.
template <class T>
class ListOf : public StoredList {
 public:
  T& operator[](std::size_t i) const noexcept { return static_cast<T&>(*data()[i]); }

  struct Iterator {
    T& operator*() const noexcept { return static_cast<T&>(**at); }
    void operator++() noexcept { ++at; }
    bool operator!=(const Iterator& other) const noexcept { return at != other.at; }
    Stored* const* at;
  };
  Iterator begin() const noexcept { return {data()}; }
  Iterator end() const noexcept { return {data() + size()}; }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
