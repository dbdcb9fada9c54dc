#include "config/draft.hpp"

#include "config/option_types.hpp"

namespace appserve::config {
namespace {

using Kind = Complaint::Kind;

std::string as_written(const SourceText& text, Place place) {
  const SourceMark mark = text.mark(place);
  const auto start = std::min(mark.text.size(), static_cast<std::size_t>(place.column - 1));
  return mark.text.substr(start, static_cast<std::size_t>(place.length));
}

Error said_elsewhere(Error error, const Source& source, Place place) {
  const bool own_words = error.fault == &fault('E', 3021);
  switch (source.kind) {
    case Source::Kind::file:
      if (own_words) error.fault = &fault('E', 3004);
      error.where = source.text->mark(place);
      break;
    case Source::Kind::environment:
      if (own_words) error.fault = &fault('E', 3007);
      error.what = source.name + ": " + error.what;
      break;
    case Source::Kind::argument:
      error.what = source.name + ": " + error.what;
      break;
  }
  return error;
}

// Of the value, or of the item of a list that is meant.
std::string_view kind_at(const Value& value, Place place) {
  for (const Value& item : value.items)
    if (item.place.line == place.line && item.place.column == place.column) return kind_name(item.kind);
  return kind_name(value.kind);
}

Error wrong_in_file(const Option& option, const Complaint& complaint, const Value& value, const SourceText& text) {
  const Place place = complaint.place.line > 0 ? complaint.place : value.place;
  const std::string path(option.path);
  if (complaint.kind == Kind::unit) {
    const std::string is = as_written(text, place) + " is not " + option.expects.noun;
    return {&fault('E', 3005), path + " = " + is + "; write " + option.expects.write, text.mark(place), {}, {}};
  }
  const std::string label = complaint.kind == Kind::type ? std::string(kind_at(value, place)) : "";
  const std::string& example = option.expects.example;
  const std::string works = std::string(option.key()) + " = " + (example.empty() ? option.show(Settings()) : example);
  return {&fault('E', 3004), path + " must be " + option.expects.range, text.mark(place, label), {}, {works}};
}

// What is wanted, as short as the mistake allows.
std::string wanted(const Option& option, Kind kind) {
  const Expects& expects = option.expects;
  if (kind == Kind::range) return expects.range;
  return expects.noun;
}

std::string unit_hint(const Option& option, Kind kind) {
  return kind == Kind::range || option.expects.write.empty() ? "" : "; write " + option.expects.write;
}

}  // namespace

Error wrong_value(const Option& option, const Complaint& complaint, const Value& value, const Source& source,
                  const std::string& overridden) {
  if (complaint.said) {
    const Place place = complaint.place.line > 0 ? complaint.place : value.place;
    return said_elsewhere(*complaint.said, source, place);
  }
  if (source.kind == Source::Kind::file) return wrong_in_file(option, complaint, value, *source.text);
  const std::string want = wanted(option, complaint.kind), hint = unit_hint(option, complaint.kind);
  if (source.kind == Source::Kind::argument)
    return {&fault('E', 3021), source.name + " needs " + want + ", got '" + value.text + "'" + hint, {}, {}, {}};
  const std::string beats = overridden.empty() ? "" : ", overrides " + overridden;
  return {&fault('E', 3007),
          source.name + "=\"" + value.text + "\" is not " + want + hint + " (environment" + beats + ")",
          {},
          {},
          {}};
}

void Draft::give(const Option& option, const Value& value, const Source& source) {
  const std::string path(option.path);
  const std::optional<Complaint> complaint = option.set(settings, value);
  if (complaint) {
    const auto before = origins.find(path);
    return add(wrong_value(option, *complaint, value, source, before == origins.end() ? "" : before->second));
  }
  origins[path] = source.origin(value.place);
  if (source.kind == Source::Kind::file)
    marks[path] = source.text->mark(value.place);
  else
    marks.erase(path);
}

}  // namespace appserve::config
