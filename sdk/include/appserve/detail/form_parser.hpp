// A form's bytes, cut anywhere, become its parts: multipart/form-data (RFC 7578, RFC 2046 5.1) and
// application/x-www-form-urlencoded. Pure: no request, no I/O; never more memory than a part's head and a few lines.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/text.hpp>

#include <cstdint>

namespace appserve {
inline namespace v1 {

/// What a form may have; more is a 413. The server's own limit for a body (`body` of the app, `limits.body`) holds too.
struct FormLimits {
  std::size_t parts = 256;
  std::size_t head = std::size_t{8} << 10;  ///< bytes of a part's headers, or of a field's name
  std::size_t text = std::size_t{1} << 20;  ///< bytes of Part::text()
  std::uint64_t part = UINT64_MAX;          ///< bytes of any part's content
};

namespace detail {

/// The head of a part.
struct PartHead {
  std::string name;
  std::optional<std::string> filename;  // the last component of what the client sent
  std::string type;                     // of a file: its Content-Type
};

struct FormStep {
  enum class Kind { more, part, data, end, done, bad } kind = Kind::more;
  std::string_view data{};  // data: content, valid until the next call of the parser
};

/// The value of a parameter of a header: "form-data; name=\"a\"" has name -> a. Within quotes only \" and \\ are
/// escapes, since browsers send Windows paths unescaped.
inline std::optional<std::string> header_parameter(std::string_view value, std::string_view wanted) {
  auto at = value.find(';');
  while (at != value.npos) {
    value = trimmed(value.substr(at + 1));
    const auto eq = value.find_first_of("=;");
    if (eq == value.npos) return std::nullopt;
    if (value[eq] == ';') {
      at = eq;
      continue;
    }
    const bool found = equal_ignoring_case(trimmed(value.substr(0, eq)), wanted);
    std::string text;
    value = trimmed(value.substr(eq + 1));
    if (value.starts_with('"')) {
      std::size_t i = 1;
      for (; i < value.size() && value[i] != '"'; ++i) {
        if (value[i] == '\\' && i + 1 < value.size() && (value[i + 1] == '"' || value[i + 1] == '\\')) ++i;
        text.push_back(value[i]);
      }
      if (i >= value.size()) return std::nullopt;
      at = value.find(';', i);
    } else {
      at = value.find(';');
      text = trimmed(value.substr(0, at));
    }
    if (found) return text;
  }
  return std::nullopt;
}

/// The last component of a file's name, whatever system it comes from; never one that means a folder.
inline std::string base_name(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  if (slash != name.npos) name.remove_prefix(slash + 1);
  std::string safe;
  for (const char c : name)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) safe.push_back(c);
  return safe == "." || safe == ".." ? std::string() : safe;
}

class FormParser {
 public:
  explicit FormParser(const FormLimits& limits) noexcept : limits_(limits) {}

  /// For this Content-Type. False: 415 or 400, see status() and error().
  bool open(std::string_view content_type) {
    const std::string_view type = media_type(content_type);
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return (state_ = State::name, true);
    if (!equal_ignoring_case(type, "multipart/form-data"))
      return fail(415, "expected multipart/form-data or application/x-www-form-urlencoded");
    const auto boundary = header_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->ends_with(' '))
      return fail(400, "form: Content-Type has no valid boundary");
    for (const char c : *boundary)
      if (c < 0x20 || c > 0x7e) return fail(400, "form: Content-Type has no valid boundary");
    delimiter_ = "\r\n--" + *boundary;
    input_ = "\r\n";  // so that the first delimiter is one like any other
    state_ = State::preamble;
    return true;
  }

  /// More of the body; call when step() said `more`.
  void feed(std::string_view bytes) {
    input_.erase(0, at_);
    at_ = 0;
    input_.append(bytes);
  }
  /// The body is complete: what step() says from now on is final, never `more`.
  void finish() noexcept { complete_ = true; }

  FormStep step() {
    switch (state_) {
      case State::preamble:
        return preamble();
      case State::delimiter:
        return after_delimiter();
      case State::head:
        return head();
      case State::content:
        return content();
      case State::name:
        return name();
      case State::value:
        return value();
      case State::done:
        at_ = input_.size();
        return {complete_ ? FormStep::Kind::done : FormStep::Kind::more, {}};
      case State::bad:
        break;
    }
    return {FormStep::Kind::bad, {}};
  }

  const PartHead& part() const noexcept { return part_; }
  /// Bytes that wait for more.
  std::size_t buffered() const noexcept { return input_.size() - at_; }
  int status() const noexcept { return status_; }
  const std::string& error() const noexcept { return error_; }

 private:
  enum class State { preamble, delimiter, head, content, name, value, done, bad };
  static constexpr std::size_t kPadding = 128;  // blanks behind a delimiter

  std::string_view rest() const noexcept { return std::string_view(input_).substr(at_); }
  bool fail(int status, const char* why) {
    state_ = State::bad;
    status_ = status;
    error_ = why;
    return false;
  }
  FormStep bad(int status, const char* why) {
    fail(status, why);
    return {FormStep::Kind::bad, {}};
  }
  FormStep more(const char* cut_short) { return complete_ ? bad(400, cut_short) : FormStep{}; }
  FormStep given(std::string_view data) {
    if ((part_bytes_ += data.size()) > limits_.part) return bad(413, "form: a part is too large");
    return {FormStep::Kind::data, data};
  }
  bool new_part() {
    part_ = {};
    part_bytes_ = 0;
    return ++parts_ <= limits_.parts || fail(413, "form: too many parts");
  }

  // ---- multipart ----
  FormStep preamble() {
    const auto found = rest().find(delimiter_);
    if (found == std::string_view::npos) {
      const std::size_t keep = std::min(rest().size(), delimiter_.size() - 1);
      at_ = input_.size() - keep;
      return more("form: the first boundary is missing");
    }
    at_ += found + delimiter_.size();
    state_ = State::delimiter;
    return after_delimiter();
  }

  FormStep after_delimiter() {
    const std::string_view text = rest();
    if (text.starts_with("--")) {
      state_ = State::done;
      return step();
    }
    std::string_view line_end = text;
    while (line_end.starts_with(' ') || line_end.starts_with('\t')) line_end.remove_prefix(1);
    const std::size_t padding = text.size() - line_end.size();
    if (line_end.starts_with("\r\n") && padding <= kPadding) {
      if (!new_part()) return {FormStep::Kind::bad, {}};
      at_ += padding;  // the line end stays: a head without a line is "\r\n\r\n", too
      state_ = State::head;
      return head();
    }
    if (padding <= kPadding && (line_end.empty() || line_end == "\r" || text == "-"))
      return more("form: cut short behind a boundary");
    return bad(400, "form: a boundary is not on a line of its own");
  }

  FormStep head() {
    const std::string_view text = rest();
    const auto end = text.find("\r\n\r\n");
    if (end > limits_.head && (end != text.npos || text.size() > limits_.head + 4))
      return bad(413, "form: a part's headers are too large");
    if (end == text.npos) return more("form: cut short in a part's headers");
    bool named = false;
    std::string_view lines = text.substr(0, end);
    while (!lines.empty()) {
      lines.remove_prefix(2);
      const auto line_end = std::min(lines.find("\r\n"), lines.size());
      if (!take_header(lines.substr(0, line_end), named)) return {FormStep::Kind::bad, {}};
      lines.remove_prefix(line_end);
    }
    if (!named) return bad(400, "form: a part has no Content-Disposition: form-data with a name");
    at_ += end + 2;  // its last line end belongs to a delimiter that follows at once
    first_content_ = true;
    state_ = State::content;
    return {FormStep::Kind::part, {}};
  }

  bool take_header(std::string_view line, bool& named) {
    const auto colon = line.find(':');
    if (colon == line.npos || colon == 0 || line.find_first_of(" \t") < colon ||
        line.find_first_of(std::string_view("\r\n\0", 3)) != line.npos)
      return fail(400, "form: a part has a malformed header");
    const std::string_view field = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(field, "content-type")) {
      part_.type = value;
    } else if (equal_ignoring_case(field, "content-disposition")) {
      auto name = header_parameter(value, "name");
      if (named || !name || !equal_ignoring_case(media_type(value), "form-data"))
        return fail(400, "form: a part has no Content-Disposition: form-data with a name");
      named = true;
      part_.name = std::move(*name);
      if (auto filename = header_parameter(value, "filename")) part_.filename = base_name(*filename);
    }
    return true;
  }

