// Where the handler that failed just now threw, or told of it, in the words of its source.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace appserve::dev {

/// [in the call that tells of a failure] What the stack is of, and its frames, innermost first: "room::find(int) at
/// rooms.cpp:31". Asks addr2line, so it takes its time; without it, or without debug information, names are as in the
/// library.
std::pair<std::string, std::vector<std::string>> where_it_failed();

}  // namespace appserve::dev
