// The game's page, put together from page/ at build time: one file that loads nothing else.
#pragma once
#include <string_view>

namespace tictactoe {

extern const std::string_view kPage;
extern const std::string_view kPageTag;           // an ETag: changes with the page
extern const std::string_view kPageStyleSource;   // 'sha256-…' of the inline style and script, as the
extern const std::string_view kPageScriptSource;  // Content-Security-Policy wants them

}  // namespace tictactoe
