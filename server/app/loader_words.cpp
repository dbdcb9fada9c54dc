#include "app/loader_words.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>

#include "app/finding.hpp"

namespace appserve::app {
namespace {

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 && text ? std::string(text.get()) : symbol;
}

std::string after(const std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == text.npos ? std::string() : text.substr(at + mark.size());
}

std::string first_word(const std::string& text) { return text.substr(0, text.find_first_of(" ,\n")); }

}  // namespace

Error translate(const SharedLibrary::Failed& failed, const LibraryFile& file, const ElfFile&) {
  if (failed.thrown)
    return finding(fault('E', 2001), "a static initialiser of " + file.name() + " threw: " + failed.text);
  if (const std::string symbol = after(failed.text, "undefined symbol: "); !symbol.empty())
    return finding(fault('E', 1016),
                   file.name() + " uses '" + readable(first_word(symbol)) + "' but no library provides it", {},
                   {"a source file or a target_link_libraries() is probably missing"});
  if (failed.text.find("static TLS block") != std::string::npos)
    return finding(fault('E', 1017), file.name() + " finds no room for its thread-local variables", {failed.text},
                   {"GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096 appserve …"});
  return finding(fault('E', 1016), file.name() + " cannot be loaded: " + failed.text);
}

}  // namespace appserve::app
