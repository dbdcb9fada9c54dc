#include "unit/config/reference.hpp"

#include <algorithm>

#include "config/flags.hpp"

namespace appserve::config {
namespace {

std::vector<std::string_view> tables_of(const std::vector<Option>& table) {
  std::vector<std::string_view> names;
  for (const Option& option : table)
    if (std::ranges::find(names, option.table()) == names.end()) names.push_back(option.table());
  return names;
}

std::string text(std::string_view view) { return std::string(view); }

std::string code(std::string_view view) { return view.empty() ? "" : "`" + text(view) + "`"; }

// A cell of a Markdown table.
std::string cell(std::string content) {
  for (std::size_t at = 0; (at = content.find('|', at)) != content.npos; at += 2) content.insert(at, "\\");
  return " " + content + " |";
}

std::string flag_of(const Flag& flag) {
  if (flag.name == "--help") return "`-h`, `--help`";
  if (flag.name == "--version") return "`-V`, `--version`";
  if (flag.value.empty()) return code(flag.name) + ", " + code("--no-" + text(flag.name.substr(2)));
  return code(text(flag.name) + " " + text(flag.value));
}

constexpr const char* kIntroduction = R"(# Options

Every setting has a key in the file, an environment variable and an option on the command line. The command line beats
the environment, which beats the file, which beats the default. `appserve print-config` shows what holds and where it
comes from. Every problem of a start is told at once.

Generated from the option table of the server (`server/config/option_table.cpp`); a test compares.

## Settings
)";

constexpr const char* kValues = R"(
Sizes are written `"10 MB"` (powers of 1000), `"10 MiB"` (powers of 1024) or as a number of bytes; durations `"500ms"`,
`"30s"`, `"2min"`, `"1h"`. On the command line and in the environment the quotes are left out.

**Addresses** (`server.listen`) are `HOST:PORT`, `:PORT` or `*:PORT` (every address of the machine), `[V6]:PORT`, `PORT`
(on 127.0.0.1) and `unix:PATH`, to which `,mode=660` gives other permissions than 600. Port 0 is any free one; the start
prints it. Several in one text are separated by blanks. `--host`, `--port`, `--unix-socket` and `--unix-socket-perms` are
another way to say it, as waitress-serve has it, and not to be mixed with `--listen`.

**Switches** are `--x`, `--no-x` or `--x=true`, `--x=false`. Options are written in full: there are no abbreviations. They
may stand behind the app; what stands behind `--` is never an option.

## Apps

On the command line, the app is `LIB:SYMBOL`. Further ones, or all, are mounted below a prefix:

    appserve libhello.so:app
    appserve --call libgame.so:create_app --url-prefix /game
    appserve --mount /hello=libhello.so:app --mount-call /game=libgame.so:create_app

`--call` says that the symbol after `LIB:` is a factory; it is about that app only. `--mount-call` is `--mount` for a
factory. In the file each app is a table:

    [[app]]
    load = "libgame.so:create_app"
    call = true
    url_prefix = "/game"
    [app.config]                    # handed to the app as JSON
    state = "sqlite:${DATA}/game.db"

)";

constexpr const char* kAppKeys = R"(| key | default | meaning |
|---|---|---|
| `load` | needed | `LIB:SYMBOL`; a name without a slash is searched for, a path is relative to the file |
| `call` | `false` | the symbol is a factory that makes the app |
| `url_prefix` | `"/"` | where the app is mounted: plain path segments, each prefix once |
| `max_concurrency` | any number | requests in the app at one time; more are answered 503 with Retry-After |
| `body` | `limits.body` | a request's body for this app, at most `limits.body`; larger is 413 |
| `config` | empty | the app's own settings |

Apps come from the file or from the command line, not from both. With one app, `--url-prefix` and `--call` override the
file, and so do `APPSERVE_APP__LOAD`, `APPSERVE_APP__CALL`, `APPSERVE_APP__URL_PREFIX` and, for the app's own settings,
`APPSERVE_APP__CONFIG__KEY` (`APPSERVE_APP__CONFIG__REDIS__URL` is `redis.url`). Such a value takes the type that the
file gives the key; a key the file does not have becomes a string.

`${NAME}` in any text of the file is the environment variable, which must be set; `$${NAME}` is the text `${NAME}`. Paths in
the file (a `load` with a slash, `app_path`, `runtime_dir`, `unix:`) are relative to the file.

)";

constexpr const char* kCommandFlags = R"(| option | meaning |
|---|---|
)";

constexpr const char* kWaitress = R"(
## Options of waitress-serve that differ

The others have the same name and meaning.

| option | here |
|---|---|
)";

std::string setting_row(const Option& option) {
  return "|" + cell(code(option.path)) + cell(flag_of(option.flag)) + cell(code(option.show(Settings()))) +
         cell(option.path == "server.listen" ? "a list of addresses" : option.expects.range) +
         cell(text(option.flag.help)) + "\n";
}

std::string waitress_row(const WaitressFlag& flag) {
  using enum WaitressFlag::Effect;
  const std::string why(flag.why);
  std::string meaning;
  switch (flag.effect) {
    case none:
      meaning = "accepted without effect: " + why;
      break;
    case refused:
      meaning = "refused: " + why;
      break;
    case on_only:
      meaning = "always on; switched off it is refused: " + why;
      break;
    case seconds:
      meaning = code(flag.path) + " in seconds";
      break;
  }
  return "|" + cell(flag_of(flag.flag)) + cell(meaning) + "\n";
}

}  // namespace

std::string options_page(const std::vector<Option>& table) {
  std::string out = kIntroduction;
  for (const std::string_view name : tables_of(table)) {
    out += "\n### [" + text(name) + "]\n\nEnvironment: " + code(environment_name(text(name) + ".KEY")) +
           "\n\n| key | option | default | value | meaning |\n|---|---|---|---|---|\n";
    for (const Option& option : table)
      if (option.table() == name) out += setting_row(option);
  }
  out += kValues;
  out += kAppKeys;
  out += kCommandFlags;
  for (const CommandFlag& command : command_flags())
    out += "|" + cell(flag_of(command.flag)) + cell(text(command.flag.help)) + "\n";
  out += kWaitress;
  for (const WaitressFlag& flag : waitress_flags()) out += waitress_row(flag);
  return out;
}

std::string settings_template(const std::vector<Option>& table) {
  std::string out;
  for (const std::string_view name : tables_of(table)) {
    out += "[" + text(name) + "]\n";
    for (const Option& option : table)
      if (option.table() == name)
        out += "# " + text(option.flag.help) + "\n#" + text(option.key()) + " = " + option.show(Settings()) + "\n";
    out += "\n";
  }
  return out;
}

}  // namespace appserve::config
