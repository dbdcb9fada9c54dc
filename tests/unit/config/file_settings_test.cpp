#include "config/file_settings.hpp"

#include "unit/config/given.hpp"

namespace appserve::config {
namespace {

TEST_CASE("every table fills its settings") {
  const Command command = accepted_file(std::string("[server]\nlisten = [\":1\", \"unix:a.sock\"]\nthreads = \"auto\"\n"
                                                    "[limits]\nbody = 5\nkeep_alive = \"1s\"\nrequire_host = false\n"
                                                    "[shutdown]\ngrace = \"0s\"\n[log]\nlevel = \"warn\"\n") +
                                        kHello);
  CHECK(command.settings.listen.size() == 2);
  CHECK(command.settings.threads == 0);
  CHECK(command.settings.limits.body == 5);
  CHECK(!command.settings.limits.require_host);
  CHECK(command.settings.timeouts.keep_alive == std::chrono::seconds(1));
  CHECK(command.settings.grace == std::chrono::seconds(0));
  CHECK(command.settings.log_level == "warn");
}

TEST_CASE("a single address may stand for the list") {
  CHECK(accepted_file(std::string("[server]\nlisten = \"0.0.0.0:80\"\n") + kHello).settings.listen.size() == 1);
}

TEST_CASE("paths are relative to the file") {
  const TemporaryFolder folder;
  folder.write("conf/my.toml",
               "[server]\nruntime_dir = \"run\"\napp_path = [\"../apps\", \"/opt/apps\"]\nlisten = \"unix:a.sock\"\n"
               "[[app]]\nload = \"./libgame.so:app\"\n[[app]]\nload = \"libhello.so:app\"\nurl_prefix = \"/h\"\n");
  const Settings settings = accepted({"--config=conf/my.toml"}).settings;
  CHECK(settings.runtime_dir == "conf/run");
  CHECK(settings.app_path == std::vector<std::string>{"apps", "/opt/apps"});
  CHECK(settings.listen.front().path == "conf/a.sock");
  CHECK(settings.apps[0].load.library == "conf/libgame.so");
  CHECK(settings.apps[1].load.library == "libhello.so");  // a bare name is searched for
  CHECK(accepted({"--config=conf/my.toml", "--runtime-dir=run"}).settings.runtime_dir == "run");
}

TEST_CASE("every mistake in a table has its message") {
  struct Case {
    const char *text, *message;
  };
  const Case cases[] = {
      {"[server]\nthraeds = 4\n",
       "error[E3002]: unknown key 'server.thraeds'\n"
       "  --> config.toml:2:1\n"
       "   |\n"
       " 2 | thraeds = 4\n"
       "   | ^^^^^^^ did you mean 'threads'?\n"},
      {"[server]\nzzzzzz = 4\n",
       "error[E3002]: unknown key 'server.zzzzzz'\n"
       "  --> config.toml:2:1\n"
       "   |\n"
       " 2 | zzzzzz = 4\n"
       "   | ^^^^^^\n"},
      {"[sever]\nthreads = 4\n",
       "error[E3002]: unknown table [sever]\n"
       "  --> config.toml:1:2\n"
       "   |\n"
       " 1 | [sever]\n"
       "   |  ^^^^^ did you mean 'server'?\n"},
      {"threads = 4\n",
       "error[E3003]: 'threads' belongs in [server], not at the top of the file\n"
       "  --> config.toml:1:1\n"
       "   |\n"
       " 1 | threads = 4\n"
       "   | ^^^^^^^\n"},
      {"[limits]\nthreads = 4\n",
       "error[E3003]: 'threads' belongs in [server], not in [limits]\n"
       "  --> config.toml:2:1\n"
       "   |\n"
       " 2 | threads = 4\n"
       "   | ^^^^^^^\n"},
      {"[server]\nurl_prefix = \"/a\"\n",
       "error[E3003]: 'url_prefix' belongs in [[app]], not in [server]\n"
       "  --> config.toml:2:1\n"
       "   |\n"
       " 2 | url_prefix = \"/a\"\n"
       "   | ^^^^^^^^^^\n"},
      {"server = 4\n",
       "error[E3004]: 'server' must be a table\n"
       "  --> config.toml:1:10\n"
       "   |\n"
       " 1 | server = 4\n"
       "   |          ^ integer\n"
       "   = help: [server]\n"},
      {"[server]\nthreads = \"four\"\n",
       "error[E3004]: server.threads must be an integer from 1 to 1024, or \"auto\"\n"
       "  --> config.toml:2:11\n"
       "   |\n"
       " 2 | threads = \"four\"\n"
       "   |           ^^^^^^ string\n"
       "   = help: threads = 4\n"},
      {"[limits]\nbody = \"10 MBit\"\n",
       "error[E3005]: limits.body = \"10 MBit\" is not a size; write \"10 MB\", \"10 MiB\" or a number of bytes\n"
       "  --> config.toml:2:8\n"
       "   |\n"
       " 2 | body = \"10 MBit\"\n"
       "   |        ^^^^^^^^^\n"},
      {"[limits]\nkeep_alive = 30\n",
       "error[E3005]: limits.keep_alive = 30 is not a duration; write \"500ms\", \"30s\", \"2min\" or \"1h\"\n"
       "  --> config.toml:2:14\n"
       "   |\n"
       " 2 | keep_alive = 30\n"
       "   |              ^^\n"},
      {"[limits]\nheader = 5\n",
       "error[E3004]: limits.header must be a size from 1 KiB to 16 MiB\n"
       "  --> config.toml:2:10\n"
       "   |\n"
       " 2 | header = 5\n"
       "   |          ^\n"
       "   = help: header = \"32 KiB\"\n"},
      {"[server]\nlisten = [\":80\", \"127.0.0.1:99999\"]\n",
       "error[E4004]: '99999' is not a port; a port is a number from 0 to 65535\n"
       "  --> config.toml:2:18\n"
       "   |\n"
       " 2 | listen = [\":80\", \"127.0.0.1:99999\"]\n"
       "   |                  ^^^^^^^^^^^^^^^^^\n"},
      {"[server]\nlisten = [\":80\", 81]\n",
       "error[E3004]: server.listen must be a list of addresses like \"127.0.0.1:8080\" or "
       "\"unix:/run/appserve.sock\"\n"
       "  --> config.toml:2:18\n"
       "   |\n"
       " 2 | listen = [\":80\", 81]\n"
       "   |                  ^^ integer\n"
       "   = help: listen = [\"127.0.0.1:8080\"]\n"},
      {"[log]\nlevel = \"loud\"\n",
       "error[E3004]: log.level must be \"trace\", \"debug\", \"info\", \"warn\" or \"error\"\n"
       "  --> config.toml:2:9\n"
       "   |\n"
       " 2 | level = \"loud\"\n"
       "   |         ^^^^^^\n"
       "   = help: level = \"info\"\n"},
      {"[server]\nident = \"a\\nb\"\n",
       "error[E3004]: server.ident must be visible ASCII text\n"
       "  --> config.toml:2:9\n"
       "   |\n"
       " 2 | ident = \"a\\nb\"\n"
       "   |         ^^^^^^\n"
       "   = help: ident = \"appserve\"\n"},
  };
  for (const Case& c : cases) CHECK(refusal_of_file(std::string(c.text) + kHello) == c.message);
}

}  // namespace
}  // namespace appserve::config
