// A ResponseWriter and a BodyReader that remember what they were told.
#pragma once
#include <deque>
#include <string>

#include "service/service.hpp"

namespace appserve::middleware::test {

struct Answer final : service::ResponseWriter {
  int status = 0, releases = 0, routed = 0;
  std::string fields, body;
  std::deque<std::string> memory;

  service::Status respond(const http::ResponseHead& head, std::span<const service::Piece> pieces) override {
    status = head.status;
    for (const auto& field : head.fields) fields += std::string(field.name) + ": " + std::string(field.value) + "\n";
    for (const auto& piece : pieces) body += piece.data;
    return service::Status::ok;
  }
  service::Status begin(const http::ResponseHead&) override { return service::Status::unsupported; }
  service::Status write(std::span<const service::Piece>, service::Completion) override {
    return service::Status::unsupported;
  }
  service::Status end() override { return service::Status::unsupported; }
  void on_cancel(void (*)(void*), void*) override {}
  service::Status fail(std::string_view) override { return service::Status::ok; }
  void set_route(std::string_view) override { ++routed; }
  void* allocate(std::size_t bytes) override { return memory.emplace_back(bytes, '\0').data(); }
  void release() override { ++releases; }
};

struct Body final : service::BodyReader {
  std::uint64_t size = 0;
  std::uint64_t limited_to = UINT64_MAX;

  service::Status next(std::string_view&, service::Completion) override { return service::Status::eof; }
  service::Status all(std::size_t, std::string_view&, service::Completion) override { return service::Status::ok; }
  bool limit(std::uint64_t max) override {
    limited_to = max;
    return size <= max;
  }
};

}  // namespace appserve::middleware::test
