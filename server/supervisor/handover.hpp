// What a supervisor leaves to the program that takes its place under the same pid: the sockets, the workers and the
// plan they serve by, as bytes that name descriptors by their numbers. Versioned.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/control.hpp"
#include "supervisor/fleet.hpp"
#include "supervisor/socket_set.hpp"

namespace appserve::supervisor {

/// A program that says another number cannot take over.
inline constexpr unsigned kHandover = 2;

struct Legacy {
  std::string bytes;
  std::vector<int> descriptors;  // that `bytes` name
};
/// `waiting` are clients of the control socket that wait to hear how it goes.
Legacy leave(const SocketSet& sockets, const Fleet& fleet, const Control* control, const std::vector<int>& waiting);

struct Inheritance {
  std::vector<SocketSet::Listening> addresses;
  std::shared_ptr<Generation> generation;
  std::vector<std::unique_ptr<Worker>> workers;
  std::optional<Control> control;
  std::vector<int> waiting;
};
/// None for bytes of another version. Every descriptor is ours then, and closed when another program is run.
std::optional<Inheritance> inherit(std::string_view bytes);

}  // namespace appserve::supervisor
