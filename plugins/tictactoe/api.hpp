// The game over HTTP: routes, JSON, status codes, the page. What the rules allow is decided elsewhere.
#pragma once
#include <appserve/app.hpp>
#include <memory>
#include <utility>

#include "live.hpp"
#include "rooms.hpp"

namespace tictactoe {

/// The rooms and those who watch them: every change is made and told in one go, on the blocking pool.
struct House {
  explicit House(Rooms opened) : rooms(std::move(opened)) {}
  Rooms rooms;
  Live live;
};

/// Adds every route and the regular clearing of old rooms. README.md lists requests, answers and codes.
void add_routes(appserve::App& app, const std::shared_ptr<House>& house, appserve::Log log);

}  // namespace tictactoe
