// A ResponseWriter that remembers what it was told; a folder for a state.
#pragma once
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>

#include "service/service.hpp"

namespace appserve::dev::test {

struct Answer final : service::ResponseWriter {
  int status = 0, releases = 0, ends = 0;
  std::int64_t length = -1;
  std::string type, body, failed;
  std::deque<std::string> memory;
  std::function<void()> written = [] {}, released = [] {};

  service::Status respond(const http::ResponseHead& head, std::span<const service::Piece> pieces) override {
    begin(head);
    return write(pieces, {});
  }
  service::Status begin(const http::ResponseHead& head) override {
    status = head.status;
    type = head.content_type;
    length = head.content_length;
    return service::Status::ok;
  }
  service::Status write(std::span<const service::Piece> pieces, service::Completion) override {
    for (const auto& piece : pieces) body += piece.data;
    written();
    return service::Status::ok;
  }
  service::Status end() override {
    ++ends;
    return service::Status::ok;
  }
  void on_cancel(void (*)(void*), void*) override {}
  service::Status fail(std::string_view why) override {
    failed = why;
    return service::Status::ok;
  }
  void set_route(std::string_view) override {}
  void* allocate(std::size_t bytes) override { return memory.emplace_back(bytes, '\0').data(); }
  void release() override {
    ++releases;
    released();
  }
};

struct Folder {
  std::string path = [] {
    char name[] = "/tmp/appserve-test-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
  ~Folder() { std::filesystem::remove_all(path); }
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

}  // namespace appserve::dev::test
