// What page/embed.cmake makes of the files in page/.
#pragma once
#include <string_view>

namespace tictactoe {

extern const std::string_view kPage;
extern const std::string_view kPageTag;           // an ETag: changes with the page
extern const std::string_view kPageStyleSource;   // 'sha256-…' of the inline style and of the script, as the
extern const std::string_view kPageScriptSource;  // Content-Security-Policy wants them

}  // namespace tictactoe
