#include "app/instance.hpp"

#include <exception>

std::int32_t as_ctx::misuse(const char* function, const char* rule) const noexcept try {
  if (log != nullptr) log->write(appserve::fault('E', 5006), label + ": " + function + ": " + rule);
  return AS_ESTATE;
} catch (const std::exception&) {
  return AS_ESTATE;
}
