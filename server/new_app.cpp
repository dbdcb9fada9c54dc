#include "new_app.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "embedded/templates.hpp"

namespace appserve {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kMark = "\n=== ";        // begins each file: its path, a line end, its text
constexpr std::string_view kPlaceholder = "myapp";  // in paths and texts
constexpr std::string_view kCommon = "common/";     // what every template has, unless it has its own

using Files = std::map<std::string, std::string>;

std::string named(std::string text, const std::string& name) {
  for (std::size_t at = text.find(kPlaceholder); at != text.npos; at = text.find(kPlaceholder, at + name.size()))
    text.replace(at, kPlaceholder.size(), name);
  return text;
}

std::vector<std::string> kinds() {
  std::vector<std::string> all;
  std::string_view rest = embedded::templates;
  for (auto at = rest.find(kMark); at != rest.npos; at = rest.find(kMark)) {
    rest.remove_prefix(at + kMark.size());
    const std::string kind(rest.substr(0, rest.find('/')));
    if (kind + "/" != kCommon && std::ranges::find(all, kind) == all.end()) all.push_back(kind);
  }
  return all;
}

void collect(std::string_view folder, const std::string& name, Files& files) {
  std::string_view rest = embedded::templates;
  for (auto at = rest.find(kMark); at != rest.npos; at = rest.find(kMark)) {
    rest.remove_prefix(at + kMark.size());
    const auto line = rest.find('\n');
    const std::string_view path = rest.substr(0, line);
    if (path.starts_with(folder))
      files[named(std::string(path.substr(folder.size())), name)] =
          named(std::string(rest.substr(line + 1, rest.find(kMark) - line - 1)), name);
  }
}

bool good_name(std::string_view name) {
  const auto fits = [](char c) { return ascii::is_alnum(c) || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 64 && ascii::is_alpha(name.front()) && std::ranges::all_of(name, fits);
}

Error no_such_kind(const std::string& kind) {
  const std::vector<std::string> all = kinds();
  std::string list;
  for (const std::string& known : all) list += (list.empty() ? "" : ", ") + known;
  Error error{&fault('E', 3021), "there is no template '" + kind + "'; there are " + list, {}, {}, {}};
  return error;
}

std::optional<Error> write(const fs::path& folder, const Files& files) {
  for (const auto& [path, text] : files) {
    std::error_code error;
    fs::create_directories((folder / path).parent_path(), error);
    std::ofstream out(folder / path, std::ios::binary);
    out << text;
    if (!out.flush()) return Error{&fault('E', 3023), "cannot write " + (folder / path).string(), {}, {}, {}};
  }
  return {};
}

std::string story(const std::string& name, const Files& files) {
  std::string text = "made " + name + "/\n";
  for (const auto& [path, content] : files) text += "  " + path + "\n";
  text += "\nnext:\n  cd " + name + "\n  cmake -B build && cmake --build build\n  ctest --test-dir build\n" +
          "  appserve dev\n";
  return text;
}

}  // namespace

Result<std::string, Error> new_app(const std::string& name, const std::string& kind, const std::string& parent) {
  if (!good_name(name))
    return Failure<Error>({&fault('E', 3021),
                           "an app's name is letters, digits, _ and -, and begins with a letter; '" + name + "' is not",
                           {},
                           {},
                           {"appserve new myapp"}});
  const std::vector<std::string> all = kinds();
  if (std::ranges::find(all, kind) == all.end()) return Failure<Error>(no_such_kind(kind));

  const fs::path folder = fs::path(parent) / name;
  std::error_code error;
  if (!fs::create_directory(folder, error)) {
    const std::string why = error ? error.message() : "it exists already";
    return Failure<Error>(
        {&fault('E', 3023), "the folder '" + folder.string() + "' cannot be made: " + why, {}, {}, {}});
  }
  Files files;
  collect(kCommon, name, files);
  collect(kind + "/", name, files);
  if (auto failed = write(folder, files)) return Failure<Error>(std::move(*failed));
  return story(name, files);
}

}  // namespace appserve
