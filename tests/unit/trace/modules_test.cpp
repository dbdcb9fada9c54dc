#include "trace/modules.hpp"

#include <doctest/doctest.h>

#include <gnu/libc-version.h>

#include <cstdlib>
#include <memory>

using namespace appserve::trace;

TEST_CASE("an address is in a function of a library") {
  const auto modules = std::make_unique<Modules>();
  modules->learn();
  const Place place = modules->find(reinterpret_cast<std::uintptr_t>(&std::atexit) + 1);
  CHECK(place.module == "appserve");  // this program
  const Place quick = modules->find(reinterpret_cast<std::uintptr_t>(&::gnu_get_libc_version) + 3);
  CHECK(quick.module.starts_with("libc.so"));
  CHECK(quick.symbol == "gnu_get_libc_version");
  CHECK(quick.offset == 3);
  CHECK_FALSE(quick.plugin);
}

TEST_CASE("an address in no library is only a number") {
  const auto modules = std::make_unique<Modules>();
  modules->learn();
  const Place place = modules->find(0x18);
  CHECK(place.module.empty());
  CHECK(place.symbol.empty());
  CHECK(place.offset == 0x18);
}

TEST_CASE("a library that was not learnt in time is found by an address in it") {
  const auto modules = std::make_unique<Modules>();
  const auto address = reinterpret_cast<std::uintptr_t>(&::gnu_get_libc_version);
  CHECK(modules->find(address).module.empty());
  modules->learn_at(address);
  CHECK(modules->find(address).symbol == "gnu_get_libc_version");
  modules->learn_at(address);
  CHECK(modules->find(address).symbol == "gnu_get_libc_version");
}
