#include "app/closure.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "app/finding.hpp"
#include "app/version_name.hpp"
#include "base/ascii.hpp"

namespace appserve::app {
namespace {

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Needer needer(const std::string& path, const ElfFile& elf) {
  return {folder_of(path), std::string(elf.rpath), std::string(elf.runpath)};
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

// Debian's rule for the package of a library (policy 8.1): libhiredis.so.0.14 → libhiredis0.14, libpq5.so.2 → libpq5-2.
std::string debian_package(const std::string& soname) {
  const std::size_t so = soname.find(".so.");
  if (so == soname.npos) return {};
  std::string name = soname.substr(0, so);
  std::ranges::transform(name, name.begin(), ascii::lower);
  std::ranges::replace(name, '_', '-');
  return name + (ascii::is_digit(name.back()) ? "-" : "") + soname.substr(so + 4);
}

Error not_installed(const std::string& root, const std::vector<Closure::Missing>& missing) {
  std::vector<std::string> notes, help;
  std::string packages;
  for (const Closure::Missing& m : missing) {
    if (missing.size() > 1 || m.chain.size() > 1) notes.push_back(m.name + "   needed by  " + joined(m.chain, " -> "));
    if (const std::string package = debian_package(m.name); !package.empty()) packages += " " + package;
  }
  if (!packages.empty()) help.push_back("apt install" + packages);
  help.push_back(std::string(packages.empty() ? "" : "or ") + "copy it next to " + root +
                 " and link with  -Wl,-rpath,'$ORIGIN'");
  const std::string what =
      missing.size() == 1 ? root + " needs " + missing.front().name + ", which is not installed"
                          : root + " needs " + std::to_string(missing.size()) + " libraries that are not installed";
  return finding(fault('E', 1014), what, std::move(notes), std::move(help));
}

std::string newest(const std::vector<std::string_view>& versions, std::string_view family) {
  std::vector<unsigned> best;
  std::string text;
  for (const std::string_view version : versions) {
    const VersionName name(version);
    if (name.family != family || name.numbers <= best) continue;
    best = name.numbers;
    text = name.number_text();
  }
  return text;
}

// The compiler whose library first had a version; GCC's "ABI Policy and Guidelines", 5.
std::string_view compiler_of(std::string_view version) {
  struct Known {
    std::string_view version, compiler;
  };
  constexpr std::array kKnown{
      Known{"GLIBCXX_3.4.25", "gcc 8"},    Known{"GLIBCXX_3.4.26", "gcc 9"},    Known{"GLIBCXX_3.4.27", "gcc 9.2"},
      Known{"GLIBCXX_3.4.28", "gcc 9.3"},  Known{"GLIBCXX_3.4.29", "gcc 11"},   Known{"GLIBCXX_3.4.30", "gcc 12"},
      Known{"GLIBCXX_3.4.31", "gcc 13.1"}, Known{"GLIBCXX_3.4.32", "gcc 13.2"}, Known{"GLIBCXX_3.4.33", "gcc 14"},
      Known{"GLIBCXX_3.4.34", "gcc 15"},   Known{"CXXABI_1.3.13", "gcc 11"},    Known{"CXXABI_1.3.14", "gcc 13"},
      Known{"CXXABI_1.3.15", "gcc 14"},
  };
  const auto found = std::ranges::find(kKnown, version, &Known::version);
  return found == kKnown.end() ? std::string_view() : found->compiler;
}

Error too_old(const std::string& who, std::string_view wanted, const Closure::Member& library) {
  const VersionName name(wanted);
  const bool cpp = library.name.starts_with("libstdc++");
  const std::string offered = newest(library.elf.offered_versions, name.family);
  std::string offer = library.name + " has " + (offered.empty() ? "no such version" : "up to " + offered);
  if (const auto compiler = compiler_of(std::string(name.family) + offered); !compiler.empty())
    offer = "this host offers " + offered + " (" + (cpp ? "libstdc++ of " : "") + std::string(compiler) + ")";
  else if (!offered.empty() && name.family == "GLIBC_")
    offer = "this host offers " + offered;
  std::string built = "it was built on a newer distribution";
  if (const auto compiler = compiler_of(wanted); !compiler.empty())
    built += " (" + std::string(compiler) + " or newer)";
  return finding(fault('E', 1015), who + " needs " + std::string(wanted) + "; " + offer, {built},
                 {std::string("build it on this distribution") + (cpp ? ", or link it with  -static-libstdc++" : "")});
}

bool in_process(const std::string& symbol) { return ::dlsym(RTLD_DEFAULT, symbol.c_str()) != nullptr; }

}  // namespace

Closure::Closure(const LibraryFile& file, const ElfFile& elf, const LoaderSearch& search)
    : name_(file.name()), root_(&elf) {
  add_needs_of(elf, {name_}, {needer(file.path, elf)}, search);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = *members_[i];
    std::vector<std::string> chain = member.chain;
    chain.push_back(member.name);
    add_needs_of(member.elf, chain, member.needers, search);
  }
}

void Closure::add_needs_of(const ElfFile& elf, const std::vector<std::string>& chain,
                           const std::vector<Needer>& needers, const LoaderSearch& search) {
  for (const std::string_view needed : elf.needed) {
    const std::string name(needed);
    const bool known_missing = std::ranges::any_of(missing_, [&](const Missing& m) { return m.name == name; });
    if (name.empty() || known_missing || find(name) != nullptr) continue;
    const auto path = search.find(name, needers);
    if (!path) {
      missing_.push_back({name, chain});
      continue;
    }
    auto member = std::make_unique<Member>(Member{name, *path, chain, needers, MappedFile(*path), {}});
    if (auto read = read_elf(member->file.bytes(), Symbols::none)) member->elf = *std::move(read);
    member->needers.insert(member->needers.begin(), needer(*path, member->elf));
    members_.push_back(std::move(member));
  }
}

const Closure::Member* Closure::find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      members_, [&](const auto& member) { return member->name == name || member->elf.soname == name; });
  return found == members_.end() ? nullptr : found->get();
}

