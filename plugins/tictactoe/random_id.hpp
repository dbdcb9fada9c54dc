// Names nobody can guess, from the kernel's random numbers.
#pragma once
#include <cstddef>
#include <string>

namespace tictactoe {

/// `length` characters of 5 random bits each, without look-alikes (no 0 and o, no 1 and l). Throws std::system_error
/// if the kernel has no random numbers.
std::string random_id(std::size_t length);

inline constexpr std::size_t kRoomIdLength = 10;  // 50 bits: short enough to read out, too many to try
inline constexpr std::size_t kTokenLength = 26;   // 130 bits

}  // namespace tictactoe
