// What wears a worker out: memory that grows, more requests than it was made for, descriptors that leak. Looks at the
// process and its part of the scoreboard; what follows is for others to do.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/error.hpp"
#include "scoreboard/board.hpp"

namespace appserve::runtime {

struct WearLimits {
  std::uint64_t memory = 0;    // bytes resident; 0: any
  std::uint64_t requests = 0;  // served; 0: any number. Up to a tenth less, so that workers do not all go at once
};

class Wear {
 public:
  /// The board outlives it. From now on the requests of the worker in `slot` count.
  Wear(const WearLimits& limits, scoreboard::Board& board, std::size_t slot);

  /// [one thread] What is worn out: W5015, W5016.
  std::optional<Error> look();

 private:
  struct Seen {
    std::uint64_t requests = 0;
    std::int64_t connections = 0;
  };
  Seen seen() const;
  std::optional<Error> leaking(std::uint64_t open, std::int64_t connections) const;

  WearLimits limits_;
  scoreboard::Board& board_;
  std::size_t slot_;
  std::uint64_t before_;  // requests of others in the same lanes
};

}  // namespace appserve::runtime
