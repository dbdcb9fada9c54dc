// The one door to RapidJSON: its SAX reader and writer, in a namespace of ours so that an app's own copy stays apart.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#ifndef RAPIDJSON_NAMESPACE
#define RAPIDJSON_NAMESPACE appserve::v1::detail::rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN \
  namespace appserve {            \
  inline namespace v1 {           \
  namespace detail {              \
  namespace rapidjson {
#define RAPIDJSON_NAMESPACE_END \
  }                             \
  }                             \
  }                             \
  }
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace appserve {
inline namespace v1 {
namespace detail {
namespace rj = RAPIDJSON_NAMESPACE;

/// RapidJSON's output stream onto a std::string.
struct JsonOut {
  using Ch = char;
  std::string& text;
  void Put(char c) { text.push_back(c); }
  void Flush() {}
};

/// Writes JSON text event by event.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& text) : out_{text}, writer_(out_) {}
  void null() { writer_.Null(); }
  void boolean(bool v) { writer_.Bool(v); }
  void integer(std::int64_t v) { writer_.Int64(v); }
  void natural(std::uint64_t v) { writer_.Uint64(v); }
  void number(double v) { std::isfinite(v) ? writer_.Double(v) : writer_.Null(); }
  void string(std::string_view v) { writer_.String(v.data(), static_cast<rj::SizeType>(v.size())); }
  void begin_object() { writer_.StartObject(); }
  void key(std::string_view v) { writer_.Key(v.data(), static_cast<rj::SizeType>(v.size())); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }

 private:
  JsonOut out_;
  rj::Writer<JsonOut> writer_;
};

/// Feeds a handler (RapidJSON's SAX interface) with `text`. Empty result: all of it was one JSON value and the handler
/// took everything; otherwise what is wrong and where.
template <class Handler>
std::string parse_json_events(std::string_view text, Handler& handler) {
  constexpr unsigned kFlags = rj::kParseIterativeFlag | rj::kParseValidateEncodingFlag | rj::kParseFullPrecisionFlag;
  rj::MemoryStream in(text.data(), text.size());
  rj::Reader reader;
  const rj::ParseResult result = reader.Parse<kFlags>(in, handler);
  if (result && in.Tell() == text.size()) return {};
  std::string problem = result                                        ? "more than one value"
                        : result.Code() == rj::kParseErrorTermination ? handler.refusal()
                                                                      : rj::GetParseError_En(result.Code());
  while (!problem.empty() && problem.back() == '.') problem.pop_back();
  return problem + " at byte " + std::to_string(result ? in.Tell() : result.Offset());
}

}  // namespace detail
}  // namespace v1
}  // namespace appserve
