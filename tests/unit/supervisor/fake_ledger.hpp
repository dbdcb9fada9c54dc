// A ledger in memory, for tests.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "supervisor/ledger.hpp"

namespace appserve::supervisor::test {

struct FakeLedger : Ledger {
  int descriptor() const override { return -1; }
  std::uint32_t enter(unsigned, unsigned, pid_t) override {
    states[next] = "starting";
    return next++;
  }
  void serves(std::uint32_t place) override { states[place] = "serving"; }
  void drains(std::uint32_t place) override { states[place] = "draining"; }
  std::vector<std::string> leave(std::uint32_t place, bool) override {
    states[place] = "gone";
    return {};
  }
  std::map<std::uint32_t, std::string> states;  // by place
  std::uint32_t next = 0;
};

}  // namespace appserve::supervisor::test
