// From what the rooms say to HTTP: status codes, error codes, JSON and validators, as README.md lists them.
#pragma once
#include <appserve/app.hpp>
#include <string>
#include <variant>

#include "rooms.hpp"

namespace tictactoe {

appserve::Response error(int status, std::string code, std::string text);

appserve::Response to_response(Refusal refusal);
appserve::Response to_response(const Room& room);
appserve::Response to_response(const Rooms::Seated& seated);

template <class T>
appserve::Response to_response(const Result<T>& result) {
  return std::visit([](const auto& value) { return to_response(value); }, result);
}

/// The ETag of a room's state.
std::string tag_of(const Room& room);

}  // namespace tictactoe
