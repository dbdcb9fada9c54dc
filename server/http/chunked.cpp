#include "http/chunked.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/chars.hpp"

namespace appserve::http {
namespace {

using Wrong = std::optional<Refusal>;

constexpr unsigned kMostDigits = 16;  // of a chunk size, leading zeros included: 64 bits
constexpr Refusal kBadSize{400, "a chunk size is not a plain hexadecimal number"};
constexpr Refusal kBadExtension{400, "a chunk extension is malformed"};
constexpr Refusal kBadEnd{400, "a line of the chunked coding does not end in CRLF"};
constexpr Refusal kBadData{400, "chunk data is not followed by CRLF"};
constexpr Refusal kBadTrailer{400, "a trailer field is malformed"};

constexpr Refusal kTooManyDigits{400, "a chunk size has too many digits"};
constexpr Refusal kTooMuchOverhead{400, "chunk extensions and trailers are too large"};
constexpr Refusal kTooMuchContent{413, "the content is larger than is taken here"};

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

Wrong ChunkedDecoder::take_size(char c, std::uint64_t most) {
  if (const int digit = ascii::hex_value(c); digit >= 0) {
    if (++digits_ > kMostDigits) return kTooManyDigits;
    left_ = left_ << 4U | static_cast<unsigned>(digit);
    if (left_ > most) return kTooMuchContent;
    state_ = State::size;
    return {};
  }
  if (state_ == State::size_first) return kBadSize;
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';') {
    state_ = State::ext_first;
  } else if (is_space(c)) {
    state_ = State::size_space;
  } else {
    return kBadSize;
  }
  return {};
}

/// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1. White space that no ';'
/// or '=' follows is refused.
Wrong ChunkedDecoder::take_extension(char c) {
  const bool token = chars::is(c, chars::kToken);
  const auto go = [this](State next) {
    state_ = next;
    return Wrong();
  };
  switch (state_) {
    case State::ext_first:
      if (is_space(c)) return {};
      return token ? go(State::ext_name) : Wrong(kBadExtension);
    case State::ext_value_first:
      if (is_space(c)) return {};
      if (c == '"') return go(State::ext_quoted);
      return token ? go(State::ext_value) : Wrong(kBadExtension);
    case State::ext_quoted:
      if (c == '"') return go(State::ext_quote_end);
      if (c == '\\') return go(State::ext_escaped);
      return chars::is(c, chars::kQuoted) ? Wrong() : Wrong(kBadExtension);
    case State::ext_escaped:
      return chars::is(c, chars::kText) ? go(State::ext_quoted) : Wrong(kBadExtension);
    default:
      break;
  }
  const bool in_name = state_ == State::ext_name || state_ == State::ext_name_space;
  const bool in_space =
      state_ == State::ext_name_space || state_ == State::ext_value_space || state_ == State::size_space;
  const bool in_token = state_ == State::ext_name || state_ == State::ext_value;
  if (in_token && token) return {};
  if (c == ';') return go(State::ext_first);
  if (c == '=' && in_name) return go(State::ext_value_first);
  if (is_space(c)) return in_space ? Wrong() : go(in_name ? State::ext_name_space : State::ext_value_space);
  if (c == '\r' && !in_space) return go(State::size_lf);
  return kBadExtension;
}

Wrong ChunkedDecoder::take_trailer(char c) {
  if (state_ == State::line_first && c == '\r') {
    state_ = State::last_lf;
  } else if (state_ == State::trailer_value) {
    if (c == '\r') {
      state_ = State::trailer_lf;
    } else if (!chars::is(c, chars::kText)) {
      return kBadTrailer;
    }
  } else if (chars::is(c, chars::kToken)) {
    state_ = State::trailer_name;
  } else if (c == ':' && state_ == State::trailer_name) {
    state_ = State::trailer_value;
  } else {
    return kBadTrailer;
  }
  return {};
}

Wrong ChunkedDecoder::take(char c, std::uint64_t most) {
  const auto expect = [&](char wanted, State next, const Refusal& why) {
    if (c != wanted) return Wrong(why);
    state_ = next;
    return Wrong();
  };
  switch (state_) {
    case State::size_first:
    case State::size:
      return take_size(c, most);
    case State::size_lf:
      return expect('\n', left_ == 0 ? State::line_first : State::data, kBadEnd);
    case State::data_cr:
      return expect('\r', State::data_lf, kBadData);
    case State::data_lf:
      digits_ = 0;
      return expect('\n', State::size_first, kBadData);
    case State::line_first:
    case State::trailer_name:
    case State::trailer_value:
      if (state_ != State::line_first || c != '\r') ++overhead_;
      return take_trailer(c);
    case State::trailer_lf:
      return expect('\n', State::line_first, kBadEnd);
    case State::last_lf:
      return expect('\n', State::done, kBadEnd);
    case State::data:
    case State::done:
      return {};
    default:
      ++overhead_;
      return take_extension(c);
  }
}

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input, std::size_t overhead_limit,
                                            std::uint64_t content_limit) {
  Step step;
  while (step.consumed < input.size() && state_ != State::done && !step.refusal) {
    if (state_ != State::data) {
      step.refusal = take(input[step.consumed], content_limit - step.data.size());
      if (overhead_ > overhead_limit) step.refusal = kTooMuchOverhead;
      ++step.consumed;
    } else if (step.data.empty()) {
      step.data = input.substr(step.consumed, left_);
      step.consumed += step.data.size();
      left_ -= step.data.size();
      if (left_ == 0) state_ = State::data_cr;
    } else {
      break;
    }
  }
  step.done = state_ == State::done;
  return step;
}

}  // namespace appserve::http
