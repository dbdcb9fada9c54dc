#include "app/entry.hpp"

#include <appserve/abi.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "app/finding.hpp"
#include "base/demangle.hpp"
#include "base/edit_distance.hpp"

namespace appserve::app {
namespace {

using Kind = ElfFile::Kind;

constexpr std::size_t kMostListed = 12;

Failure<Error> refuse(const Fault& fault, std::string what, std::vector<std::string> notes = {},
                      std::vector<std::string> help = {}) {
  return Failure<Error>(finding(fault, std::move(what), std::move(notes), std::move(help)));
}

bool holds_app(const ElfFile& elf, const ElfFile::Symbol& symbol) {
  const std::string_view content = elf.content_at(symbol.address, 8);
  std::uint32_t magic = 0;
  if (symbol.kind != Kind::object || content.size() < 8) return false;
  std::memcpy(&magic, content.data() + 4, sizeof(magic));
  return magic == AS_MAGIC;
}

// Data with other contents. What is made at run time is not in the file, and is looked at when it is there.
bool is_other_data(const ElfFile& elf, const ElfFile::Symbol& symbol) {
  const std::string_view content = elf.content_at(symbol.address, 8);
  const bool zero = std::ranges::all_of(content, [](char c) { return c == 0; });
  return symbol.size < offsetof(as_app, drain) || (!zero && !holds_app(elf, symbol));
}

bool may_be_factory(const ElfFile::Symbol& symbol) {
  return symbol.kind == Kind::function && !symbol.name.starts_with("_");
}

// "create_app()" for _Z10create_appv when `name` is create_app; namespaces may stand before it.
std::optional<std::string> mangled_form(const std::vector<ElfFile::Symbol>& symbols, const std::string& name) {
  const std::string part = std::to_string(name.size()) + name;  // how the name stands in mangled ones
  for (const ElfFile::Symbol& symbol : symbols) {
    if (symbol.kind != Kind::function || symbol.name.find(part) == symbol.name.npos) continue;
    const std::string text = demangle(std::string(symbol.name));
    const std::size_t at = text.find(name + "(");
    const std::size_t parameters = text.find('(');
    if (at != text.npos && at + name.size() == parameters && (at == 0 || text[at - 1] == ':')) return text;
  }
  return std::nullopt;
}

const ElfFile::Symbol* find(const std::vector<ElfFile::Symbol>& symbols, const std::string& name) {
  const auto found = std::ranges::find(symbols, name, &ElfFile::Symbol::name);
  return found == symbols.end() ? nullptr : &*found;
}

std::string listed(const std::vector<Entry>& entries) {
  std::string text;
  for (std::size_t i = 0; i < entries.size() && i < kMostListed; ++i)
    text += (i == 0 ? "" : ", ") + entries[i].symbol + (entries[i].call ? " (function)" : " (app)");
  if (entries.size() > kMostListed) text += ", and " + std::to_string(entries.size() - kMostListed) + " more";
  return text;
}

Failure<Error> no_such_symbol(const AppSpec& spec, const ElfFile& elf, const std::string& name,
                              const std::string& because = {}) {
  const std::vector<Entry> entries = entries_of(elf);
  std::vector<std::string> notes{entries.empty() ? "it exports no app at all" : "it exports  " + listed(entries)};
  if (!because.empty()) notes.insert(notes.begin(), because);
  std::vector<std::string> names, help;
  for (const Entry& entry : entries) names.push_back(entry.symbol);
  const std::string meant = entries.size() == 1 ? names.front() : nearest(spec.symbol, names);
  for (const Entry& entry : entries)
    if (entry.symbol == meant)
      help.push_back("did you mean  " + command_for({spec.library, entry.symbol, entry.call}) + " ?");
  return refuse(fault('E', 1020), name + " exports no app named '" + spec.symbol + "'", std::move(notes),
                std::move(help));
}

Failure<Error> not_exported(const AppSpec& spec, const ElfFile& elf, const std::string& name) {
  auto form = mangled_form(elf.exports, spec.symbol);
  if (!form) form = mangled_form(elf.hidden, spec.symbol);
  if (form)
    return refuse(fault('E', 1022), name + " has a C++ function '" + *form + "' but does not export it as an app", {},
                  {"add the line   APPSERVE_FACTORY(" + spec.symbol + ")   after the function"});
  if (const ElfFile::Symbol* hidden = find(elf.hidden, spec.symbol))
    return refuse(fault('E', 1023), name + " has '" + spec.symbol + "', but hides it", {},
                  {hidden->kind == Kind::function
                       ? "export it: put AS_EXPORT before the function, and list it if there is a version script"
                       : "export it: put AS_EXPORT before the object and leave out 'static', and list it if there is a "
                         "version script"});
  return no_such_symbol(spec, elf, name);
}

Result<Entry, Error> the_only_one(const AppSpec& spec, const ElfFile& elf, const std::string& name) {
  std::vector<Entry> entries = entries_of(elf);
  if (spec.call) std::erase_if(entries, [](const Entry& e) { return !e.call; });
  if (entries.size() == 1) return entries.front();
  if (entries.empty())
    return refuse(
        fault('E', 1020), name + (spec.call ? " exports no factory function" : " exports no app"), {},
        {"define one with  APPSERVE_APP(app) { … }  and name it:  " + command_for({spec.library, "app", false})});
  std::vector<std::string> commands;
  for (std::size_t i = 0; i < entries.size() && i < kMostListed; ++i)
    commands.push_back(command_for({spec.library, entries[i].symbol, entries[i].call}));
  return refuse(fault('E', 1021), name + " exports " + std::to_string(entries.size()) + " apps; say which one", {},
                std::move(commands));
}

}  // namespace

std::vector<Entry> entries_of(const ElfFile& elf) {
  std::vector<Entry> functions, entries;
  for (const ElfFile::Symbol& symbol : elf.exports) {
    if (holds_app(elf, symbol)) entries.push_back({std::string(symbol.name), false});
    if (may_be_factory(symbol)) functions.push_back({std::string(symbol.name), true});
  }
  const auto by_name = [](const Entry& a, const Entry& b) { return a.symbol < b.symbol; };
  std::ranges::sort(entries, by_name);
  std::ranges::sort(functions, by_name);
  entries.insert(entries.end(), functions.begin(), functions.end());
  return entries;
}

Result<Entry, Error> choose_entry(const AppSpec& spec, const ElfFile& elf, const std::string& name) {
  if (spec.symbol.empty()) return the_only_one(spec, elf, name);
  const ElfFile::Symbol* symbol = find(elf.exports, spec.symbol);
  if (symbol == nullptr || symbol->kind == Kind::other) return not_exported(spec, elf, name);
  if (spec.call && symbol->kind == Kind::object)
    return refuse(fault('E', 1024), "'" + spec.symbol + "' is data, not a function", {},
                  {"drop --call:   " + command_for({spec.library, spec.symbol, false})});
  if (!spec.call && symbol->kind == Kind::function)
    return refuse(fault('E', 1025), "'" + spec.symbol + "' is a function", {},
                  {"add --call:   " + command_for({spec.library, spec.symbol, true})});
  if (!spec.call && is_other_data(elf, *symbol))
    return no_such_symbol(spec, elf, name, "'" + spec.symbol + "' is data, but not an app");
  return Entry{spec.symbol, spec.call};
}

}  // namespace appserve::app
