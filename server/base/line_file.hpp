// Where lines of a log go: a file, a pipe, a socket or a terminal. Takes whole lines or none of a line, and never waits
// for a reader. One thread at a time.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace appserve {

class LineFile {
 public:
  /// A file, which is made when it is missing and only ever appended to; or a FIFO.
  explicit LineFile(std::string path);
  /// A descriptor of this process, such as STDERR_FILENO; it stays as it is for others.
  explicit LineFile(int descriptor);

  /// Can take lines, as far as opening it tells; else why_not().
  bool usable() const { return static_cast<bool>(fd_); }

  /// `lines`: whole lines, each ending in '\n' and shorter than 4096 bytes. Answers how many bytes it took, also whole
  /// lines; the rest may be tried again later. A missing file is opened again within a second.
  std::size_t write(std::string_view lines, Time now);
  /// Why the last write() did not take everything: "No space left on device".
  std::string why_not() const;

  /// Opens the path anew: after the file was moved away.
  void reopen();

 private:
  enum class Kind : unsigned char { file, socket, other };

  static Kind kind_of(int fd);
  static UniqueFd open_descriptor(int descriptor);
  void open();
  void check_place(Time now);
  std::size_t put(std::string_view bytes);
  std::size_t append(std::string_view lines);
  std::size_t pass_on(std::string_view lines);

  std::string path_;     // empty: a descriptor
  int descriptor_ = -1;  // its number
  UniqueFd fd_;          // ours, non-blocking where that is possible
  Kind kind_ = Kind::other;
  int error_ = 0;
  Time checked_{};
};

}  // namespace appserve
