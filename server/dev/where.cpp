#include "dev/where.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <sstream>

#include "base/demangle.hpp"
#include "dev/command.hpp"
#include "trace/modules.hpp"
#include "trace/throws.hpp"

namespace appserve::dev {
namespace {

struct Mapped {
  std::uintptr_t begin = 0, end = 0, base = 0;
  std::string path;
};

// The libraries of this process, as /proc/self/maps has them; a library's first mapping is its base.
std::vector<Mapped> mappings() {
  std::vector<Mapped> all;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t slash = line.find('/');
    Mapped mapped;
    char* end = nullptr;
    mapped.begin = std::strtoull(line.c_str(), &end, 16);
    if (slash == line.npos || *end != '-') continue;
    mapped.end = std::strtoull(end + 1, nullptr, 16);
    mapped.path = line.substr(slash);
    const auto first = std::ranges::find(all, mapped.path, &Mapped::path);
    mapped.base = first == all.end() ? mapped.begin : first->base;
    all.push_back(std::move(mapped));
  }
  return all;
}

std::string from_symbols(std::uintptr_t address) {
  const trace::Place place = trace::modules().find(address);
  const std::string name = place.symbol.empty() ? "?" : demangle(std::string(place.symbol));
  return fmt::format("{} in {}", name, place.module.empty() ? "?" : place.module);
}

// "f() at a.cpp:3" and " (inlined by) g() at a.cpp:9" for each address, from one run of addr2line.
std::vector<std::vector<std::string>> from_source(const std::string& library,
                                                  const std::vector<std::uintptr_t>& offsets) {
  std::vector<std::string> words{"addr2line", "-a", "-C", "-f", "-i", "-p", "-e", library};
  for (const std::uintptr_t offset : offsets) words.push_back(fmt::format("{:#x}", offset));
  std::istringstream said(run(words).output);
  std::vector<std::vector<std::string>> frames;
  constexpr std::string_view kInlined = " (inlined by) ";
  for (std::string line; std::getline(said, line);) {
    if (line.starts_with("0x") && line.find(": ") != line.npos) {
      frames.push_back({line.substr(line.find(": ") + 2)});
    } else if (line.starts_with(kInlined) && !frames.empty()) {
      frames.back().push_back(line.substr(kInlined.size()));
    }
  }
  frames.resize(offsets.size());
  return frames;
}

std::vector<std::string> described(std::span<const std::uintptr_t> stack) {
  const std::vector<Mapped> all = mappings();
  std::vector<const Mapped*> owners;
  std::map<std::string, std::vector<std::uintptr_t>> offsets;
  for (const std::uintptr_t address : stack) {
    const auto in = std::ranges::find_if(all, [&](const Mapped& m) { return m.begin <= address && address < m.end; });
    const bool plugin = in != all.end() && trace::modules().find(address).plugin;
    owners.push_back(plugin ? &*in : nullptr);
    if (plugin) offsets[in->path].push_back(address - in->base);
  }
  std::map<std::string, std::vector<std::vector<std::string>>> sources;
  for (const auto& [library, those] : offsets) sources[library] = from_source(library, those);
  std::map<std::string, std::size_t> used;
  std::vector<std::string> frames;
  while (!offsets.empty() && owners.back() == nullptr) owners.pop_back();  // what called the app is the server's affair
  for (std::size_t i = 0; i < owners.size(); ++i) {
    std::vector<std::string> lines;
    if (owners[i] != nullptr) lines = sources[owners[i]->path][used[owners[i]->path]++];
    if (lines.empty() || lines.front().starts_with("??")) lines = {from_symbols(stack[i])};
    frames.insert(frames.end(), lines.begin(), lines.end());
  }
  return frames;
}

// The object an exception_ptr holds is its only member.
const void* object_of(const std::exception_ptr& exception) {
  const void* object = nullptr;
  static_assert(sizeof exception == sizeof object);
  std::memcpy(&object, &exception, sizeof object);
  return object;
}

// The frames of the capture itself tell nothing.
std::span<const std::uintptr_t> without_own(const trace::Stack& stack) {
  std::span<const std::uintptr_t> frames = stack.frames();
  while (!frames.empty() && !trace::modules().find(frames.front()).plugin) frames = frames.subspan(1);
  return frames.empty() ? stack.frames() : frames;
}

}  // namespace

std::pair<std::string, std::vector<std::string>> where_it_failed() {
  if (const std::exception_ptr current = std::current_exception()) {
    if (const auto thrown = trace::where_thrown(object_of(current)))
      return {"Thrown at", described(without_own(*thrown))};
    return {"Where it was thrown is not known; the server was told at",
            described(without_own(trace::Stack::capture()))};
  }
  return {"The server was told at", described(without_own(trace::Stack::capture()))};
}

}  // namespace appserve::dev
