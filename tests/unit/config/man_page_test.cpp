#include "config/man_page.hpp"

#include <cstdlib>

#include "config/flags.hpp"
#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

std::string unescaped(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\-", at)) != text.npos;) text.erase(at, 1);
  return text;
}

TEST_CASE("the manual has every option, key and variable") {
  const std::string page = unescaped(man_page(option_table()));
  for (const Option& option : option_table())
    for (const std::string& name :
         {std::string(option.flag.name), std::string(option.path), environment_name(option.path)})
      CHECK_MESSAGE(page.find(name) != page.npos, name);
  for (const CommandFlag& flag : command_flags()) CHECK(page.find(flag.flag.name) != page.npos);
}

TEST_CASE("no line begins with a dot or quote that troff would obey") {
  const std::string page = man_page(option_table());
  for (std::size_t line = 0; line < page.size(); line = page.find('\n', line) + 1) {
    if (page[line] == '.')
      CHECK_MESSAGE(std::isupper(static_cast<unsigned char>(page[line + 1])) + (page[line + 1] == 'b'),
                    page.substr(line, 40));
    CHECK(page[line] != '\'');
  }
}

TEST_CASE("groff has nothing to say, where it is installed") {
  const TemporaryFolder folder;
  folder.write("appserve.1", man_page(option_table()));
  CHECK(std::system("! command -v groff >/dev/null || [ -z \"$(groff -man -Tutf8 -ww -z appserve.1 2>&1)\" ]") == 0);
}

}  // namespace
}  // namespace appserve::config
