// The way a request's content comes in: pulled by the app, so that a slow app slows the client.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "service/status.hpp"

namespace appserve::service {

class BodyReader {
 public:
  /// [home] The next piece of content. ok: `chunk` is valid until the next call; eof: there is no more;
  /// pending: `done` will be called, then ask again; gone: the client has left or broke the framing.
  /// One operation at a time: bad_state otherwise.
  virtual Status next(std::string_view& chunk, Completion done) = 0;

  /// [home] All content (that next() has not taken), at most `max` bytes: too_big otherwise. Valid until release().
  /// Statuses as next(); never eof.
  virtual Status all(std::size_t max, std::string_view& content, Completion done) = 0;

  /// [home] Content of more than `max` bytes in all is refused. Before anything is read. False: it is known already
  /// that there are more.
  virtual bool limit(std::uint64_t max) = 0;

 protected:
  ~BodyReader() = default;
};

}  // namespace appserve::service
