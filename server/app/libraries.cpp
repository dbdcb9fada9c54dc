#include "app/libraries.hpp"

#include <utility>

#include "app/finding.hpp"
#include "app/loader_words.hpp"
#include "trace/activity.hpp"
#include "trace/modules.hpp"

namespace appserve::app {
namespace {

bool same_file(const Libraries::Library& library, const LibraryFile& file) {
  return library.device == file.device && library.inode == file.inode && library.size == file.bytes.size() &&
         library.changed.tv_sec == file.changed.tv_sec && library.changed.tv_nsec == file.changed.tv_nsec;
}

}  // namespace

Result<const Libraries::Library*, Error> Libraries::open(const LibraryFile& file, const ElfFile& elf,
                                                         const Closure& closure, const std::string& runtime_dir) {
  for (const auto& library : all_)
    if (same_file(*library, file)) return library.get();
  auto copy = PrivateCopy::make(file, elf.runpath.empty() ? elf.rpath : elf.runpath, runtime_dir);
  if (!copy) return Failure<Error>(std::move(copy).error());
  const std::string name = file.name();
  trace::modules().call(copy->path(), name);
  auto code = [&] {
    const trace::InApp in_app(name.c_str(), trace::Doing::loading);
    return SharedLibrary::open(copy->path());
  }();
  trace::modules().learn();
  if (!code) return Failure<Error>(translate(code.error(), file, closure));
  all_.push_back(std::make_unique<Library>(
      Library{file.device, file.inode, file.changed, file.bytes.size(), *std::move(copy), *code}));
  return all_.back().get();
}

}  // namespace appserve::app
