#include "json_text.hpp"

#include <string>

namespace appserve {
namespace {

void lines(Json& json, const char* name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.Key(name);
  json.StartArray();
  for (const std::string& text : texts) put(json, text);
  json.EndArray();
}

void place(Json& json, const SourceMark& mark) {
  json.Key("where");
  json.StartObject();
  field(json, "file", mark.file);
  json.Key("line");
  json.Int(mark.line);
  json.Key("column");
  json.Int(mark.column);
  field(json, "text", mark.text);
  json.EndObject();
}

}  // namespace

void put(Json& json, std::string_view text) { json.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); }

void field(Json& json, const char* name, std::string_view text) {
  json.Key(name);
  put(json, text);
}

void findings(Json& json, const char* name, const Errors& errors) {
  json.Key(name);
  json.StartArray();
  for (const Error& error : errors) {
    json.StartObject();
    field(json, "code", error.fault->severity + std::to_string(error.fault->number));
    field(json, "what", error.what);
    if (error.where && error.where->line > 0) place(json, *error.where);
    lines(json, "why", error.notes);
    lines(json, "help", error.help);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace appserve
