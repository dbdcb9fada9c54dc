// Where the dynamic loader would find a needed library (ld.so(8)). Looks, loads nothing.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace appserve::app {

/// Who needs it: its search paths come first.
struct Needer {
  std::string folder;          // what $ORIGIN means there
  std::string rpath, runpath;  // as in the file; rpath counts only without runpath
};

class LoaderSearch {
 public:
  /// Reads this process's libraries, $LD_LIBRARY_PATH and the loader's cache.
  LoaderSearch();
  /// The same with what the arguments say, for tests: `loaded` is name → path, the rest as in ld.so(8).
  LoaderSearch(std::map<std::string, std::string> loaded, std::string library_path, std::vector<std::string> system);

  /// The file for a DT_NEEDED name: one already in the process, else from `needers`' rpaths (the asking library first,
  /// then those that brought it in), LD_LIBRARY_PATH, the asking library's runpath, the cache, the system's folders.
  std::optional<std::string> find(std::string_view name, const std::vector<Needer>& needers) const;

 private:
  std::map<std::string, std::string, std::less<>> loaded_, cache_;
  std::string library_path_;
  std::vector<std::string> system_;
};

/// The entries of /etc/ld.so.cache (format "glibc-ld.so.cache1.1"): name → path. Empty when it is something else.
std::map<std::string, std::string, std::less<>> parse_loader_cache(std::string_view bytes);

}  // namespace appserve::app
