// appserve/files.hpp - a folder of files: pages, scripts, pictures, downloads.
//
//   app.get("/static/{path...}", Files("public"));
//   app.get("/{path...}", Files("dist", {.fallback = "index.html"}));               // a single-page app
//
//   const Files reports("reports", {.cache_control = "private"});
//   app.get("/report/{id}", [reports](Request& req, int id) -> Task<Response> {     // one file, by our own rules
//     return reports.send(req, std::to_string(id) + ".pdf");
//   });
//
// With entity tags, dates and all conditions of RFC 9110 13.2.2 (304, 412), single and multiple ranges (206, 416),
// HEAD, and files compressed before: where app.js.br, .zst or .gz lies beside app.js and is not older, a client that
// accepts it gets it. A path cannot leave the folder, not through links either (openat2); names that begin with a dot
// are hidden, but .well-known. A folder without index file is a 404; "/a" for a folder goes to "/a/".
//
// Small files are kept in memory, larger ones open; either is looked at again after `recheck`. The system calls for
// that run on the pool for blocking calls. Large files are sent by the kernel (sendfile); what is then not in memory is
// read on the loop's thread, at most 512 KiB at a time, as nginx does without aio: for files on slow disks that nobody
// has read before, more loops help.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>
#include <appserve/detail/media_types.hpp>
#include <appserve/detail/open_file.hpp>
#include <appserve/detail/validators.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace appserve {
inline namespace v1 {

/// How Files serves a folder.
struct FileOptions {
  std::string index = "index.html";        ///< what a folder shows; empty: nothing
  std::string fallback{};                  ///< shown for a path without a file and without an extension; empty: 404
  std::string cache_control = "no-cache";  ///< kept, but asked about each time; empty: no such field
  bool precompressed = true;               ///< look for .br, .zst, .gz
  bool hidden = false;                     ///< serve names that begin with a dot
  std::vector<std::pair<std::string, std::string>>
      types{};                                 ///< by extension, before the built-in: {"glb", "model/..."}
  std::chrono::nanoseconds recheck = 1s;       ///< how long a file is taken to be as it was
  std::size_t small = std::size_t{32} << 10;   ///< bytes; files up to this are kept in memory
  std::size_t memory = std::size_t{16} << 20;  ///< bytes of small files kept
  std::size_t open = 256;                      ///< files known, and at most so many descriptors
};

namespace detail {

/// One representation of a file, as it was at some moment. Immutable but for `checked`.
struct FileVersion {
  OwnFd fd;             // of a large one
  std::string content;  // of a small one
  std::string type, etag, modified;
  std::string_view coding;  // "br", or empty
  std::uint64_t size = 0;
  struct stat about{};

  bool same_as(const struct stat& now) const noexcept {
    return about.st_ino == now.st_ino && about.st_dev == now.st_dev && about.st_size == now.st_size &&
           about.st_mtim.tv_sec == now.st_mtim.tv_sec && about.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
  }
};

/// What a path leads to.
struct FoundFile {
  enum class Kind { none, file, folder } kind = Kind::none;
  std::vector<std::shared_ptr<const FileVersion>> versions;  // as it is, then compressed
  std::uint64_t checked = 0;                                 // the host's clock

  std::size_t memory() const noexcept {
    std::size_t total = 0;
    for (const auto& v : versions) total += v->content.size();
    return total;
  }
};

/// Sends a part of an open file as content; by reading it where the server cannot.
inline Task<> send_part(Stream& out, std::shared_ptr<const FileVersion> file, std::uint64_t offset,
                        std::uint64_t length) {
  if (!file->content.empty() || length == 0) {
    co_await out.write(std::string_view(file->content).substr(offset, length));
  } else if (out.can_write_file()) {
    co_await out.write_file(file->fd.get(), offset, length);
  } else {
    while (length > 0) {
      const std::string piece = co_await blocking([&] {
        std::string bytes(std::min<std::uint64_t>(length, 65536), '\0');
        const ssize_t n = ::pread(file->fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n <= 0) throw std::runtime_error("a file became shorter while it was sent");
        return bytes.resize(static_cast<std::size_t>(n)), bytes;
      });
      co_await out.write(piece);
      offset += piece.size();
      length -= piece.size();
    }
  }
}

}  // namespace detail

/// A handler for a pattern that ends in `{path...}`, and a function for others. A value: copies share the folder and
/// what is kept of it. Any thread.
class Files {
 public:
  /// `folder` is relative to where the server was started. Throws ConfigError if it is none.
  explicit Files(const std::string& folder, FileOptions options = {})
      : shared_(std::make_shared<Shared>(std::move(options))) {
    shared_->folder = detail::OwnFd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!shared_->folder) throw ConfigError("the folder of files '" + folder + "': " + std::strerror(errno));
  }

  Task<Response> operator()(Request& request) const {
    const std::size_t count = request.params().count();
    if (count == 0) throw std::logic_error("Files is for patterns that end in {path...}");
    const std::string_view encoded = request.params()[count - 1];
    std::string path;
    if (!detail::relative_path(encoded, shared_->options.hidden, path)) co_return absent();
    co_return co_await answer(request, std::move(path), encoded.empty() || encoded.ends_with('/'));
  }

  /// The file `path` of the folder, or 404. It is trusted as far as it stays below the folder.
  Task<Response> send(Request& request, std::string path) const {
    auto file = co_await find(path);
    if (file->kind != Kind::file) co_return absent();
    co_return respond(request, *file, shared_->options.cache_control);
  }

 private:
  using Found = detail::FoundFile;
  using Kind = detail::FoundFile::Kind;
  using Version = detail::FileVersion;
  using VersionPtr = std::shared_ptr<const detail::FileVersion>;

  struct Shared {
    explicit Shared(FileOptions o) : options(std::move(o)) {}
    const FileOptions options;
    detail::OwnFd folder;

    std::mutex mutex;  // guards what follows
    std::unordered_map<std::string, std::shared_ptr<const Found>> known;
    std::deque<std::string> order;  // first in, first out
    std::size_t memory = 0;
  };

  static Response absent() { return {404, "Not Found\n"}; }

  Task<Response> answer(Request& request, std::string path, bool folder_meant) const {
    const FileOptions& o = shared_->options;
    auto file = co_await find(path);
    if (file->kind == Kind::folder) {
      if (!folder_meant) co_return to_folder(request);
      std::string index = path;
      if (!path.empty()) index += "/";
      index += o.index;
      if (!o.index.empty()) file = co_await find(index);
    } else if (folder_meant) {
      file = std::make_shared<Found>();
    }
    if (file->kind == Kind::file) co_return respond(request, *file, o.cache_control);
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (!o.fallback.empty() && name.find('.') == name.npos) {
      file = co_await find(o.fallback);
      if (file->kind == Kind::file) co_return respond(request, *file, "no-cache");
    }
    co_return absent();
  }

  /// Relative, so that no path can make it lead to another host.
  static Response to_folder(const Request& request) {
    const std::string_view path = request.path();
    std::string location = "./" + std::string(path.substr(path.rfind('/') + 1)) + "/";
    if (!request.query_string().empty()) location += "?" + std::string(request.query_string());
    return std::move(Response(301).header("location", location));
  }

  // ---- what is known of a path ----

  /// `path` outlives the wait.
  Task<std::shared_ptr<const Found>> find(const std::string& path) const {
    const detail::Scope& scope = co_await detail::ThisScope();
    const std::uint64_t now = scope.host->now_ns();
    std::shared_ptr<const Found> old = known(path);
    if (old && now - old->checked < detail::nanoseconds(shared_->options.recheck)) co_return old;
    auto fresh = co_await blocking([&] { return look(path, old.get()); });
    fresh->checked = now;
    if (fresh->kind != Kind::none) remember(path, fresh);
    co_return fresh;
  }

  std::shared_ptr<const Found> known(const std::string& path) const {
    const std::lock_guard lock(shared_->mutex);
    const auto found = shared_->known.find(path);
    return found == shared_->known.end() ? nullptr : found->second;
  }

  void remember(const std::string& path, std::shared_ptr<const Found> found) const {
    Shared& s = *shared_;
    const std::lock_guard lock(s.mutex);
    auto& place = s.known[path];
    if (place)
      s.memory -= place->memory();
    else
      s.order.push_back(path);
    s.memory += found->memory();
    place = std::move(found);
    const std::size_t most = std::max<std::size_t>(1, s.options.open / (s.options.precompressed ? 4 : 1));
    while (s.order.size() > 1 && (s.order.size() > most || s.memory > s.options.memory)) {
      const auto first = s.known.find(s.order.front());
      s.memory -= first->second->memory();
      s.known.erase(first);
      s.order.pop_front();
    }
  }

  /// Blocks. What is as it was in `old` is taken from there.
  std::shared_ptr<Found> look(const std::string& path, const Found* old) const {
    static constexpr std::pair<std::string_view, std::string_view> kCodings[] = {
        {".br", "br"}, {".zst", "zstd"}, {".gz", "gzip"}};
    auto found = std::make_shared<Found>();
    auto plain = version(path, path, {}, old, found->kind);
    if (found->kind != Kind::file) return found;
    const timespec written = plain->about.st_mtim;
    found->versions.push_back(std::move(plain));
    if (!shared_->options.precompressed) return found;
    for (const auto& [extension, coding] : kCodings) {
      Kind kind = Kind::none;
      auto packed = version(path + std::string(extension), path, coding, old, kind);
      if (packed && packed->about.st_mtim.tv_sec >= written.tv_sec) found->versions.push_back(std::move(packed));
    }
    return found;
  }

  VersionPtr version(const std::string& name, const std::string& path, std::string_view coding, const Found* old,
                     Kind& kind) const {
    detail::OwnFd fd = detail::open_beneath(shared_->folder.get(), name);
    struct stat about{};
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO)
        throw std::runtime_error("opening " + name + ": " + std::strerror(errno));
      return nullptr;
    }
    if (::fstat(fd.get(), &about) != 0) return nullptr;
    kind = S_ISREG(about.st_mode) ? Kind::file : S_ISDIR(about.st_mode) ? Kind::folder : Kind::none;
    if (kind != Kind::file) return nullptr;
    if (old)
      for (const VersionPtr& v : old->versions)
        if (v->coding == coding && v->same_as(about)) return v;
    auto made = std::make_shared<Version>();
    made->about = about;
    made->size = static_cast<std::uint64_t>(about.st_size);
    made->coding = coding;
    made->type = type_of(path);
    made->modified = detail::http_date(about.st_mtim.tv_sec);
    made->etag = tag(about, coding);
    if (made->size <= shared_->options.small)
      made->content = whole(fd.get(), made->size, name);
    else
      made->fd = std::move(fd);
    return made;
  }

  static std::string whole(int fd, std::uint64_t size, const std::string& name) {
    std::string content(static_cast<std::size_t>(size), '\0');
    std::size_t have = 0;
    while (have < content.size()) {
      const ssize_t n = ::pread(fd, content.data() + have, content.size() - have, static_cast<off_t>(have));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw std::runtime_error("reading " + name + ": it changed or cannot be read");
      have += static_cast<std::size_t>(n);
    }
    return content;
  }

  std::string type_of(std::string_view path) const {
    for (const auto& [extension, type] : shared_->options.types)
      if (path.size() > extension.size() && path.ends_with(extension) &&
          path[path.size() - extension.size() - 1] == '.')
        return type;
    return std::string(detail::media_type_of(path));
  }

  static std::string tag(const struct stat& about, std::string_view coding) {
    char text[64];
    const int n = std::snprintf(
        text, sizeof text, "\"%llx-%llx-%lx", static_cast<unsigned long long>(about.st_mtim.tv_sec),
        static_cast<unsigned long long>(about.st_size), static_cast<unsigned long>(about.st_mtim.tv_nsec));
    std::string tag(text, static_cast<std::size_t>(n));
    if (!coding.empty()) tag.append("-").append(coding);
    return tag + "\"";
  }

  // ---- what is sent of it ----

  /// A list over all its lines (RFC 9110 5.3).
  static std::optional<std::string> list(const Request& request, std::string_view name) {
    std::optional<std::string> all;
    for (std::size_t i = 0; i < request.header_count(); ++i) {
      const Field line = request.header_at(i);
      if (line.name != name) continue;
      if (all)
        all->append(", ").append(line.value);
      else
        all.emplace(line.value);
    }
    return all;
  }

  static VersionPtr choose(const Request& request, const Found& file) {
    const auto accept = file.versions.size() > 1 ? list(request, "accept-encoding") : std::nullopt;
    VersionPtr best = file.versions.front();
    int most = 0;
    for (std::size_t i = 1; accept && i < file.versions.size(); ++i)
      if (const int quality = detail::coding_quality(*accept, file.versions[i]->coding); quality > most) {
        most = quality;
        best = file.versions[i];
      }
    return best;
  }

  static Response respond(Request& request, const Found& found, std::string_view cache_control) {
    const VersionPtr file = choose(request, found);
    const auto if_match = list(request, "if-match"), if_none_match = list(request, "if-none-match");
    const detail::Conditions conditions{if_match,
                                        if_none_match,
                                        request.header("if-modified-since"),
                                        request.header("if-unmodified-since"),
                                        request.header("range"),
                                        request.header("if-range")};
    const detail::Validators validators{file->etag, file->modified, file->about.st_mtim.tv_sec};
    const int status = detail::precondition(conditions, validators);
    if (status == 412) return {412, "Precondition Failed\n"};
    if (status == 304) return described(Response(304), *file, found, cache_control);
    if (conditions.range && request.method() == "GET" && detail::range_counts(conditions, validators))
      if (const auto ranges = detail::parse_ranges(*conditions.range, file->size)) {
        Response part = partial(request, file, *ranges);
        return part.status() == 416 ? std::move(part) : described(std::move(part), *file, found, cache_control);
      }
    return described(content(file, 0, file->size, file->type), *file, found, cache_control);
  }

  static Response described(Response r, const Version& file, const Found& found, std::string_view cache_control) {
    r.add_header("etag", file.etag);
    const std::int64_t now = std::time(nullptr);
    if (file.about.st_mtim.tv_sec <= now)
      r.add_header("last-modified", file.modified);
    else  // never later than the answer's own date (RFC 9110 8.8.2.1)
      r.add_header("last-modified", detail::http_date(now - 1));
    if (!cache_control.empty()) r.add_header("cache-control", cache_control);
    if (found.versions.size() > 1) r.add_header("vary", "accept-encoding");
    if (r.status() == 304) return r;
    if (!file.coding.empty()) r.add_header("content-encoding", file.coding);
    r.add_header("accept-ranges", "bytes").add_header("x-content-type-options", "nosniff");
    return r;
  }

  static Response content(const VersionPtr& file, std::uint64_t offset, std::uint64_t length, std::string_view type) {
    if (!file->fd) {
      if (length == file->size) return Response::shared(WholeText{file}, type);
      return {200, file->content.substr(offset, length), type};
    }
    return Response::stream(
               [file, offset, length](Stream& out) { return detail::send_part(out, file, offset, length); }, type)
        .length(static_cast<std::int64_t>(length));
  }

  static Response partial(const Request& request, const VersionPtr& file,
                          const std::vector<detail::ByteRange>& ranges) {
    const std::string of = "/" + std::to_string(file->size);
    if (ranges.empty())
      return std::move(Response(416, "Range Not Satisfiable\n").header("content-range", "bytes *" + of));
    const auto place = [&](const detail::ByteRange& r) {
      return "bytes " + std::to_string(r.first) + "-" + std::to_string(r.first + r.length - 1) + of;
    };
    if (ranges.size() == 1) {
      Response r = content(file, ranges[0].first, ranges[0].length, file->type);
      return std::move(r.status(206).header("content-range", place(ranges[0])));
    }
    const std::string boundary = detail::multipart_boundary(request.id());
    struct Part {
      std::string head;
      detail::ByteRange range;
    };
    std::vector<Part> parts;
    const std::string end = "\r\n--" + boundary + "--\r\n";
    std::uint64_t length = end.size();
    for (const detail::ByteRange& range : ranges) {
      parts.push_back(
          {"\r\n--" + boundary + "\r\ncontent-type: " + file->type + "\r\ncontent-range: " + place(range) + "\r\n\r\n",
           range});
      length += parts.back().head.size() + range.length;
    }
    const auto write = [file, end, parts = std::move(parts)](Stream& out) -> Task<> {
      for (const Part& part : parts) {
        co_await out.write(part.head);
        co_await detail::send_part(out, file, part.range.first, part.range.length);
      }
      co_await out.write(end);
    };
    return Response::stream(write, "multipart/byteranges; boundary=" + boundary)
        .length(static_cast<std::int64_t>(length))
        .status(206);
  }

  /// A small file's text, which its version keeps alive.
  struct WholeText {
    VersionPtr file;
    const std::string& operator*() const noexcept { return file->content; }
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace v1
}  // namespace appserve
