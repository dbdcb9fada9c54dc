#include "base/demangle.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <typeinfo>

using namespace appserve;

TEST_CASE("C++ names are shown as they were written") {
  CHECK(demangle("_ZN5redis4pool3getEv") == "redis::pool::get()");
  CHECK(demangle_type(typeid(std::runtime_error).name()) == "std::runtime_error");
  CHECK(demangle_type(typeid(int).name()) == "int");
}

TEST_CASE("what is no C++ name stays as it is") {
  CHECK(demangle("i") == "i");
  CHECK(demangle("create_app") == "create_app");
  CHECK(demangle("_Zwhatever") == "_Zwhatever");
  CHECK(demangle("_Z" + std::string(10'000, 'N')) == "_Z" + std::string(10'000, 'N'));
}
