"""`appserve check`, `inspect --routes` and `--version --features`: what would be served, told without serving it."""
import json
import re
import socket
import unittest

from harness import APPS, BUILD, Server, app, folder, run

FIXTURES = BUILD / "tests" / "unit" / "app" / "fixtures"
PLAIN = {"ASAN_OPTIONS": "handle_segv=0:use_sigaltstack=0", "TSAN_OPTIONS": "handle_segv=0:use_sigaltstack=0"}


def codes(text):
    """Of findings; what the machine lacks is not ours, nor that root may run the tests."""
    text = re.sub(r"^warning\[W40(10|21|40)\]", "", text, flags=re.M)
    return re.findall(r"^(?:error|warning)\[(\w+)\]", text, re.M)


class Check(unittest.TestCase):
    def test_all_is_well_and_nothing_is_left(self):
        with folder() as tmp:
            told = run("check", "--listen", "127.0.0.1:0", "--listen", f"unix:{tmp}/x.sock", "--runtime-dir", tmp / "rt",
                       app("hello"))
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertEqual(codes(told.stderr), [])
            self.assertRegex(told.stdout, r"listen   127\.0\.0\.1:0   free")
            self.assertRegex(told.stdout, r"app      / → \S*libhello\.so:app   ok, 2 routes   \d+ ms")
            self.assertIn("\nready to serve", told.stdout)
            self.assertEqual(list(tmp.iterdir()), [])

    def test_everything_that_is_wrong_is_told_at_once(self):
        with folder() as tmp, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            (tmp / "file").touch()
            (tmp / "c.toml").write_text(f"""[server]
listen = ["127.0.0.1:{taken.getsockname()[1]}", "unix:{tmp}/file"]
thraeds = 4
[[app]]
load = "{FIXTURES}/libcrash_loading.so:app"
url_prefix = "/crash"
[[app]]
load = "{FIXTURES}/libmoody.so:create_app"
call = true
url_prefix = "/moody"
config.mode = "refuse"
[[app]]
load = "libnosuch.so:app"
url_prefix = "/none"
[[app]]
load = "{APPS}/libhello.so:app"
""")
            told = run("check", "--config", "c.toml", "--runtime-dir", tmp / "rt", cwd=tmp, env=PLAIN)
            self.assertEqual(codes(told.stderr), ["E3002", "E4001", "E4006", "E2002", "E2005", "E1001"])
            self.assertIn("--> c.toml:3:1", told.stderr)
            self.assertIn("^^^^^^^ did you mean 'threads'?", told.stderr)
            self.assertRegex(told.stderr, r"E4001\]: .*already in use by python\d?\S* \(pid \d+\)")
            self.assertEqual(told.returncode, 78)  # of the first
            self.assertIn("config   c.toml   FAIL", told.stdout)
            self.assertIn("/crash → ", told.stdout)
            self.assertRegex(told.stdout, r"libhello\.so:app   ok, 2 routes")
            self.assertIn("\n6 problems, ", told.stdout)

    def test_json_is_one_document_whatever_apps_print(self):
        with folder() as tmp:
            (tmp / "c.toml").write_text(f'[server]\nlisten = ["127.0.0.1:0"]\nthreads = "four"\n[[app]]\n'
                                        f'load = "{APPS}/libhello.so:app"\n')
            result = run("check", "--json", "--config", "c.toml", cwd=tmp)
            told = json.loads(result.stdout)
            self.assertEqual(result.stderr, "")
            self.assertEqual((told["ok"], told["exit"], result.returncode), (False, 78, 78))
            (problem,) = told["problems"]
            self.assertEqual(problem["code"], "E3004")
            self.assertEqual(problem["where"], {"file": "c.toml", "line": 3, "column": 11, "text": 'threads = "four"'})
            self.assertEqual(problem["help"], ['threads = 4'])
            (hello,) = told["apps"]
            self.assertEqual((hello["mount"], hello["ok"], hello["routes"], hello["abi"]), ("/", True, 2, "1.1"))

    def test_an_address_and_a_socket_of_a_running_server_are_told_and_not_harmed(self):
        with folder() as tmp:
            path = tmp / "x.sock"
            with Server("--listen", f"unix:{path}", app("hello")) as server:
                told = run("check", "--listen", f"127.0.0.1:{server.port}", "--listen", f"unix:{path}", app("hello"))
                self.assertEqual(told.returncode, 69)
                self.assertEqual(codes(told.stderr), ["E4001", "E4005"])
                self.assertRegex(told.stderr, r"already in use by appserve \(pid \d+\)")
                self.assertEqual(server.get("/").status, 200)
                with server.connect(str(path)) as client:
                    client.send_request("GET", "/")
                    self.assertEqual(client.read_response().status, 200)

    def test_a_stale_socket_is_no_problem_and_stays(self):
        with folder() as tmp:
            path = tmp / "x.sock"
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(path))
            before = path.stat().st_ino
            self.assertEqual(run("check", "--listen", f"unix:{path}", app("hello")).returncode, 0)
            self.assertEqual(path.stat().st_ino, before)

    def test_the_exit_code_is_that_of_a_start(self):
        for library, code, exit_code in (("leave_loading", "E2003", 70), ("hang_creating", "E2004", 75)):
            with self.subTest(library):
                told = run("check", "--start-timeout", "2s", "--listen", "127.0.0.1:0", f"{FIXTURES}/lib{library}.so:app",
                           env=PLAIN)
                self.assertEqual((told.returncode, codes(told.stderr)), (exit_code, [code]))

    def test_its_own_words_must_be_right(self):
        told = run("check", "--lisen", ":1", app("hello"))
        self.assertEqual((told.returncode, codes(told.stderr)), (64, ["E3020"]))
        self.assertEqual(run("check").returncode, 64)


class Routes(unittest.TestCase):
    def test_lists_method_and_pattern(self):
        told = run("inspect", "--routes", app("hello"))
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertEqual(told.stdout, "  GET  /\n  GET  /hello/{name}\n")

    def test_json(self):
        told = json.loads(run("inspect", "--routes", "--json", "--call", app("tictactoe", "create_app")).stdout)
        self.assertEqual(told["symbol"], "create_app")
        self.assertIn({"method": "GET", "pattern": "/"}, told["routes"])

    def test_what_the_library_does_happens_to_another_process(self):
        told = run("inspect", "--routes", f"{FIXTURES}/libcrash_loading.so:app", env=PLAIN)
        self.assertEqual((told.returncode, codes(told.stderr)), (70, ["E2002"]))
        self.assertEqual(run("inspect", f"{FIXTURES}/libcrash_loading.so:app").returncode, 0)


class Features(unittest.TestCase):
    def test_says_how_it_was_built(self):
        told = run("--version", "--features").stdout
        self.assertTrue(told.startswith(run("--version").stdout))
        facts = dict(re.findall(r"^  (\S+(?: \S+)*?)\s{2,}(.+)$", told, re.M))
        self.assertEqual(facts["abi"], "1.0, 1.1")
        cache = (BUILD / "CMakeCache.txt").read_text()
        self.assertIn(re.search(r"CMAKE_BUILD_TYPE:\w+=(\w+)", cache)[1], facts["build"])
        for library in ("asio", "CLI11", "fmt", "llhttp", "RapidJSON", "spdlog", "tl-expected", "toml++"):
            self.assertRegex(facts["libraries"], rf"{re.escape(library)} \d+\.\d+")


if __name__ == "__main__":
    unittest.main()
