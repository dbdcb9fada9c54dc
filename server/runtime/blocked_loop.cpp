#include "runtime/blocked_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/demangle.hpp"

namespace appserve::runtime {
namespace {

constexpr auto kMinute = std::chrono::minutes(1);
constexpr std::size_t kMostPlaces = 1000, kFramesTold = 8, kLongestName = 120;

// A function's name for a chain of calls: without what only its compiler needs.
std::string short_name(const trace::Place& place) {
  if (place.symbol.empty()) return place.module.empty() ? "?" : fmt::format("{}+{:#x}", place.module, place.offset);
  std::string name = demangle(std::string(place.symbol));
  constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = name.find(kAnonymous)) != name.npos;) name.erase(at, kAnonymous.size());
  if (const std::size_t parameters = name.find('('); parameters != 0 && parameters != name.npos)
    name.resize(parameters);
  if (name.size() > kLongestName) name.replace(kLongestName, name.npos, "…");
  return name;
}

// From where it waits out to the app's outermost function; the server's own calls behind that tell nothing.
std::string chain(const trace::Stack& stack, const trace::Modules& modules) {
  const auto frames = stack.frames();
  std::size_t end = frames.size();
  while (end > 0 && !modules.find(frames[end - 1]).plugin) --end;
  if (end == 0) end = frames.size();
  std::string text;
  for (const std::uintptr_t frame : frames.first(std::min(end, kFramesTold)))
    text += (text.empty() ? "" : " < ") + short_name(modules.find(frame));
  return text;
}

std::string culprit(const trace::Sample& sample) {
  if (sample.app.empty()) return "the server itself";
  if (sample.request.empty()) return fmt::format("{} {}", sample.app.view(), words_for(sample.doing));
  return fmt::format("{} ({}, request {})", sample.request.view(), sample.app.view(), sample.id.view());
}

}  // namespace

std::string describe(const BlockedLoop& blocked, const trace::Modules& modules) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(blocked.held).count();
  const std::string held = blocked.over ? fmt::format("loop {} was held {} ms", blocked.loop, ms)
                                        : fmt::format("loop {} is held since {} ms", blocked.loop, ms);
  if (!blocked.sample) return held + "; its thread does not tell where it is";
  return fmt::format("{} by {}; other requests waited; it was in  {}", held, culprit(*blocked.sample),
                     chain(blocked.sample->stack, modules));
}

std::uintptr_t place_of(const BlockedLoop& blocked, const trace::Modules& modules) {
  if (!blocked.sample) return 0;
  std::optional<std::uintptr_t> innermost;
  for (const std::uintptr_t frame : blocked.sample->stack.frames()) {
    const trace::Place place = modules.find(frame);
    const std::uintptr_t function = frame - place.offset;
    if (place.plugin) return function;
    if (!innermost) innermost = function;
  }
  return innermost.value_or(0);
}

std::optional<unsigned> OncePerPlace::admit(std::uintptr_t place, Time now) {
  if (places_.size() > kMostPlaces) places_.clear();
  const auto [found, is_new] = places_.try_emplace(place, Record{now});
  Record& record = found->second;
  if (!is_new && now - record.told < kMinute) {
    ++record.kept_back;
    return std::nullopt;
  }
  record.told = now;
  return std::exchange(record.kept_back, 0);
}

}  // namespace appserve::runtime
