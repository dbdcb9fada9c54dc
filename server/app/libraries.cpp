#include "app/libraries.hpp"

#include <utility>

#include "app/kept_copies.hpp"
#include "app/load_witness.hpp"
#include "app/loader_words.hpp"
#include "trace/activity.hpp"
#include "trace/modules.hpp"

namespace appserve::app {
namespace {

bool same_file(const Libraries::Library& library, const LibraryFile& file) {
  return library.device == file.device && library.inode == file.inode && library.size == file.bytes.size() &&
         library.changed.tv_sec == file.changed.tv_sec && library.changed.tv_nsec == file.changed.tv_nsec;
}

Result<PrivateCopy, Error> copy_of(const LibraryFile& file, std::string_view search, const Surroundings& surroundings) {
  if (!file.copy.empty()) return PrivateCopy::kept(file.copy);
  if (surroundings.kept != nullptr) return PrivateCopy::keep(file, search, surroundings.kept->folder());
  return PrivateCopy::make(file, search, surroundings.runtime_dir);
}

}  // namespace

Result<const Libraries::Library*, Error> Libraries::open(const LibraryFile& file, const ElfFile& elf,
                                                         const Closure& closure, const Surroundings& surroundings) {
  for (const auto& library : all_)
    if (same_file(*library, file)) return library.get();
  auto copy = copy_of(file, elf.runpath.empty() ? elf.rpath : elf.runpath, surroundings);
  if (!copy) return Failure<Error>(std::move(copy).error());
  const std::string name = file.name();
  trace::modules().call(copy->path(), name);
  if (surroundings.witness != nullptr) surroundings.witness->loading(name);
  auto code = [&] {
    const trace::InApp in_app(name.c_str(), trace::Doing::loading);
    return SharedLibrary::open(copy->path(), surroundings.witness);
  }();
  trace::modules().learn();
  if (!code) return Failure<Error>(translate(code.error(), file, closure));
  all_.push_back(std::make_unique<Library>(
      Library{file.device, file.inode, file.changed, file.bytes.size(), *std::move(copy), *code}));
  return all_.back().get();
}

}  // namespace appserve::app
