// Where the values of an app's [app.config] stand in the file, so that what the app says about one can be shown there.
#pragma once
#include <map>
#include <string>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"

namespace appserve::config {

/// By dotted key, tables too; without what does not come from the file.
std::map<std::string, SourceMark> config_marks(const Value& table, const SourceText& text);

/// Gives an E2012 its place: the value of the key its sentence names, as a whole word; the longest, if it names
/// several.
void point_at_value(Error& rejection, const AppSettings& app);

}  // namespace appserve::config
