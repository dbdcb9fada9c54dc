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

TEST_CASE("every C++ name in a text is found") {
  CHECK(demangle_all("in _ZN5redis4pool3getEv+0x1c, _Z1fv and _Zwhatever") ==
        "in redis::pool::get()+0x1c, f() and _Zwhatever");
  CHECK(demangle_all("").empty());
  CHECK(demangle_all("no names_Z") == "no names_Z");
}
