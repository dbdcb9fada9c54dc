#include "app/loader_words.hpp"

#include <doctest/doctest.h>

#include "app/shared_library.hpp"
#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

Error translated(std::string_view library, const std::string& words) {
  const auto file = read_library(fixture(library));
  REQUIRE(file);
  const auto elf = read_elf(file->bytes);
  REQUIRE(elf);
  return translate(words, *file, Closure(*file, *elf, LoaderSearch()));
}

}  // namespace

TEST_CASE("E1016: the loader names one undefined symbol, we name all, as people write them") {
  const auto opened = SharedLibrary::open(fixture("undefined"));
  REQUIRE_FALSE(opened);
  const Error error = translated("undefined", opened.error());
  CHECK(code(error) == "E1016");
  CHECK(text(error) ==
        "libundefined.so uses 2 symbols that no library provides|redis::pool::get()|plain_missing|help: a source file "
        "or a "
        "target_link_libraries() is probably missing");
}

TEST_CASE("E1016: a single one is said in one sentence") {
  CHECK(translated("hello", "/x/libhello.so: undefined symbol: _ZN3ext3getEv, version X").what ==
        "libhello.so uses 'ext::get()' but no library provides it");
}

TEST_CASE("E1017: no room for thread-local variables") {
  const Error error = translated("hello", "/x/libhello.so: cannot allocate memory in static TLS block");
  CHECK(code(error) == "E1017");
  CHECK(error.what == "libhello.so finds no room for its thread-local variables");
}

TEST_CASE("words nobody foresaw are passed on") {
  CHECK(translated("hello", "the moon is full").what == "libhello.so cannot be loaded: the moon is full");
}
