// The game over HTTP: routes, JSON, status codes, the page. What the rules allow is decided elsewhere.
#pragma once
#include <appserve/app.hpp>
#include <memory>
#include <utility>

#include "live.hpp"
#include "rooms.hpp"

namespace tictactoe {

/// The rooms and those who watch them.
struct House {
  House(std::unique_ptr<Store> store, Rooms::Limits limits, Rooms::Clock clock)
      : rooms(heard(std::move(store)), limits, std::move(clock)) {}
  Live live;
  Rooms rooms;

 private:
  std::unique_ptr<Store> heard(std::unique_ptr<Store> store) {
    store->listen([this](const Change& change) { live.tell(change); });
    return store;
  }
};

/// Adds every route and the regular clearing of old rooms. README.md lists requests, answers and codes.
void add_routes(appserve::App& app, const std::shared_ptr<House>& house, appserve::Log log);

}  // namespace tictactoe
