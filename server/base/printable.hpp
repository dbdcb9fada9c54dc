// Text of strangers, as it may be shown: printable ASCII stays, every other byte is written as \xNN.
#pragma once
#include <string>
#include <string_view>

namespace appserve {

/// Appends it, but no more than `most` bytes; '"' and '\' get a backslash, so that it may stand in quotes and nothing
/// in it can end them. `json`: as JSON has it, \u00NN.
void append_printable(std::string& out, std::string_view text, bool json = false, std::size_t most = std::string::npos);
/// The same between `to` and `end`; answers where it ends.
char* write_printable(char* to, char* end, std::string_view text, bool json = false);
std::string printable(std::string_view text);

}  // namespace appserve
