#include "net/outbox.hpp"

#include <algorithm>

namespace appserve::net {

void Outbox::copy(std::string_view bytes) {
  if (bytes.empty()) return;
  if (segments_.empty() || segments_.back().borrowed()) segments_.emplace_back();
  segments_.back().own.append(bytes);
}

void Outbox::borrow(std::string_view bytes, const service::Piece& piece) {
  segments_.push_back({.own = {}, .piece = {.data = bytes, .release = piece.release, .arg = piece.arg}});
}

void Outbox::own_all() {
  for (Segment& segment : segments_) {
    if (!segment.borrowed()) continue;
    segment.own = segment.piece.data;
    segment.piece.give_back();
    segment.piece = {};
  }
}

void Outbox::clear() {
  for (const Segment& segment : segments_) segment.piece.give_back();
  std::vector<Segment>().swap(segments_);  // idle connections own no memory
  sent_ = 0;
}

std::span<iovec> Outbox::front(std::span<iovec> into) const {
  const std::size_t count = std::min(into.size(), segments_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view bytes = segments_[i].bytes().substr(i == 0 ? sent_ : 0);
    into[i] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return into.first(count);
}

void Outbox::consume(std::size_t bytes) {
  sent_ += bytes;
  std::size_t done = 0;
  while (done < segments_.size() && sent_ >= segments_[done].bytes().size()) {
    sent_ -= segments_[done].bytes().size();
    segments_[done++].piece.give_back();
  }
  if (done == segments_.size()) return std::vector<Segment>().swap(segments_);
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(done));
}

}  // namespace appserve::net
