// appserve/form.hpp - HTML forms and uploads.
//
// A small form is a struct:
//
//   struct Login { std::string user; std::string password; bool remember = false; };
//   app.post("/login", [](Form<Login> form) { return "Hello, " + form->user + "\n"; });
//
//   struct Profile { std::string name; Upload photo; std::vector<Upload> more; };     // files, wholly in memory
//
// The members are numbers, bools, strings, optionals of those, Upload, and vectors of all but bool, up to 32. An absent
// field keeps the member's default (browsers leave out a box that is not ticked, and send "on" for one that is); a
// malformed one is a 422 that names it, another content type than the two of forms a 415.
//
// A form of any size is read part by part, in constant memory:
//
//   app.post("/upload", [](Request& req) -> Task<std::string> {
//     FormParts parts(req);
//     while (auto part = co_await parts.next()) {
//       if (part->is_file()) co_await part->save("uploads/" + new_id());
//       else if (part->name() == "title") title = co_await part->text();
//     }
//     co_return "thanks\n";
//   });
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>
#include <appserve/detail/fields.hpp>
#include <appserve/detail/form_parser.hpp>
#include <appserve/detail/temporary_file.hpp>

#include <vector>

namespace appserve {
inline namespace v1 {

/// A form as a struct; the whole body is in memory (App::max_body).
template <class T>
struct Form : detail::Named<T> {};

/// A file of a form, in memory.
struct Upload {
  std::string filename;  ///< what the client calls it: its last component; never a path to write to
  std::string type;      ///< what the client says it is
  std::string content;
};

class FormParts;

/// One field or file of a form. Belongs to the FormParts, until next() is called there.
class Part {
 public:
  /// The name of the field, as the form gives it (RFC 7578 4.2), and whether a file came for it.
  const std::string& name() const noexcept;
  bool is_file() const noexcept;
  /// The last component of what the client calls the file; it may be empty. Not a path to write to: two clients may
  /// call theirs the same.
  std::string filename() const;
  /// What the client says the file is, e.g. "image/png". Not to be trusted.
  const std::string& type() const noexcept;

  /// The next piece of the content, valid until the next read: `while (auto piece = co_await part->read()) ...`.
  Task<std::optional<std::string_view>> read();
  /// All of it; more than FormLimits::text bytes end the handler with 413.
  Task<std::string> text();
  /// Into a file without a name in `folder`, or where temporary files go. Written on the pool for blocking calls.
  Task<TemporaryFile> to_temporary_file(std::string folder = {});
  /// Into the file `path`, which appears with its whole content or not at all. Gives the number of bytes.
  Task<std::uint64_t> save(std::string path);

 private:
  friend class FormParts;
  explicit Part(FormParts& parts) noexcept : parts_(&parts) {}
  FormParts* parts_;
};

/// A form that is read as it arrives, of either content type. Malformed forms end the handler with 400, another content
/// type with 415, more than the limits with 413.
class FormParts {
 public:
  explicit FormParts(Request& request, FormLimits limits = {}) : request_(request), limits_(limits), parser_(limits) {
    if (!parser_.open(request.content_type())) refuse();
  }
  FormParts(const FormParts&) = delete;
  FormParts& operator=(const FormParts&) = delete;

  /// The next part, when the client has sent its head; what was not read of the one before is skipped. nullopt: that
  /// was the last.
  Task<std::optional<Part>> next() {
    while (in_part_) {
      const Kind skipped = co_await step();
      in_part_ = skipped != Kind::end;
    }
    const Kind kind = co_await step();
    in_part_ = kind == Kind::part;
    co_return in_part_ ? std::optional(Part(*this)) : std::nullopt;
  }

 private:
  friend class Part;
  using Kind = detail::FormStep::Kind;

  [[noreturn]] void refuse() const { throw HttpError(parser_.status(), parser_.error()); }

  /// What comes next; content is in data_.
  Task<Kind> step() {
    for (;;) {
      const detail::FormStep step = parser_.step();
      data_ = step.data;
      if (step.kind == Kind::bad) refuse();
      if (step.kind != Kind::more) co_return step.kind;
      const auto piece = co_await request_.read();
      piece ? parser_.feed(*piece) : parser_.finish();
    }
  }

  Request& request_;
  FormLimits limits_;
  detail::FormParser parser_;
  std::string_view data_;
  bool in_part_ = false;
};

inline const std::string& Part::name() const noexcept { return parts_->parser_.part().name; }
inline bool Part::is_file() const noexcept { return parts_->parser_.part().filename.has_value(); }
inline std::string Part::filename() const { return parts_->parser_.part().filename.value_or(std::string()); }
inline const std::string& Part::type() const noexcept { return parts_->parser_.part().type; }

inline Task<std::optional<std::string_view>> Part::read() {
  FormParts& parts = *parts_;
  if (!parts.in_part_) co_return std::nullopt;
  const auto kind = co_await parts.step();
  parts.in_part_ = kind == detail::FormStep::Kind::data;
  co_return parts.in_part_ ? std::optional(parts.data_) : std::nullopt;
}

inline Task<std::string> Part::text() {
  std::string all;
  while (const auto piece = co_await read()) {
    if (all.size() + piece->size() > parts_->limits_.text)
      throw HttpError(413, "form: the field '" + name() + "' is too long");
    all += *piece;
  }
  co_return all;
}

inline Task<TemporaryFile> Part::to_temporary_file(std::string folder) {
  TemporaryFile file = co_await blocking([&] { return TemporaryFile(folder); });
  std::string waiting;
  for (bool more = true; more;) {
    const auto piece = co_await read();
    more = piece.has_value();
    if (piece) waiting += *piece;
    if (waiting.size() >= TemporaryFile::kWorthWriting || (!more && !waiting.empty())) {
      co_await blocking([&] { file.append(waiting); });
      waiting.clear();
    }
  }
  co_return file;
}

inline Task<std::uint64_t> Part::save(std::string path) {
  TemporaryFile file = co_await to_temporary_file(detail::folder_of(path));
  co_await blocking([&] { file.keep(path); });
  co_return file.size();
}

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// A part of a form that is in memory.
struct WholePart {
  PartHead head;
  std::string content;
};

inline bool whole_form(Request& request, std::vector<WholePart>& parts, Rejection& no) {
  FormLimits limits;
  limits.part = UINT64_MAX;
  FormParser parser(limits);
  bool good = parser.open(request.content_type());
  if (good) parser.feed(request.collected_body());
  parser.finish();
  while (good) {
    const FormStep step = parser.step();
    if (step.kind == FormStep::Kind::part) parts.push_back({parser.part(), {}});
    if (step.kind == FormStep::Kind::data) parts.back().content += step.data;
    if (step.kind == FormStep::Kind::done) return true;
    good = step.kind != FormStep::Kind::bad;
  }
  no = {parser.status(), parser.error()};
  return false;
}

template <class T>
struct Extractor<Form<T>> : SlotIsValue<Form<T>> {
  static constexpr bool kBody = true;

  static bool get(Request& r, std::size_t, Form<T>& form, Rejection& no) {
    std::vector<WholePart> parts;
    return whole_form(r, parts, no) && [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto fields = fields_of(form.value);
      return (get_field(parts, field_names<T>[I], std::get<I>(fields), no) && ...);
    }(std::make_index_sequence<field_count<T>>());
  }

 private:
  template <class M>
  static bool get_field(std::vector<WholePart>& parts, std::string_view name, M& member, Rejection& no) {
    for (WholePart& part : parts) {
      if (part.head.name != name) continue;
      if constexpr (is_vector<M>) {
        if (!take(part, name, member.emplace_back(), no)) return false;
      } else {
        return take(part, name, member, no);
      }
    }
    return true;
  }

  template <class M>
  static bool take(WholePart& part, std::string_view name, M& member, Rejection& no) {
    if constexpr (std::is_same_v<M, Upload>) {
      member = {part.head.filename.value_or(std::string()), std::move(part.head.type), std::move(part.content)};
      return true;
    } else if constexpr (std::is_same_v<M, std::optional<Upload>>) {
      if (part.head.filename && part.head.filename->empty() && part.content.empty()) return true;  // none was chosen
      return take(part, name, member.emplace(), no);
    } else {
      if constexpr (std::is_same_v<M, bool>)
        if (part.content == "on") return member = true;
      if (from_text(std::optional(std::move(part.content)), "field", name, member, no)) return true;
      no.status = 422;
      return false;
    }
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
