#include "app/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unique_fd.hpp"

namespace appserve::app {

MappedFile::MappedFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return;
  map(fd.get(), static_cast<std::size_t>(info.st_size));
}

// The kernel copies from one cache to another: no page of ours is touched before it is looked at.
MappedFile MappedFile::snapshot(int fd, std::size_t size) {
  const UniqueFd memory(::memfd_create("library", MFD_CLOEXEC));
  std::size_t have = 0;
  for (off_t at = 0; memory && have < size; have = static_cast<std::size_t>(at)) {
    const ssize_t sent = ::sendfile(memory.get(), fd, &at, size - have);
    if (sent == 0 || (sent < 0 && errno != EINTR)) break;
  }
  MappedFile file;
  if (have > 0) file.map(memory.get(), have);
  return file;
}

void MappedFile::map(int fd, std::size_t size) {
  void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory != MAP_FAILED) bytes_ = {static_cast<const char*>(memory), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace appserve::app
