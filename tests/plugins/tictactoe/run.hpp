// Runs a task of the game to its end, on the calling thread.
#pragma once
#include <appserve/test.hpp>

template <class T>
T run(appserve::Task<T> task) {
  appserve::TestClient anywhere([](appserve::App&) {});
  return anywhere.run(std::move(task));
}
