// How this room builds an Error: one call, read like a sentence.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace appserve::app {

inline Error finding(const Fault& fault, std::string what, std::vector<std::string> notes = {},
                     std::vector<std::string> help = {}) {
  return Error{&fault, std::move(what), {}, std::move(notes), std::move(help)};
}

inline Failure<Errors> refusal(Error error) { return Failure<Errors>(Errors{std::move(error)}); }

}  // namespace appserve::app
