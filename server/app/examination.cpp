#include "app/examination.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "app/library_search.hpp"
#include "app/version_name.hpp"

namespace appserve::app {
namespace {

// The numbers AS_DECLARE_NOTE takes.
std::string language_name(std::uint32_t language) {
  switch (language) {
    case 1:
      return "C";
    case 2:
      return "C++";
    case 3:
      return "Rust";
    default:
      return "";
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " -> ") + name;
  return text;
}

std::vector<std::string> newest_of_each(const std::vector<ElfFile::Version>& versions) {
  std::map<std::string_view, VersionName> newest;
  for (const ElfFile::Version& version : versions) {
    const VersionName name(version.name);
    const auto [slot, fresh] = newest.emplace(name.family, name);
    if (!fresh && slot->second.numbers < name.numbers) slot->second = name;
  }
  std::vector<std::string> texts;
  for (const auto& [family, name] : newest) texts.push_back(std::string(family) + name.number_text());
  return texts;
}

std::vector<Inspection::Needed> needs_of(const Closure& closure) {
  std::vector<Inspection::Needed> needed;
  for (const auto& member : closure.members()) needed.push_back({member->name, member->path, joined(member->chain)});
  for (const auto& missing : closure.missing()) needed.push_back({missing.name, "", joined(missing.chain)});
  return needed;
}

}  // namespace

Examination::Examination(std::unique_ptr<const LibraryFile> file, CheckedLibrary checked, const AppSpec& spec)
    : file_(std::move(file)),
      checked_(std::move(checked)),
      closure_(*file_, checked_.elf, LoaderSearch()),
      entry_(choose_entry(spec, checked_.elf, file_->name())) {}

Errors Examination::errors() const {
  Errors errors;
  if (!entry_) errors.push_back(entry_.error());
  std::ranges::move(closure_.problems(), std::back_inserter(errors));
  return errors;
}

Result<std::unique_ptr<const Examination>, Error> examine(const AppSpec& spec,
                                                          const std::vector<std::string>& search_path) {
  const auto path = find_library(spec, search_path);
  if (!path) return Failure<Error>(path.error());
  auto read = read_library(*path);
  if (!read) return Failure<Error>(std::move(read).error());
  return examine_file(spec, *std::move(read));
}

Result<std::unique_ptr<const Examination>, Error> examine_file(const AppSpec& spec, LibraryFile read) {
  auto file = std::make_unique<const LibraryFile>(std::move(read));
  auto checked = check_library(*file);
  if (!checked) return Failure<Error>(std::move(checked).error());
  return std::make_unique<const Examination>(std::move(file), *std::move(checked), spec);
}

Result<Inspection, Error> inspect(const AppSpec& spec, const std::vector<std::string>& search_path) {
  const auto examined = examine(spec, search_path);
  if (!examined) return Failure<Error>(examined.error());
  const Examination& e = **examined;
  const ElfFile& elf = e.elf();

  Inspection facts;
  facts.library = e.file().path;
  facts.size = e.file().bytes.size();
  facts.abi = abi_text(e.note().abi);
  facts.abi_min = abi_text(e.note().abi_min);
  facts.language = language_name(e.note().language);
  facts.compiler = elf.compiler;
  facts.entries = entries_of(elf);
  facts.other_exports = elf.exports.size() - facts.entries.size();
  facts.unique_symbols =
      static_cast<std::size_t>(std::ranges::count_if(elf.exports, [](const auto& s) { return s.unique; }));
  facts.needed = needs_of(e.closure());
  facts.system_versions = newest_of_each(elf.needed_versions);
  facts.errors = spec.symbol.empty() ? e.closure().problems() : e.errors();
  facts.warnings = warnings_about(e.file(), elf);
  return facts;
}

}  // namespace appserve::app
