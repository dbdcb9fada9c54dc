#include "config/toml_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>

#include "base/ascii.hpp"
#include "base/edit_distance.hpp"
#include "base/unique_fd.hpp"
#include "base/utf8.hpp"
#include "config/toml_messages.hpp"

namespace appserve::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr int kDeepest = 64;  // as the apps' side reads their configuration

Failure<Error> unreadable(const std::string& path, const std::string& why, std::vector<std::string> help = {}) {
  return Failure<Error>(Error{&fault('E', 3010), "cannot read '" + path + "': " + why, {}, {}, std::move(help)});
}

std::string system_reason(int code) { return std::generic_category().message(code); }

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

// The parser counts characters, we count bytes.
class Converter {
 public:
  explicit Converter(const SourceText& source) : source_(source) {}

  std::string_view line(toml::source_position position) const {
    const auto index = static_cast<std::size_t>(position.line);
    return index >= 1 && index <= source_.lines.size() ? std::string_view(source_.lines[index - 1])
                                                       : std::string_view();
  }

  int column(toml::source_position position) const {
    const std::size_t characters = position.column == 0 ? 0 : position.column - 1;
    const std::string_view text = line(position);
    return static_cast<int>(std::min(utf8::byte_offset(text, characters), text.size())) + 1;
  }

  Place place(const toml::source_region& region) const {
    const int start = column(region.begin);
    const bool one_line = region.end.line == region.begin.line;
    const int end = one_line ? column(region.end) : static_cast<int>(line(region.begin).size()) + 1;
    return {static_cast<int>(region.begin.line), start, std::max(end - start, 1)};
  }

  /// Stops at kDeepest levels, and remembers where.
  Value convert(const toml::node& node) {
    Value value;
    value.place = place(node.source());
    if (depth_ == kDeepest)
      too_deep_ = value.place;
    else
      node.visit([&](const auto& typed) { fill(value, typed); });
    return value;
  }

  const std::optional<Place>& too_deep() const { return too_deep_; }

 private:
  void fill(Value& value, const toml::table& table) {
    value.kind = Value::Kind::table;
    ++depth_;
    for (const auto& [key, node] : table)
      value.entries.push_back({std::string(key.str()), place(key.source()), convert(node)});
    --depth_;
    std::ranges::stable_sort(value.entries, [](const Entry& a, const Entry& b) {
      return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
  }
  void fill(Value& value, const toml::array& array) {
    value.kind = Value::Kind::list;
    ++depth_;
    for (const toml::node& node : array) value.items.push_back(convert(node));
    --depth_;
  }
  template <class T>
  void fill(Value& value, const toml::value<T>& scalar) {
    if constexpr (std::is_same_v<T, std::string>) {
      value.kind = Value::Kind::string;
      value.text = scalar.get();
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
      value.kind = Value::Kind::integer;
      value.integer = scalar.get();
    } else if constexpr (std::is_same_v<T, double>) {
      value.kind = Value::Kind::number;
      value.number = scalar.get();
    } else if constexpr (std::is_same_v<T, bool>) {
      value.kind = Value::Kind::boolean;
      value.boolean = scalar.get();
    } else {
      value.kind = Value::Kind::date;
      std::ostringstream text;
      text << scalar.get();
      value.text = text.str();
    }
  }

  const SourceText& source_;
  int depth_ = 0;
  std::optional<Place> too_deep_;
};

Error nested_too_deeply(const SourceText& source, Place place) {
  const std::string limit = std::to_string(kDeepest);
  return {
      &fault('E', 3001), source.name + " is nested more than " + limit + " levels deep", source.mark(place), {}, {}};
}

// The parser bounds the nesting of lists and inline tables, but not of a.b.c: it would follow a key of any length down
// the stack. Dots that follow each other in one key are counted, texts and comments left out.
std::optional<Place> find_endless_key(const SourceText& source) {
  for (std::size_t number = 0; number < source.lines.size(); ++number) {
    const std::string_view line = source.lines[number];
    int dots = 0;
    for (std::size_t at = 0; at < line.size() && line[at] != '#'; ++at) {
      const char c = line[at];
      if (c == '"' || c == '\'') {
        const std::size_t end = line.find(c, at + 1);
        if (end != line.npos) at = end;
      } else if (c == '.') {
        if (++dots > kDeepest) return Place{static_cast<int>(number + 1), static_cast<int>(at + 1), 1};
      } else if (!ascii::is_alnum(c) && c != '_' && c != '-' && c != ' ' && c != '\t') {
        dots = 0;
      }
    }
  }
  return {};
}

Error syntax_error(const SourceText& source, const toml::parse_error& failure) {
  const Converter converter(source);
  Place place = converter.place(failure.source());
  const TomlMessage message = explain_toml(failure.description(), converter.line(failure.source().begin),
                                           static_cast<std::size_t>(place.column));
  Error error{&fault('E', 3001), source.name + " is not valid TOML", source.mark(place, message.label), {}, {}};
  if (!message.help.empty()) error.help.push_back(message.help);
  return error;
}

// The file beside it whose name is nearly this one.
std::vector<std::string> meant(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code failed;
  const fs::path folder = path.parent_path();
  for (fs::directory_iterator it(folder.empty() ? "." : folder, failed), end; !failed && it != end;
       it.increment(failed))
    names.push_back(it->path().filename().string());
  const std::string name = path.filename().string(), near = nearest(name, names);
  if (near.empty() || near == name) return {};
  return {"did you mean  appserve --config " + (folder / near).string() + " ?"};
}

}  // namespace

Result<std::string, Error> read_config_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    const std::string why = system_reason(errno);  // before the folder is read
    return unreadable(path, why, meant(path));
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return unreadable(path, system_reason(errno));
  if (S_ISDIR(info.st_mode)) return unreadable(path, "it is a folder", {"appserve --config " + path + "/config.toml"});

  std::string text;  // grows with what is read: a FIFO or a growing file tells no size
  for (std::array<char, 4096> block; text.size() <= kLargestFile;) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN && ::fcntl(fd.get(), F_SETFL, 0) == 0) continue;  // a pipe with a writer: <(…)
    if (got < 0) return unreadable(path, system_reason(errno));
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  if (text.size() > kLargestFile) return unreadable(path, "it is larger than 1 MiB");
  if (const std::size_t bad = utf8::find_invalid(text); bad != std::string::npos) {
    const auto line = 1 + std::ranges::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    return unreadable(path, "it is not UTF-8 (line " + std::to_string(line) + ")", {"save it as UTF-8"});
  }
  return text;
}

Result<TomlFile, Error> parse_toml(std::string_view text, std::string name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TomlFile file{{std::move(name), split_lines(text)}, {}};
  if (const std::optional<Place> endless = find_endless_key(file.source))
    return Failure<Error>(nested_too_deeply(file.source, *endless));
  try {
    const toml::table root = toml::parse(text, std::string_view(file.source.name));
    Converter converter(file.source);
    file.root = converter.convert(root);
    if (converter.too_deep()) return Failure<Error>(nested_too_deeply(file.source, *converter.too_deep()));
  } catch (const toml::parse_error& failure) {  // the packaged library knows no other way to say it
    return Failure<Error>(syntax_error(file.source, failure));
  }
  return file;
}

}  // namespace appserve::config
