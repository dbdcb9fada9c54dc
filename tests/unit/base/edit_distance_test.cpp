#include "base/edit_distance.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
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

// As it is defined: a table of the distances between all beginnings.
std::size_t by_definition(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d.back().back();
}

TEST_CASE("words of all lengths up to 64 have the distance that the definition says") {
  std::mt19937 random(1);
  const auto word = [&](std::size_t most) {
    std::string text(random() % (most + 1), 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 4);
    return text;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string a = word(i % 10 == 0 ? 64 : 9), b = word(i % 10 == 0 ? 80 : 9);
    REQUIRE_MESSAGE(edit_distance(a, b) == by_definition(a, b), a << " " << b);
  }
}

TEST_CASE("what was begun is nearer than what has two mistakes") {
  const std::vector<std::string> words = {"--host", "--listen"};
  CHECK(nearest("--list", words) == "--listen");
  CHECK(nearest("--hots", words) == "--host");
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
