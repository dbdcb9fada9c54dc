// Where it is written down which workers there are and what they are at, so that nothing of it is lost with a worker.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace appserve::supervisor {

class Ledger {
 public:
  virtual ~Ledger() = default;
  /// Shared memory for the workers; -1: none.
  virtual int descriptor() const = 0;
  /// A worker starts. Its place, until it leaves.
  virtual std::uint32_t enter(unsigned slot, unsigned generation, pid_t pid) = 0;
  virtual void serves(std::uint32_t place) = 0;
  virtual void drains(std::uint32_t place) = 0;
  /// It is gone, in the middle of its work or not. One line for each request it had not answered: "GET /rooms/a1b2 …".
  virtual std::vector<std::string> leave(std::uint32_t place, bool died) = 0;
};

}  // namespace appserve::supervisor