std::vector<Error> Closure::problems() const {
  std::vector<Error> found;
  if (!missing_.empty()) found.push_back(not_installed(name_, missing_));
  add_too_new(name_, *root_, found);
  for (const auto& member : members_) add_too_new(member->name, member->elf, found);
  return found;
}

// Of several missing versions of one family the newest says it all.
void Closure::add_too_new(const std::string& name, const ElfFile& elf, std::vector<Error>& found) const {
  std::map<std::pair<const Member*, std::string_view>, VersionName> worst;
  std::map<std::pair<const Member*, std::string_view>, std::string_view> text;
  for (const ElfFile::Version& needed : elf.needed_versions) {
    const Member* library = find(needed.library);
    if (library == nullptr || library->elf.offered_versions.empty()) continue;  // missing, or it has no versions
    if (std::ranges::find(library->elf.offered_versions, needed.name) != library->elf.offered_versions.end()) continue;
    const VersionName version(needed.name);
    const std::pair key{library, version.family};
    const auto [slot, fresh] = worst.emplace(key, version);
    if (!fresh && version.numbers < slot->second.numbers) continue;
    slot->second = version;
    text[key] = needed.name;
  }
  for (const auto& [key, wanted] : text) found.push_back(too_old(name, wanted, *key.first));
}

std::uint64_t Closure::thread_local_size() const {
  constexpr std::uint64_t kMost = 1 << 30;
  std::uint64_t size = std::min(root_->thread_local_size, kMost);
  for (const auto& member : members_) size = std::min(size + std::min(member->elf.thread_local_size, kMost), kMost);
  return size;
}

std::vector<std::string> Closure::undefined() const {
  std::set<std::string_view> defined;
  const auto define = [&](const ElfFile& elf) {
    for (const ElfFile::Symbol& symbol : elf.exports) defined.insert(symbol.name);
  };
  define(*root_);
  std::vector<ElfFile> whole;
  for (const auto& member : members_)
    if (auto read = read_elf(member->file.bytes())) define(whole.emplace_back(*std::move(read)));

  std::set<std::string> open;
  const auto use = [&](const ElfFile& elf) {
    for (const ElfFile::Symbol& symbol : elf.imports)
      if (!symbol.weak && !defined.contains(symbol.name) && !in_process(std::string(symbol.name)))
        open.emplace(symbol.name);
  };
  use(*root_);
  for (const ElfFile& elf : whole) use(elf);
  return {open.begin(), open.end()};
}

}  // namespace appserve::app
