#include "supervisor/control.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

using namespace appserve::supervisor;
namespace fs = std::filesystem;

namespace {

struct Folder {
  std::string path = "/tmp/appserve-test-XXXXXX";
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
};

Control::Question next_question(Control& control) {
  for (;;) {
    std::vector<pollfd> watched;
    for (const int fd : control.descriptors()) watched.push_back({fd, POLLIN, 0});
    ::poll(watched.data(), watched.size(), -1);
    if (auto asked = control.questions(); !asked.empty()) return asked.front();
  }
}

}  // namespace

TEST_CASE("a question is answered with an exit code and a text") {
  const Folder folder;
  auto control = Control::open(folder.path);
  REQUIRE(control);
  auto answer = std::async(std::launch::async, [&] { return ask(folder.path, 0, "reload wait"); });
  const Control::Question question = next_question(*control);
  CHECK(question.text == "reload wait");
  control->answer(question.client, 78, "error[E3002]: unknown key\nmore");
  const auto got = answer.get();
  REQUIRE(got);
  CHECK(got->exit == 78);
  CHECK(got->text == "error[E3002]: unknown key\nmore");
}

TEST_CASE("a client that leaves without a word, as a server that starts beside it does, is forgotten") {
  const Folder folder;
  auto control = Control::open(folder.path);
  REQUIRE(control);
  CHECK_FALSE(Control::open(folder.path));  // asks those it finds whether they are alive; this name is taken
  CHECK(control->questions().empty());
  CHECK(control->questions().empty());
  CHECK(control->descriptors().size() == 1);
}

TEST_CASE("the socket is for its owner only, and ends with it; one of a dead server is removed") {
  const Folder folder;
  {
    const auto control = Control::open(folder.path);
    REQUIRE(control);
    struct stat status{};
    REQUIRE(::stat(control->path().path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  CHECK(fs::is_empty(folder.path));
  std::ofstream(folder.path + "/ctl-1.sock") << "left behind";
  const auto control = Control::open(folder.path);
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("nobody there, and a server that ends before it answers, are told") {
  const Folder folder;
  CHECK(ask(folder.path, 0, "status").error() == "no server answers in " + folder.path);
  auto control = Control::open(folder.path);
  REQUIRE(control);
  auto answer = std::async(std::launch::async, [&] { return ask(folder.path, ::getpid(), "stop"); });
  next_question(*control);
  {
    const Control ends = *std::move(control);
  }
  CHECK(answer.get().error() == "the server ended before it answered");
}
