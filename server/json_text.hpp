// The JSON that commands print: a document of several lines, and the findings in it.
#pragma once
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <string_view>

#include "base/error.hpp"

namespace appserve {

using Json = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void put(Json& json, std::string_view text);
void field(Json& json, const char* name, std::string_view text);

/// An array of objects: code, what; where (file, line, column, text), why and help when there are any.
void findings(Json& json, const char* name, const Errors& errors);

}  // namespace appserve