  FormStep content() {
    const std::string_view text = rest();
    const auto found = text.find(delimiter_);
    const std::size_t skip = first_content_ ? 2 : 0;  // the head's last line end
    if (found == text.npos) {
      const std::size_t safe = text.size() - std::min(text.size(), delimiter_.size() - 1);
      if (safe <= skip) return more("form: the last boundary is missing");
      at_ += safe;
      first_content_ = false;
      return given(text.substr(skip, safe - skip));
    }
    if (found > skip) {
      at_ += found;
      first_content_ = false;
      return given(text.substr(skip, found - skip));
    }
    at_ += found + delimiter_.size();
    state_ = State::delimiter;
    return {FormStep::Kind::end, {}};
  }

  // ---- urlencoded ----
  FormStep name() {
    std::string_view text = rest();
    while (text.starts_with('&')) text.remove_prefix(1), ++at_;
    if (text.empty() && complete_) {
      state_ = State::done;
      return {FormStep::Kind::done, {}};
    }
    const auto end = text.find_first_of("=&");
    if (std::min(end, text.size()) > limits_.head) return bad(413, "form: a field's name is too long");
    if (end == text.npos && !complete_) return {};
    if (!new_part()) return {FormStep::Kind::bad, {}};
    part_.name = percent_decoded(text.substr(0, end), true);
    at_ += std::min(end, text.size());
    if (rest().starts_with('=')) ++at_;
    state_ = State::value;
    return {FormStep::Kind::part, {}};
  }

  FormStep value() {
    const std::string_view text = rest();
    auto end = text.find('&');
    if (end == text.npos) {
      end = text.size();
      if (!complete_) {  // an escape may be cut
        const auto escape = text.find('%', text.size() - std::min<std::size_t>(text.size(), 2));
        if (escape != text.npos) end = escape;
        if (end == 0) return {};
      }
    }
    if (end == 0) {
      state_ = State::name;
      return {FormStep::Kind::end, {}};
    }
    decoded_ = percent_decoded(text.substr(0, end), true);
    at_ += end;
    return given(decoded_);
  }

  const FormLimits limits_;
  std::string delimiter_;
  std::string input_;
  std::string decoded_;
  std::string error_;
  PartHead part_;
  std::size_t at_ = 0;
  std::size_t parts_ = 0;
  std::uint64_t part_bytes_ = 0;
  int status_ = 400;
  State state_ = State::bad;
  bool complete_ = false;
  bool first_content_ = false;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
