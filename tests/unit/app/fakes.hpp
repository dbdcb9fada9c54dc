// A response writer and a request that need no connection: the tests look at what the app did to them.
#pragma once
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loop/event_loop.hpp"
#include "service/request.hpp"
#include "service/response_writer.hpp"

namespace appserve::app::test {

/// Writes down what it is told.
class FakeWriter final : public service::ResponseWriter {
 public:
  service::Status respond(const http::ResponseHead& head, std::span<const service::Piece> pieces) override {
    ++responses;
    take_head(head);
    take(pieces);
    return answer;
  }
  service::Status begin(const http::ResponseHead& head) override {
    ++begins;
    take_head(head);
    return answer;
  }
  service::Status write(std::span<const service::Piece> pieces, service::Completion done) override {
    if (no_memory) throw std::bad_alloc();
    take(pieces);
    write_done = done;
    return write_answer;
  }
  service::Status end() override {
    ++ends;
    return answer;
  }
  void on_cancel(void (*fn)(void* arg), void* arg) override { cancel = {fn, arg}; }
  service::Status fail(std::string_view why) override {
    failure = why;
    return service::Status::ok;
  }
  void set_route(std::string_view pattern) override { route = pattern; }
  void* allocate(std::size_t bytes) override {
    memory_.push_back(std::make_unique<std::max_align_t[]>(bytes / sizeof(std::max_align_t) + 1));
    return memory_.back().get();
  }
  void release() override {
    ++releases;
    if (on_release) on_release();
  }

  service::Status answer = service::Status::ok, write_answer = service::Status::ok;
  int responses = 0, begins = 0, ends = 0, releases = 0;
  int status = 0;
  bool close = false;
  bool no_memory = false;  // for what is written
  std::int64_t content_length = 0;
  std::string content_type, body, failure, route;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<service::Piece> files;
  service::Completion write_done;
  std::pair<void (*)(void*), void*> cancel{};
  std::function<void()> on_release;

 private:
  void take_head(const http::ResponseHead& head) {
    status = head.status;
    close = head.close;
    content_length = head.content_length;
    content_type = head.content_type;
    for (const http::Field& field : head.fields) fields.emplace_back(field.name, field.value);
  }
  void take(std::span<const service::Piece> pieces) {
    for (const service::Piece& piece : pieces) {
      body += piece.data;
      if (piece.is_file()) files.push_back(piece);
      if (piece.release != nullptr) piece.release(piece.arg);
    }
  }
  std::vector<std::unique_ptr<std::max_align_t[]>> memory_;
};

/// A loop that runs on its own thread until the end of the test.
class RunningLoop {
 public:
  explicit RunningLoop(unsigned index = 0) : loop(index), thread_([this] { loop.run(); }) {}
  ~RunningLoop() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    loop.stop();
    thread_.join();
  }
  /// Runs `work` on the loop and waits for its end.
  void run(std::function<void()> work) {
    std::promise<void> done;
    std::pair<std::function<void()>*, std::promise<void>*> both{&work, &done};
    loop.post(
        [](void* arg) {
          auto& pair = *static_cast<decltype(both)*>(arg);
          (*pair.first)();
          pair.second->set_value();
        },
        &both);
    done.get_future().wait();
  }

  loop::EventLoop loop;

 private:
  std::thread thread_;
};

}  // namespace appserve::app::test
