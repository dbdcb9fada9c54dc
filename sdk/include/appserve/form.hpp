// appserve/form.hpp - HTML forms as plain structs.
//
//   struct Login { std::string user; std::string password; bool remember = false; };
//   app.post("/login", [](Form<Login> form) { return "Hello, " + form->user + "\n"; });
//
// The members are numbers, bools, strings or optionals of those, up to 32. An absent field keeps the member's default
// (browsers leave out a box that is not ticked, and send "on" for one that is); a malformed one is a 422 that names it,
// another content type than application/x-www-form-urlencoded a 415.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/app.hpp>
#include <appserve/detail/fields.hpp>

namespace appserve {
inline namespace v1 {

template <class T>
struct Form : detail::Named<T> {};

namespace detail {

template <class T>
struct Extractor<Form<T>> : SlotIsValue<Form<T>> {
  static constexpr bool kBody = true;

  static bool get(Request& r, std::size_t, Form<T>& form, Rejection& no) {
    const std::string_view type = media_type(r.content_type());
    if (!equal_ignoring_case(type, "application/x-www-form-urlencoded")) {
      no = {415, "expected application/x-www-form-urlencoded"};
      return false;
    }
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto fields = fields_of(form.value);
      return (get_field(r.collected_body(), field_names<T>[I], std::get<I>(fields), no) && ...);
    }(std::make_index_sequence<field_count<T>>());
  }

 private:
  template <class M>
  static bool get_field(std::string_view body, std::string_view name, M& member, Rejection& no) {
    auto text = form_value(body, name);
    if (!text) return true;
    if constexpr (std::is_same_v<M, bool>)
      if (*text == "on") return member = true;
    if (from_text(std::move(text), "field", name, member, no)) return true;
    no.status = 422;
    return false;
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
