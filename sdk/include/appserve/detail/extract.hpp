// From a request to a handler's parameters: the parameter's type says where its value comes from.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/detail/response.hpp>
#include <appserve/detail/router.hpp>

namespace appserve {
inline namespace v1 {

namespace detail {

/// A string literal as a template argument.
template <std::size_t N>
struct Literal {
  char text[N];
  constexpr Literal(const char (&s)[N]) noexcept {  // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) text[i] = s[i];
  }
  constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

/// Why a handler was not called.
struct Rejection {
  int status = 0;
  std::string text;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

template <class T>
concept PathValue = Scalar<T> || std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

/// True once appserve/json.hpp is included and T has a JSON form.
template <class T>
concept HasJson = requires { JsonCodec<T>::kAvailable; };

/// Text into a scalar, a string or an optional of those.
template <class T>
bool from_text(std::optional<std::string> text, const char* kind, std::string_view name, T& out, Rejection& no) {
  if constexpr (is_optional<T>) {
    if (!text) return true;
    return from_text(std::move(text), kind, name, out.emplace(), no);
  } else {
    if (!text) {
      no = {400, std::string(kind) + " '" + std::string(name) + "' is missing"};
      return false;
    }
    if constexpr (Scalar<T>) {
      if (parse_scalar(*text, out)) return true;
      no = {400, std::string(kind) + " '" + std::string(name) + "' is not a valid " +
                     (std::is_same_v<T, bool> ? "boolean"
                      : std::is_integral_v<T> ? "integer"
                                              : "number")};
      return false;
    } else {
      out = std::move(*text);
      return true;
    }
  }
}

struct NamedBase {};

/// What Query, Header and Cookie share: one value, used like a pointer to it.
template <class T>
struct Named : NamedBase {
  T value{};
  const T& operator*() const noexcept { return value; }
  const T* operator->() const noexcept { return &value; }
  operator const T&() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

}  // namespace detail

/// A query parameter: `Query<"page", int> page`. Absent or malformed is a 400, unless T is an optional (may be absent)
/// or a default is given: `Query<"page", int, 1>`.
template <detail::Literal Name, class T = std::string, auto... Default>
struct Query : detail::Named<T> {};
/// A request header, e.g. `Header<"user-agent", std::optional<std::string>>`.
template <detail::Literal Name, class T = std::string>
struct Header : detail::Named<T> {};
/// A cookie, e.g. `Cookie<"sid", std::optional<std::string>>`.
template <detail::Literal Name, class T = std::string>
struct Cookie : detail::Named<T> {};
/// The whole body as it came.
struct Body {
  std::string text;
};

namespace detail {

/// One parameter of a handler: `Slot` keeps the value, get() fills it or rejects, pass() hands it over.
template <class A>
struct Extractor;

struct FromRequest {
  static constexpr bool kPath = false;
  static constexpr bool kBody = false;
  static constexpr bool kJson = false;
};

template <>
struct Extractor<Request> : FromRequest {
  using Slot = Request*;
  static bool get(Request& r, std::size_t, Slot& slot, Rejection&) noexcept { return slot = &r; }
  static Request& pass(Slot& slot) noexcept { return *slot; }
};

template <PathValue T>
struct Extractor<T> {
  static constexpr bool kPath = true;
  static constexpr bool kBody = false;
  static constexpr bool kJson = false;
  using Slot = std::conditional_t<Scalar<T>, T, std::string>;
  static bool get(Request& r, std::size_t index, Slot& slot, Rejection& no) {
    const std::string_view raw = r.params()[index];
    const bool encoded = raw.find('%') != raw.npos;
    if constexpr (Scalar<T>) {
      if (encoded ? parse_scalar(percent_decoded(raw), slot) : parse_scalar(raw, slot)) return true;
      no.status = 404;
      return false;
    } else {
      if (encoded)
        percent_decode(raw, false, slot);
      else
        slot.assign(raw);
      return true;
    }
  }
  static T pass(Slot& slot) noexcept { return static_cast<T>(std::move(slot)); }
};

template <class T>
struct SlotIsValue : FromRequest {
  using Slot = T;
  static T&& pass(Slot& slot) noexcept { return std::move(slot); }
};

template <Literal Name, class T, auto... Default>
struct Extractor<Query<Name, T, Default...>> : SlotIsValue<Query<Name, T, Default...>> {
  static bool get(Request& r, std::size_t, Query<Name, T, Default...>& slot, Rejection& no) {
    auto text = r.query(Name.view());
    if constexpr (sizeof...(Default) == 1)
      if (!text) return ((slot.value = Default, true) && ...);
    return from_text(std::move(text), "query parameter", Name.view(), slot.value, no);
  }
};

template <Literal Name, class T>
struct Extractor<Header<Name, T>> : SlotIsValue<Header<Name, T>> {
  static bool get(Request& r, std::size_t, Header<Name, T>& slot, Rejection& no) {
    return from_text(std::optional<std::string>(r.header(Name.view())), "header", Name.view(), slot.value, no);
  }
};

template <Literal Name, class T>
struct Extractor<Cookie<Name, T>> : SlotIsValue<Cookie<Name, T>> {
  static bool get(Request& r, std::size_t, Cookie<Name, T>& slot, Rejection& no) {
    return from_text(std::optional<std::string>(r.cookie(Name.view())), "cookie", Name.view(), slot.value, no);
  }
};

template <>
struct Extractor<Body> : SlotIsValue<Body> {
  static constexpr bool kBody = true;
  static bool get(Request& r, std::size_t, Body& slot, Rejection&) {
    slot.text.assign(r.collected_body());
    return true;
  }
};

/// Everything else with a JSON form is the body. See json.hpp for what it rejects.
template <HasJson T>
  requires(!PathValue<T>)
struct Extractor<T> : SlotIsValue<T> {
  static constexpr bool kBody = true;
  static constexpr bool kJson = true;
  static bool get(Request& r, std::size_t, T& slot, Rejection& no) {
    const std::string_view type = media_type(r.content_type());
    if (!type.empty() && !equal_ignoring_case(type, "application/json") && !type.ends_with("+json")) {
      no = {415, "expected application/json, not " + std::string(type)};
      return false;
    }
    return JsonCodec<T>::read(r.collected_body(), slot, no.status, no.text);
  }
};

template <class F>
struct Signature : Signature<decltype(&F::operator())> {};

template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Result = R;
  using Arguments = std::type_identity<void(A...)>;
  static constexpr std::size_t kPathValues = (std::size_t{0} + ... + std::size_t{PathValue<std::remove_cvref_t<A>>});
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R (*)(A...)> {};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};

/// A route's pattern, checked against its handler while compiling.
template <class F>
struct PatternFor {
  template <std::size_t N>
  consteval PatternFor(const char (&p)[N]) : text(p, N - 1) {  // NOLINT(google-explicit-constructor)
    if (checked_pattern(text) < Signature<std::decay_t<F>>::kPathValues)
      handler_takes_more_path_parameters_than_the_pattern_has();
  }
  std::string_view text;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
