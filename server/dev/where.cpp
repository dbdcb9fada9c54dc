#include "dev/where.hpp"

#include <fmt/format.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <map>
#include <span>
#include <sstream>

#include "base/demangle.hpp"
#include "dev/command.hpp"
#include "trace/modules.hpp"
#include "trace/throws.hpp"

namespace appserve::dev {
namespace {

struct Origin {
  std::uintptr_t address = 0, offset = 0;  // in memory, in the library
  std::string library;                     // its path; empty: in none
};

Origin origin_of(std::uintptr_t address) {
  Origin origin{.address = address, .library = {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* result) {
        Origin& wanted = *static_cast<Origin*>(result);
        for (const ElfW(Phdr) & part : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
          const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr;
          if (part.p_type != PT_LOAD || wanted.address < begin || wanted.address >= begin + part.p_memsz) continue;
          wanted.offset = wanted.address - info->dlpi_addr;
          wanted.library = info->dlpi_name;
          return 1;
        }
        return 0;
      },
      &origin);
  return origin;
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
  std::vector<Origin> origins;
  std::map<std::string, std::vector<std::uintptr_t>> offsets;
  for (const std::uintptr_t address : stack) {
    Origin& origin = origins.emplace_back(origin_of(address));
    if (!trace::modules().find(address).plugin) origin.library.clear();
    if (!origin.library.empty()) offsets[origin.library].push_back(origin.offset);
  }
  while (!offsets.empty() && origins.back().library.empty()) origins.pop_back();  // what called the app is the server's
  std::map<std::string, std::vector<std::vector<std::string>>> sources;
  for (const auto& [library, those] : offsets) sources[library] = from_source(library, those);
  std::map<std::string, std::size_t> used;
  std::vector<std::string> frames;
  for (const Origin& origin : origins) {
    std::vector<std::string> lines;
    if (!origin.library.empty()) lines = sources[origin.library][used[origin.library]++];
    if (lines.empty() || lines.front().starts_with("??")) lines = {from_symbols(origin.address)};
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
