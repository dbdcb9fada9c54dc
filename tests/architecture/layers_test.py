"""The checker must be able to fail: little broken houses, and what it says about each."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import layers  # noqa: E402


class Layers(unittest.TestCase):
    def findings(self, files, unmirrored=(), mirror=lambda root: []):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            (root / "tests" / "architecture").mkdir(parents=True, exist_ok=True)
            (root / "tests" / "architecture" / "unmirrored.txt").write_text("\n".join(unmirrored))
            return [*layers.check_plan(root), *mirror(root)]

    def assert_clean(self, files, **more):
        self.assertEqual(self.findings(files, **more), [])

    def assert_found(self, text, files, **more):
        found = self.findings(files, **more)
        self.assertTrue(any(text in f for f in found), f"{text!r} is not in {found}")

    def test_a_well_built_house_has_no_findings(self):
        self.assert_clean({
            "server/base/error.hpp": "#include <string>\n",
            "server/http/head.hpp": '#include "base/error.hpp"\n#include <llhttp.h>\n',
            "server/service/service.hpp": '#include "http/head.hpp"\n',
            "server/net/connection.hpp": '#include "service/service.hpp"\n#include <asio/ip/tcp.hpp>\n',
            "server/config/toml.hpp": '#include "net/connection.hpp"\n#include <toml++/toml.h>\n',
            "server/main.cpp": '#include "config/toml.hpp"\n',
        })

    def test_an_arrow_up_is_found_with_its_line(self):
        self.assert_found("server/http/head.hpp:2: http includes up: net/connection.hpp", {
            "server/http/head.hpp": '#include <string>\n#include "net/connection.hpp"\n',
            "server/net/connection.hpp": "",
        })

    def test_an_arrow_sideways_is_found(self):
        for room, neighbour in (("net", "app"), ("app", "middleware"), ("http", "loop")):
            self.assert_found(f"{room} includes sideways: {neighbour}/b.hpp",
                              {f"server/{room}/a.hpp": f'#include "{neighbour}/b.hpp"\n',
                               f"server/{neighbour}/b.hpp": ""})

    def test_nobody_includes_the_top(self):
        self.assert_found("config includes up: assemble.hpp",
                          {"server/config/a.hpp": '#include "assemble.hpp"\n', "server/assemble.hpp": ""})

    def test_a_circle_of_files_inside_a_room_is_found(self):
        self.assert_found("a circle of files: http/a.hpp -> http/b.hpp -> http/c.hpp -> http/a.hpp", {
            "server/http/a.hpp": '#include "http/b.hpp"\n',
            "server/http/b.hpp": '#include "http/c.hpp"\n',
            "server/http/c.hpp": '#include "http/a.hpp"\n',
        })

    def test_a_circle_of_rooms_without_a_circle_of_files_is_found(self):
        self.assert_found("a circle of rooms: app -> net -> app", {
            "server/net/a.hpp": '#include "app/b.hpp"\n', "server/app/b.hpp": "",
            "server/app/c.hpp": '#include "net/d.hpp"\n', "server/net/d.hpp": "",
        })

    def test_two_ways_down_to_one_file_are_no_circle(self):
        self.assert_clean({
            "server/http/a.hpp": '#include "http/b.hpp"\n#include "http/c.hpp"\n',
            "server/http/b.hpp": '#include "base/d.hpp"\n',
            "server/http/c.hpp": '#include "base/d.hpp"\n',
            "server/base/d.hpp": "",
        })

    def test_an_unknown_room_is_found(self):
        self.assert_found("the room 'util' is on no floor", {"server/util/a.hpp": ""})

    def test_an_include_that_is_not_written_from_server_is_found(self):
        self.assert_found('"head.hpp" is not a file below server/',
                          {"server/http/a.hpp": '#include "head.hpp"\n', "server/http/head.hpp": ""})

    def test_each_library_has_one_door(self):
        for library, header, room in (("llhttp", "llhttp.h", "net"), ("Asio", "asio/awaitable.hpp", "http"),
                                      ("Asio", "asio.hpp", "config"), ("toml++", "toml++/toml.h", "runtime"),
                                      ("CLI11", "CLI/CLI.hpp", "app"), ("spdlog", "spdlog/spdlog.h", "net"),
                                      ("dlopen", "dlfcn.h", "runtime"), ("the ABI", "appserve/abi.h", "middleware"),
                                      ("SQLite", "sqlite3.h", "app")):
            self.assert_found(f"{library} has its door in", {f"server/{room}/a.hpp": f"#  include <{header}>\n"})

    def test_the_server_includes_no_sdk_header_but_the_abi_in_app(self):
        self.assert_clean({"server/app/a.hpp": "#include <appserve/abi.h>\n"})
        self.assert_found("the server includes no C++ header of the SDK",
                          {"server/app/a.hpp": "#include <appserve/app.hpp>\n"})

    def test_the_sdk_includes_only_the_standard_library_and_itself(self):
        include = "sdk/include/appserve/"
        self.assert_clean({include + "app.hpp": "#include <appserve/abi.h>\n#include <coroutine>\n",
                           include + "json.hpp": "#include <rapidjson/reader.h>\n",
                           include + "abi.h": "#include <stddef.h>\n#include <stdint.h>\n"})
        for name, header in (("app.hpp", "asio.hpp"), ("app.hpp", "rapidjson/reader.h"), ("json.hpp", "fmt/core.h")):
            self.assert_found("the SDK includes only the standard library and itself",
                              {include + name: f"#include <{header}>\n"})
        self.assert_found("abi.h includes only", {include + "abi.h": "#include <string>\n"})

    def test_an_app_does_not_include_the_server(self):
        self.assert_found("an app includes the server",
                          {"plugins/hello/a.cpp": '#include "http/head.hpp"\n', "server/http/head.hpp": ""})

    def mirror(self, root):
        return layers.check_mirror(root, layers.allow_list(root))

    def test_a_source_without_a_test_is_found(self):
        self.assert_found("no test at tests/unit/http/gate_test.cpp", {"server/http/gate.cpp": ""}, mirror=self.mirror)
        self.assert_clean({"server/http/gate.cpp": "", "tests/unit/http/gate_test.cpp": ""}, mirror=self.mirror)

    def test_the_list_of_sources_without_a_test_can_only_shrink(self):
        self.assert_clean({"server/http/gate.cpp": ""}, unmirrored=["http/gate.cpp  # why"], mirror=self.mirror)
        self.assert_found("remove the line", {"server/http/gate.cpp": "", "tests/unit/http/gate_test.cpp": ""},
                          unmirrored=["http/gate.cpp"], mirror=self.mirror)
        self.assert_found("there is no server/http/gate.cpp", {}, unmirrored=["http/gate.cpp"], mirror=self.mirror)


if __name__ == "__main__":
    unittest.main()
