#include "app/private_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "app/finding.hpp"

namespace appserve::app {
namespace {

namespace fs = std::filesystem;

std::string error_text(int number) { return std::system_category().message(number); }

Failure<Error> unusable(const std::string& folder, const std::string& why) {
  return Failure<Error>(unusable_for_copies(folder, why));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The parts of a search path below $ORIGIN: "$ORIGIN/../lib" → "../lib".
std::vector<fs::path> origin_relative(std::string_view search) {
  std::vector<fs::path> found;
  while (!search.empty()) {
    const std::size_t colon = std::min(search.find(':'), search.size());
    std::string_view part = search.substr(0, colon);
    search.remove_prefix(std::min(colon + 1, search.size()));
    for (const std::string_view name : {std::string_view("$ORIGIN/"), std::string_view("${ORIGIN}/")})
      if (part.starts_with(name)) found.push_back(fs::path(part.substr(name.size())).lexically_normal());
  }
  return found;
}

std::size_t steps_up(const fs::path& relative) {
  return static_cast<std::size_t>(std::ranges::count(relative, fs::path("..")));
}

void link(const fs::path& target, const fs::path& name) {
  std::error_code ignored;  // a link that cannot be made is missed by the loader, which says so
  fs::create_directories(name.parent_path(), ignored);
  fs::create_symlink(target, name, ignored);
}

void link_siblings(const fs::path& original, const fs::path& copy) {
  std::error_code failed;
  for (fs::directory_iterator it(original.parent_path(), failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.find(".so") != name.npos && name != original.filename()) link(it->path(), copy.parent_path() / name);
  }
}

// The file's bytes in `folder`, with links to what it finds beside it. The path.
Result<std::string, Error> write_copy(const LibraryFile& file, std::string_view search, const std::string& folder) {
  // As deep as the search path climbs, so that "$ORIGIN/../lib" stays inside our folder.
  const std::vector<fs::path> relatives = origin_relative(search);
  std::size_t depth = 0;
  for (const fs::path& relative : relatives) depth = std::max(depth, steps_up(relative));
  fs::path home(folder);
  for (std::size_t i = 0; i < depth; ++i) home /= "o";
  std::error_code failed;
  fs::create_directories(home, failed);
  const fs::path path = home / file.name();

  const UniqueFd out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500));
  if (!out || !write_all(out.get(), file.bytes)) return unusable(folder, error_text(errno));

  const fs::path original(file.path);
  link_siblings(original, path);
  for (const fs::path& relative : relatives)
    if (relative != "." && !relative.empty())
      link(original.parent_path() / relative, (home / relative).lexically_normal());
  return path.string();
}

}  // namespace

Error unusable_for_copies(const std::string& folder, const std::string& why) {
  return finding(fault('E', 4008), "the folder " + folder + " cannot hold copies of libraries: " + why, {},
                 {"appserve --runtime-dir /var/tmp …    (or with $RUNTIME_DIRECTORY)"});
}

Result<PrivateCopy, Error> PrivateCopy::make(const LibraryFile& file, std::string_view search,
                                             const std::string& runtime_dir) {
  auto folder = OwnedFolder::make(runtime_dir);
  if (!folder) return unusable(runtime_dir, folder.error());
  auto path = write_copy(file, search, folder->path());
  if (!path) return Failure<Error>(std::move(path.error()));
  return PrivateCopy(*std::move(folder), *std::move(path));
}

Result<PrivateCopy, Error> PrivateCopy::keep(const LibraryFile& file, std::string_view search,
                                             const std::string& folder) {
  std::string own = folder + "/XXXXXX";
  if (::mkdtemp(own.data()) == nullptr) return unusable(folder, error_text(errno));
  auto path = write_copy(file, search, own);
  if (!path) return Failure<Error>(std::move(path.error()));
  return PrivateCopy({}, *std::move(path));
}

}  // namespace appserve::app
