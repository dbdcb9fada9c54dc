#include "app/loader_search.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

#include "unit/app/fixtures.hpp"

using namespace appserve::app;
using namespace appserve::app::test;
namespace fs = std::filesystem;

namespace {

// A folder with one library in it.
struct LibraryFolder {
  Folder folder;
  explicit LibraryFolder(std::string_view name) { fs::copy_file(fixture("no_note"), folder / name); }
  const std::string& path() const { return folder.path(); }
};

std::string cache_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string strings, table;
  const std::size_t start = 48 + 24 * entries.size();
  const auto put = [&table](auto number) { table.append(reinterpret_cast<const char*>(&number), sizeof(number)); };
  for (const auto& [name, path] : entries) {
    put(std::int32_t{0x303});
    put(static_cast<std::uint32_t>(start + strings.size()));
    strings += name + '\0';
    put(static_cast<std::uint32_t>(start + strings.size()));
    strings += path + '\0';
    put(std::uint32_t{0});
    put(std::uint64_t{0});
  }
  std::string header = "glibc-ld.so.cache1.1";
  const auto count = static_cast<std::uint32_t>(entries.size()), size = static_cast<std::uint32_t>(strings.size());
  header.append(reinterpret_cast<const char*>(&count), 4).append(reinterpret_cast<const char*>(&size), 4);
  header.append(20, '\0');
  return header + table + strings;
}

}  // namespace

TEST_CASE("places are searched in the loader's order") {
  const LibraryFolder rpath("libx.so"), path("libx.so"), runpath("libx.so"), system("libx.so");
  const LoaderSearch search({}, path.path(), {system.path()});
  const std::string rest = "/libx.so";
  CHECK(search.find("libx.so", {{"/apps", rpath.path(), ""}}) == rpath.path() + rest);
  CHECK(search.find("libx.so", {{"/apps", rpath.path(), runpath.path()}}) == path.path() + rest);
  CHECK(search.find("libx.so", {{"/apps", "", ""}, {"/apps", rpath.path(), ""}}) == rpath.path() + rest);
  CHECK(LoaderSearch({}, "", {system.path()}).find("libx.so", {{"/apps", "", runpath.path()}}) ==
        runpath.path() + rest);
  CHECK(LoaderSearch({}, "", {system.path()}).find("libx.so", {{"/apps", "", ""}}) == system.path() + rest);
  CHECK_FALSE(LoaderSearch({}, "", {}).find("libx.so", {{"/apps", "", ""}}));
}

TEST_CASE("what is in the process already is found there") {
  const LoaderSearch search({{"libx.so", "/somewhere/libx.so"}}, "", {});
  CHECK(search.find("libx.so", {}) == "/somewhere/libx.so");
}

TEST_CASE("$ORIGIN is the folder of the library that asks") {
  const LibraryFolder apps("libx.so");
  fs::create_directory(apps.folder / "sub");
  const LoaderSearch search({}, "", {});
  CHECK(search.find("libx.so", {{apps.path(), "", "$ORIGIN"}}) == apps.path() + "/libx.so");
  CHECK(search.find("libx.so", {{apps.path() + "/sub", "", "/no:${ORIGIN}/.."}}) == apps.path() + "/sub/../libx.so");
}

TEST_CASE("files that are no libraries of this machine are passed over, as the loader does") {
  const Folder wrong;
  const LibraryFolder right("libx.so");
  write_bytes(wrong / "libx.so", "text");
  CHECK(LoaderSearch({}, wrong.path() + ":" + right.path(), {}).find("libx.so", {}) == right.path() + "/libx.so");
  std::string bytes = read_bytes(fixture("no_note"));
  bytes[18] = 1;
  write_bytes(wrong / "libx.so", bytes);
  CHECK(LoaderSearch({}, wrong.path() + ":" + right.path(), {}).find("libx.so", {}) == right.path() + "/libx.so");
}

TEST_CASE("this machine's C library is found") {
  CHECK(LoaderSearch().find("libc.so.6", {}));
  CHECK_FALSE(LoaderSearch().find("libnosuch.so.77", {}));
}

TEST_CASE("the loader's cache is read, and never beyond its end") {
  const std::string cache = cache_of({{"libx.so.1", "/opt/libx.so.1"}, {"liby.so.2", "/opt/liby.so.2"}});
  const auto entries = parse_loader_cache(cache);
  REQUIRE(entries.size() == 2);
  CHECK(entries.find("liby.so.2")->second == "/opt/liby.so.2");
  for (std::size_t size = 0; size < cache.size(); ++size) {
    const std::string cut = cache.substr(0, size);
    CHECK(parse_loader_cache(cut).size() <= 2);
  }
  std::string lies = cache;
  std::memset(lies.data() + 20, 0xff, 4);  // four billion entries
  CHECK(parse_loader_cache(lies).size() >= 2);
  CHECK(parse_loader_cache("something else that is long enough to be one, but is not").empty());
}
