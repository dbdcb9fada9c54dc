#include "app/elf_tables.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <initializer_list>
#include <string>

using namespace appserve::app;

namespace {

std::string words(std::initializer_list<std::uint32_t> numbers) {
  std::string bytes;
  for (const std::uint32_t number : numbers) bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
  return bytes;
}

template <class T>
std::string bytes_of(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof(object)};
}

const std::string strings("\0libx.so\0X_1\0X_2\0", 17);

}  // namespace

TEST_CASE("a classic hash table has one chain for each symbol") {
  CHECK(symbols_in_hash(words({3, 7})) == 7);
  CHECK_FALSE(symbols_in_hash(words({3})));
}

TEST_CASE("a GNU hash table ends where the chain ends that starts last") {
  // Two buckets, symbols from 4 on, one bloom word; chains of symbols 4, 5 | 6, 7.
  const std::string table = words({2, 4, 1, 0, 0, 0, 4, 6, 10, 11, 20, 21});
  CHECK(symbols_in_gnu_hash(table) == 8);
  CHECK(symbols_in_gnu_hash(table + words({99, 98})) == 8);
  for (std::size_t size = 0; size < table.size(); size += 4) CHECK_FALSE(symbols_in_gnu_hash(table.substr(0, size)));
}

TEST_CASE("a GNU hash table of a library without exports") {
  CHECK(symbols_in_gnu_hash(words({1, 5, 1, 0, 0, 0, 0})) == 5);
}

TEST_CASE("a GNU hash table that claims four billion buckets is cut off, and that is found at once") {
  CHECK_FALSE(symbols_in_gnu_hash(words({0xffffffff, 4, 0xffffffff, 0, 0, 0})));
}

TEST_CASE("needed versions: file and name; weak ones are left out") {
  Elf64_Verneed need{};
  need.vn_cnt = 2;
  need.vn_file = 1;
  need.vn_aux = sizeof(need);
  Elf64_Vernaux first{}, second{};
  first.vna_name = 9;
  first.vna_next = sizeof(first);
  second.vna_name = 13;
  second.vna_flags = VER_FLG_WEAK;
  const std::string table = bytes_of(need) + bytes_of(first) + bytes_of(second);
  const auto versions = versions_needed(table, 1, strings);
  REQUIRE(versions.size() == 1);
  CHECK(versions[0].library == "libx.so");
  CHECK(versions[0].name == "X_1");
  CHECK(versions_needed(table.substr(0, sizeof(need)), 1, strings).empty());
  CHECK(versions_needed(table, 1, "").at(0).name.empty());
}

TEST_CASE("version tables that lead in circles or nowhere come to an end") {
  Elf64_Verneed need{};
  need.vn_cnt = 0xffff;
  need.vn_aux = 0;
  need.vn_next = 1;
  std::string table;
  for (int i = 0; i < 2000; ++i) table += bytes_of(need);
  CHECK(versions_needed(table, ~std::uint64_t{0}, strings).size() <= 10'000);
  Elf64_Verdef definition{};
  definition.vd_next = 1;
  table.clear();
  for (int i = 0; i < 2000; ++i) table += bytes_of(definition);
  CHECK(versions_offered(table, ~std::uint64_t{0}, strings).size() <= 10'000);
}

TEST_CASE("offered versions are listed in order") {
  Elf64_Verdef definition{};
  definition.vd_aux = sizeof(definition);
  definition.vd_next = sizeof(definition) + sizeof(Elf64_Verdaux);
  Elf64_Verdaux one{9, 0}, two{13, 0};
  std::string table = bytes_of(definition) + bytes_of(one);
  definition.vd_next = 0;
  table += bytes_of(definition) + bytes_of(two);
  CHECK(versions_offered(table, 2, strings) == std::vector<std::string_view>{"X_1", "X_2"});
}
