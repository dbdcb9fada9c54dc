#include "base/edit_distance.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace appserve {
namespace {

const std::vector<std::string> kWords = {"--listen", "--threads", "--ident", "--log-level", "--url-prefix"};

TEST_CASE("edit distance counts insertions, deletions, substitutions and swaps as one each") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("lisen", "listen") == 1);
  CHECK(edit_distance("listenn", "listen") == 1);
  CHECK(edit_distance("liszen", "listen") == 1);
  CHECK(edit_distance("thraeds", "threads") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word is the one that was meant") {
  CHECK(nearest("--lisen", kWords) == "--listen");
  CHECK(nearest("--thraeds", kWords) == "--threads");
  CHECK(nearest("--loglevel", kWords) == "--log-level");
}

TEST_CASE("the beginning of a word is near it") { CHECK(nearest("--thr", kWords) == "--threads"); }

TEST_CASE("nothing is near a stranger, nothing, or a very long word") {
  CHECK(nearest("--zzzzzz", kWords).empty());
  CHECK(nearest("", kWords).empty());
  CHECK(nearest(std::string(100'000, 'x'), kWords).empty());
  CHECK(nearest("--listen", {}).empty());
}

}  // namespace
}  // namespace appserve
