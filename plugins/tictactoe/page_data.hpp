// What page/embed.cmake makes of the files in page/.
#pragma once
#include <string_view>

namespace tictactoe {

struct PageData {
  std::string_view html;
  std::string_view tag;                          // an ETag: changes with the page
  std::string_view style_source, script_source;  // 'sha256-…' of both inline parts, for the Content-Security-Policy
};

PageData page_data();

}  // namespace tictactoe
