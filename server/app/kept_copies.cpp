#include "app/kept_copies.hpp"

#include <charconv>
#include <fstream>
#include <utility>

namespace appserve::app {
namespace {

// Records of texts, each ended by a zero byte: no path has one.
class Record {
 public:
  void put(const std::string& text) { bytes_.append(text).push_back('\0'); }
  template <class Number>
  void put_number(Number number) {
    put(std::to_string(number));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

template <class Number>
void get_number(std::istream& in, Number& number) {
  std::string text;
  std::getline(in, text, '\0');
  std::from_chars(text.data(), text.data() + text.size(), number);
}

}  // namespace

std::optional<LibraryFile> KeptCopies::find(const std::string& typed) const {
  std::ifstream in(index(), std::ios::binary);
  for (std::string name; std::getline(in, name, '\0');) {
    LibraryFile file;
    std::getline(in, file.path, '\0');
    std::getline(in, file.copy, '\0');
    get_number(in, file.device);
    get_number(in, file.inode);
    get_number(in, file.changed.tv_sec);
    get_number(in, file.changed.tv_nsec);
    get_number(in, file.owner);
    get_number(in, file.mode);
    if (!in || name != typed) continue;
    file.memory = MappedFile(file.copy);  // ours: nobody writes to it
    file.bytes = file.memory.bytes();
    if (file.bytes.empty()) return std::nullopt;
    return file;
  }
  return std::nullopt;
}

void KeptCopies::remember(const std::string& typed, const LibraryFile& file, const std::string& copy) const {
  Record record;
  record.put(typed);
  record.put(file.path);
  record.put(copy);
  record.put_number(file.device);
  record.put_number(file.inode);
  record.put_number(file.changed.tv_sec);
  record.put_number(file.changed.tv_nsec);
  record.put_number(file.owner);
  record.put_number(file.mode);
  std::ofstream(index(), std::ios::binary | std::ios::app) << record.bytes() << std::flush;
}

}  // namespace appserve::app
