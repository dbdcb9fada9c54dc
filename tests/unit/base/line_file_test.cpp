#include "base/line_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace appserve;
using namespace std::chrono_literals;

namespace {

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "appserve-lines-XXXXXX").string();
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return path + "/" + name; }
};

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Pipe {
  UniqueFd out, in;
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  std::string take() {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(out.get(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(got > 0 ? got : 0));
    return text;
  }
};

const std::string kLine = std::string(999, 'x') + "\n";

std::string lines(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += kLine;
  return all;
}

/// As a full disk does: a write beyond it takes what fits, then nothing.
struct FileLimit {
  rlimit before{};
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    set(bytes);
  }
  void set(rlim_t bytes) const {
    const rlimit limit{bytes, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before); }
};

const Time kNow{100s};

TEST_CASE("a descriptor that somebody closed behind its back is opened again") {
  const UniqueFd original(::memfd_create("log", MFD_CLOEXEC));
  const int next = ::dup(original.get());  // the lowest number that is free
  ::close(next);
  LineFile file(original.get());
  REQUIRE(::close(next) == 0);
  CHECK(file.write("one\n", Time()) == 4);
  CHECK(::lseek(original.get(), 0, SEEK_END) == 4);
}

}  // namespace

TEST_CASE("a file is made, and only appended to") {
  const Folder folder;
  const std::string path = folder / "log";
  CHECK(LineFile(path).write("one\n", kNow) == 4);
  CHECK(LineFile(path).write("two\n", kNow) == 4);
  CHECK(read(path) == "one\ntwo\n");
}

TEST_CASE("a file that was moved away is left to its new place until reopen()") {
  const Folder folder;
  LineFile file(folder / "log");
  file.write("one\n", kNow);
  std::filesystem::rename(folder / "log", folder / "log.1");
  file.write("two\n", kNow);
  file.reopen();
  file.write("three\n", kNow);
  CHECK(read(folder / "log.1") == "one\ntwo\n");
  CHECK(read(folder / "log") == "three\n");
}

TEST_CASE("a deleted file, and a folder that comes later, are noticed within a second") {
  const Folder folder;
  LineFile deleted(folder / "log"), early(folder / "later/log");
  CHECK(deleted.usable());
  CHECK_FALSE(early.usable());
  deleted.write("one\n", kNow);
  CHECK(early.write("one\n", kNow) == 0);
  CHECK(early.why_not() == "No such file or directory");
  std::filesystem::remove(folder / "log");
  std::filesystem::create_directory(folder / "later");
  CHECK(deleted.write("two\n", kNow + 1s) == 4);
  CHECK(early.write("two\n", kNow + 1s) == 4);
  CHECK(read(folder / "log") == "two\n");
  CHECK(read(folder / "later/log") == "two\n");
}

TEST_CASE("a full disk takes whole lines only, and goes on when there is room") {
  const Folder folder;
  LineFile file(folder / "log");
  {
    const FileLimit disk(2500);
    CHECK(file.write(lines(4), kNow) == 2000);
    CHECK_FALSE(file.why_not().empty());
    CHECK(read(folder / "log") == lines(2));
    CHECK(file.write(lines(2), kNow) == 0);
    CHECK(read(folder / "log") == lines(2));
    disk.set(10'000);
    CHECK(file.write(lines(2), kNow) == 2000);
  }
  CHECK(read(folder / "log") == lines(4));
}

TEST_CASE("a pipe that nobody reads takes what it holds, whole lines, and does not block") {
  Pipe pipe;
  LineFile file(pipe.in.get());
  const std::size_t taken = file.write(lines(200), kNow);
  CHECK(taken > 30'000);
  CHECK(taken < 200'000);
  CHECK(taken % kLine.size() == 0);
  CHECK(file.write(kLine, kNow) == 0);
  CHECK(file.why_not() == "nobody reads it");
  CHECK(pipe.take().size() == taken);
  CHECK(file.write(kLine, kNow) == kLine.size());
  CHECK((::fcntl(pipe.in.get(), F_GETFL) & O_NONBLOCK) == 0);  // others' view of it is as it was
}

TEST_CASE("a closed pipe is told in words") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  LineFile file(pipe.in.get());
  pipe.out.reset();
  CHECK(file.write(kLine, kNow) == 0);
  CHECK(file.why_not() == "Broken pipe");
}

TEST_CASE("a socket, as a journal gives it, takes lines and does not block") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  const UniqueFd near(ends[0]), far(ends[1]);
  LineFile file(near.get());
  CHECK(file.write("one\ntwo\n", kNow) == 8);
  std::string got(8, '\0');
  CHECK(::recv(far.get(), got.data(), got.size(), MSG_WAITALL) == 8);
  CHECK(got == "one\ntwo\n");
  std::size_t taken = 0;
  for (int i = 0; i < 2000 && file.write(kLine, kNow) > 0; ++i) taken += kLine.size();
  CHECK(taken > 0);
  CHECK(file.write(kLine, kNow) == 0);
}

TEST_CASE("a file behind a descriptor keeps the position others have in it") {
  const Folder folder;
  const UniqueFd shared(::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  LineFile file(shared.get());
  REQUIRE(::write(shared.get(), "a\n", 2) == 2);
  CHECK(file.write("b\n", kNow) == 2);
  REQUIRE(::write(shared.get(), "c\n", 2) == 2);
  CHECK(read(folder / "log") == "a\nb\nc\n");
}
