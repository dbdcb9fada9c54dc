// APPSERVE_TABLE__KEY variables, and ${VAR} in the file.
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/draft.hpp"
#include "config/option.hpp"

namespace appserve::config {

/// Tells a server that `appserve dev` started it, and the folder where their common state is.
inline constexpr const char* kDevVariable = "APPSERVE_DEV";

using Environment = std::map<std::string, std::string, std::less<>>;

/// From "NAME=value" texts.
Environment read_environment(std::span<const char* const> variables);

/// What an app's [app.config] key is called: "state" → this + "STATE", "redis.url" → this + "REDIS__URL".
inline constexpr std::string_view kAppConfigPrefix = "APPSERVE_APP__CONFIG__";

/// Every setting the environment has, and W3008 for variables that look like ours and are not.
void apply_environment(const Environment& environment, const std::vector<Option>& table, Draft& draft);

/// Replaces ${NAME} in every text of `value` by the variable; "$${" stands for "${". E3009 for one that is not set.
void expand_variables(Value& value, const Environment& environment, const SourceText& text, Draft& draft);

}  // namespace appserve::config
