// The libraries mapped into this process and the functions in them: an address becomes "libgame.so room::apply +0x1c".
// Prepared when libraries are loaded; looking up only reads memory, so that a signal handler may.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

struct dl_phdr_info;

namespace appserve::trace {

struct Place {
  std::string_view module;    // "libgame.so"; empty: in no module known
  std::string_view symbol;    // as in the file, mangled; empty: not known
  std::uintptr_t offset = 0;  // from the symbol's start, or the module's when there is no symbol
  bool plugin = false;
};

class Modules {
 public:
  /// [ctl] What will be loaded from `path` is the plugin that people call `name`.
  void call(std::string_view path, std::string_view name);
  /// [ctl] Adds what was mapped since the last time.
  void learn();
  /// [signal handlers] Adds what the address is in: libraries that were not learnt in time.
  void learn_at(std::uintptr_t address) noexcept;

  /// [any thread, signal handlers]
  Place find(std::uintptr_t address) const noexcept;

 private:
  static constexpr std::size_t kMost = 256, kSegments = 4;
  struct Range {
    std::uintptr_t begin = 0, end = 0;
  };
  struct Bytes {  // a piece of the file, mapped and never unmapped
    const char* data = nullptr;
    std::size_t size = 0;
  };
  struct Alias {
    std::array<char, 512> path{};
    std::array<char, 96> name{};
  };
  struct Module {
    std::array<char, 96> name{};
    bool plugin = false;
    std::uintptr_t base = 0;
    std::array<Range, kSegments> code{};
    Bytes symbols, strings;
  };
  struct Mapped;

  static Mapped describe(const dl_phdr_info& info) noexcept;
  bool known(const Mapped& mapped) const noexcept;
  void add(const Mapped& mapped) noexcept;
  static void read_symbols(const char* path, Module& module) noexcept;
  static void find_symbol(const Module& module, Place& place) noexcept;

  std::array<Alias, 64> aliases_{};
  std::size_t alias_count_ = 0;
  std::array<Module, kMost> all_{};
  std::atomic<std::size_t> count_ = 0;  // those below are complete and do not change any more
};

/// This process's: as many as there are loaders.
Modules& modules() noexcept;

}  // namespace appserve::trace
