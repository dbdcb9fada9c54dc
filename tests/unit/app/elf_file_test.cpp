#include "app/elf_file.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "app/elf_check.hpp"
#include "app/entry.hpp"
#include "unit/app/fixtures.hpp"

using namespace appserve;
using namespace appserve::app;
using namespace appserve::app::test;

namespace {

const ElfFile::Symbol* find(const std::vector<ElfFile::Symbol>& symbols, std::string_view name) {
  const auto found = std::ranges::find(symbols, name, &ElfFile::Symbol::name);
  return found == symbols.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("the identity of a file is read on any machine") {
  std::string bytes = read_bytes(fixture("hello"));
  ElfIdentity id = identify_elf(bytes);
  CHECK(id.elf);
  CHECK(id.bits == 64);
  CHECK(id.type == ET_DYN);
  bytes[EI_CLASS] = ELFCLASS32;
  bytes[EI_DATA] = ELFDATA2MSB;
  bytes[18] = 0;
  bytes[19] = EM_PPC;
  id = identify_elf(bytes);
  CHECK(id.bits == 32);
  CHECK_FALSE(id.little_endian);
  CHECK(id.machine == EM_PPC);
  CHECK_FALSE(identify_elf("\177ELF").elf);
  CHECK_FALSE(identify_elf("#!/bin/sh, and some more text").elf);
}

TEST_CASE("exports are told apart: objects, functions, hidden ones") {
  const std::string bytes = read_bytes(fixture("two_apps"));
  const auto elf = read_elf(bytes);
  REQUIRE(elf);
  REQUIRE(find(elf->exports, "app"));
  CHECK(find(elf->exports, "app")->kind == ElfFile::Kind::object);
  CHECK(find(elf->exports, "create_app")->kind == ElfFile::Kind::function);
  CHECK(find(elf->exports, "handle") == nullptr);
  CHECK(find(elf->hidden, "handle") != nullptr);
}

TEST_CASE("what a library needs: libraries, versions, undefined symbols") {
  const std::string chain = read_bytes(fixture("needs_chain"));
  const auto elf = read_elf(chain);
  REQUIRE(elf);
  CHECK(std::ranges::count(elf->needed, "libmiddle.so") == 1);
  CHECK((elf->runpath == "$ORIGIN" || elf->rpath == "$ORIGIN"));
  const std::string undefined = read_bytes(fixture("undefined"));
  const auto second = read_elf(undefined);
  REQUIRE(second);
  CHECK(find(second->imports, "plain_missing") != nullptr);
  CHECK(find(second->imports, "app") == nullptr);
  const std::string cpp = read_bytes(fixture("throws"));
  const auto third = read_elf(cpp);
  REQUIRE(third);
  CHECK(std::ranges::any_of(third->needed_versions,
                            [](const auto& v) { return v.library == "libstdc++.so.6" && v.name == "GLIBCXX_3.4"; }));
  CHECK(third->compiler.find("GCC") + third->compiler.find("clang") != 2 * std::string::npos);
}

TEST_CASE("the note and the content of symbols are read from the file") {
  const std::string bytes = read_bytes(fixture("hello"));
  const auto elf = read_elf(bytes);
  REQUIRE(elf);
  CHECK(std::ranges::any_of(elf->notes, [](const auto& n) { return n.name == "appserve" && n.content.size() == 16; }));
  const ElfFile::Symbol* app = find(elf->exports, "app");
  REQUIRE(app);
  CHECK(elf->content_at(app->address + 4, 4) == "ASRV");
  CHECK(elf->content_at(app->address, std::uint64_t{1} << 60).empty());
  CHECK(elf->content_at(~std::uint64_t{0} - 2, 8).empty());
}

TEST_CASE("a file cut anywhere is found out, and never read beyond its end") {
  const std::string bytes = read_bytes(fixture("hello"));
  const auto whole = read_elf(bytes);
  REQUIRE(whole);
  CHECK(whole->end <= bytes.size());
  for (std::size_t size = 0; size < bytes.size(); size += 37) {
    const std::string cut = bytes.substr(0, size);  // its own memory: reading over the end is seen
    const auto elf = read_elf(cut);
    if (size < whole->end) CHECK((!elf || elf->end > size));
  }
}

TEST_CASE("a library without section headers is read all the same") {
  std::string bytes = read_bytes(fixture("hello"));
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.e_shoff = 0;
  header.e_shnum = 0;
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto elf = read_elf(bytes);
  REQUIRE(elf);
  CHECK(find(elf->exports, "app") != nullptr);
  CHECK(elf->hidden.empty());
}

TEST_CASE("20,000 damaged copies of good libraries are read without harm") {
  std::mt19937 random(20240229);
  std::size_t still_good = 0, refused = 0;
  for (const char* name : {"hello", "cpp_factory"}) {
    LibraryFile file;
    file.path = fixture(name);
    const std::string good = read_bytes(file.path);
    const auto elf = read_elf(good);
    REQUIRE(elf);
    // Where damage matters: the tables at both ends. Elsewhere is code that nobody reads.
    std::uniform_int_distribution<std::size_t> head(0, std::min<std::size_t>(good.size(), 0x1000) - 1),
        anywhere(0, good.size() - 1);
    constexpr unsigned char kNasty[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (int round = 0; round < 10'000; ++round) {
      std::string bytes = good;
      for (unsigned changes = 1 + random() % 8; changes > 0; --changes) {
        const std::size_t at = random() % 4 == 0 ? anywhere(random) : head(random);
        bytes[at] = static_cast<char>(random() % 2 == 0 ? kNasty[random() % 5] : random() % 256);
      }
      if (random() % 16 == 0) bytes.resize(anywhere(random));
      bytes.shrink_to_fit();
      file.bytes = bytes;
      const auto checked = check_library(file);
      if (!checked) {
        ++refused;
        continue;
      }
      ++still_good;
      const auto entry = choose_entry({"lib.so", "app", false}, checked->elf, "lib.so");
      const auto warnings = warnings_about(file, checked->elf);
      CHECK((entry || !entry.error().what.empty()));
      CHECK(warnings.size() < 10);
    }
  }
  CHECK(still_good > 1000);  // or the test would not look behind the first door
  CHECK(refused > 1000);
}
