// What is written to standard error while it lives. A Log keeps the standard error it finds when it is made: make it
// after.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/unique_fd.hpp"

namespace appserve::app::test {

class StderrCapture {
 public:
  StderrCapture() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) == 0) {
      read_.reset(ends[0]);
      before_.reset(::dup(STDERR_FILENO));
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[1]);
    }
  }
  ~StderrCapture() { text(); }

  /// All of it; the capture is over.
  std::string text() {
    if (!before_) return text_;
    ::dup2(before_.get(), STDERR_FILENO);
    before_.reset();
    ::fcntl(read_.get(), F_SETFL, O_NONBLOCK);  // a Log may still have it open
    std::array<char, 4096> buffer{};
    for (ssize_t got; (got = ::read(read_.get(), buffer.data(), buffer.size())) > 0;)
      text_.append(buffer.data(), static_cast<std::size_t>(got));
    return text_;
  }

 private:
  UniqueFd read_, before_;
  std::string text_;
};

}  // namespace appserve::app::test
