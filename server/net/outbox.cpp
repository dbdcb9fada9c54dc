#include "net/outbox.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

namespace appserve::net {

void Outbox::copy(std::string_view bytes) {
  if (bytes.empty()) return;
  if (segments_.empty() || segments_.back().borrowed() || segments_.back().is_file()) segments_.emplace_back();
  segments_.back().own.append(bytes);
}

void Outbox::borrow(std::string_view bytes, const service::Piece& piece) {
  segments_.push_back({.own = {}, .piece = {.data = bytes, .release = piece.release, .arg = piece.arg}});
}

bool Outbox::add_file(int fd, std::uint64_t offset, std::uint64_t length) {
  UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own) return false;
  segments_.push_back({.own = {}, .file = {.fd = std::move(own), .offset = offset, .length = length}});
  return true;
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

const Outbox::FilePart* Outbox::front_file() const {
  return segments_.empty() || !segments_.front().is_file() ? nullptr : &segments_.front().file;
}

std::span<iovec> Outbox::front(std::span<iovec> into) const {
  std::size_t count = 0;
  for (; count < std::min(into.size(), segments_.size()) && !segments_[count].is_file(); ++count) {
    const std::string_view bytes = segments_[count].bytes().substr(count == 0 ? sent_ : 0);
    into[count] = {const_cast<char*>(bytes.data()), bytes.size()};
  }
  return into.first(count);
}

void Outbox::consume(std::size_t bytes) {
  if (!segments_.empty() && segments_.front().is_file()) return consume_file(bytes);
  sent_ += bytes;
  std::size_t done = 0;
  while (done < segments_.size() && !segments_[done].is_file() && sent_ >= segments_[done].bytes().size()) {
    sent_ -= segments_[done].bytes().size();
    segments_[done++].piece.give_back();
  }
  if (done == segments_.size()) return std::vector<Segment>().swap(segments_);
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Outbox::consume_file(std::size_t bytes) {
  FilePart& file = segments_.front().file;
  file.offset += bytes;
  file.length -= bytes;
  if (file.length == 0) segments_.erase(segments_.begin());
}

}  // namespace appserve::net
