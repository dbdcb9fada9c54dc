// The routes of asio_app.cpp, and how many of its coroutines are alive. Knows no Asio.
#pragma once
#include <appserve/app.hpp>
#include <atomic>

struct AsioTrace {
  std::atomic<int> alive = 0;
  struct Alive {
    explicit Alive(AsioTrace& t) : trace(t) { ++trace.alive; }
    Alive(const Alive&) = delete;
    Alive& operator=(const Alive&) = delete;
    ~Alive() { --trace.alive; }
    AsioTrace& trace;
  };
};

void add_asio_routes(appserve::App& app, AsioTrace& trace);
