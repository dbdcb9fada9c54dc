#include "app/loader_words.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include "app/finding.hpp"
#include "base/demangle.hpp"

namespace appserve::app {
namespace {

// Symbols whose name the loader's sentence ends with: "…/libu.so: undefined symbol: ext".
std::string after(const std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == text.npos ? std::string() : text.substr(at + mark.size());
}

Error undefined(const std::string& library, const std::string& first, const Closure& closure) {
  constexpr std::size_t kMostListed = 20;
  std::vector<std::string> all = closure.undefined();
  if (all.empty()) all.push_back(first);
  std::vector<std::string> notes;
  for (std::size_t i = 0; all.size() > 1 && i < all.size() && i < kMostListed; ++i) notes.push_back(demangle(all[i]));
  if (all.size() > kMostListed) notes.push_back("and " + std::to_string(all.size() - kMostListed) + " more");
  const std::string what = all.size() == 1
                               ? library + " uses '" + demangle(all.front()) + "' but no library provides it"
                               : library + " uses " + std::to_string(all.size()) + " symbols that no library provides";
  return finding(fault('E', 1016), what, std::move(notes),
                 {"a source file or a target_link_libraries() is probably missing"});
}

}  // namespace

Error translate(const std::string& words, const LibraryFile& file, const Closure& closure) {
  if (const std::string symbol = after(words, "undefined symbol: "); !symbol.empty())
    return undefined(file.name(), symbol.substr(0, symbol.find_first_of(" ,\n")), closure);
  if (words.find("static TLS block") != std::string::npos) {
    const std::uint64_t size = closure.thread_local_size(),
                        room = std::bit_ceil(std::max<std::uint64_t>(size, 32'768)) * 2;
    return finding(
        fault('E', 1017), file.name() + " finds no room for its thread-local variables",
        {size > 0 ? "they have " + std::to_string(size) + " bytes, with those of the libraries it needs" : words},
        {"GLIBC_TUNABLES=glibc.rtld.optional_static_tls=" + std::to_string(room) + " appserve …"});
  }
  return finding(fault('E', 1005), file.name() + " cannot be loaded: " + words);
}

}  // namespace appserve::app
