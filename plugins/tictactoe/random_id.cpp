#include "random_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace tictactoe {
namespace {

constexpr char kAlphabet[] = "23456789abcdefghijkmnpqrstuvwxyz";
static_assert(sizeof kAlphabet - 1 == 32);

}  // namespace

std::string random_id(std::size_t length) {
  std::string id(length, '\0');
  for (std::size_t filled = 0; filled < length;) {
    const ssize_t n = getrandom(id.data() + filled, length - filled, 0);
    if (n < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (n > 0) filled += static_cast<std::size_t>(n);
  }
  for (char& c : id) c = kAlphabet[static_cast<unsigned char>(c) % 32];
  return id;
}

}  // namespace tictactoe
