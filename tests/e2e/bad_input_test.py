"""Whatever is wrong ends the start before anything is served: one message, the documented exit code, no stack trace."""
import re
import socket
import subprocess
import unittest

from harness import APPS, Server, app, folder, run

HELLO = app("hello")


class Refused(unittest.TestCase):
    def assert_refused(self, args, exit_code, code, *parts, **options):
        result = run(*args, **options)
        text = result.stderr
        self.assertEqual(result.returncode, exit_code, text)
        self.assertEqual(re.findall(r"^error\[(E\d+)\]", text, re.M)[:1], [code], text)
        for part in parts:
            self.assertIn(part, text)
        self.assertLess(len(text.splitlines()), 25, "a page of usage is no message")
        for noise in ("terminate called", "what():", "Traceback", "Sanitizer", "READY", "\x1b"):
            self.assertNotIn(noise, text)
        self.assertNotRegex(text + result.stdout, r"\bready\s")

    def assert_config_refused(self, config, exit_code, code, *parts, **options):
        with folder() as tmp:
            (tmp / "c.toml").write_text(config)
            self.assert_refused(["--config", tmp / "c.toml"], exit_code, code, *parts, **options)


class TheLibrary(Refused):
    def test_no_such_library(self):
        self.assert_refused(["libnosuch.so:app"], 65, "E1001", "libnosuch.so")

    def test_a_near_name_is_offered(self):
        self.assert_refused(["libhelo.so:app"], 65, "E1001", "libhello.so", cwd=APPS)

    def test_a_directory(self):
        self.assert_refused([f"{APPS}:app"], 65, "E1004")

    def test_a_fifo_does_not_hang(self):
        with folder() as tmp:
            subprocess.run(["mkfifo", tmp / "x.so"], check=True)
            self.assert_refused([f"{tmp}/x.so:app"], 65, "E1004")

    def test_a_source_file(self):
        with folder() as tmp:
            (tmp / "hello.cpp").write_text("int main() {}\n")
            self.assert_refused([f"{tmp}/hello.cpp:app"], 65, "E1005", "hello.cpp")

    def test_an_empty_file(self):
        with folder() as tmp:
            (tmp / "x.so").write_bytes(b"")
            self.assert_refused([f"{tmp}/x.so:app"], 65, "E1005")

    def test_a_truncated_library(self):
        with folder() as tmp:
            (tmp / "x.so").write_bytes((APPS / "libhello.so").read_bytes()[:9000])
            self.assert_refused([f"{tmp}/x.so:app"], 65, "E1006", "9000")

    def test_any_cut_of_a_library_is_refused_and_never_a_crash(self):
        whole = (APPS / "libhello.so").read_bytes()
        with folder() as tmp:
            for size in (1, 4, 16, 63, 64, 100, 512, 4096, len(whole) // 2, len(whole) - 1):
                (tmp / "x.so").write_bytes(whole[:size])
                result = run(f"{tmp}/x.so:app")
                self.assertEqual(result.returncode, 65, (size, result.stderr))

    def test_an_ordinary_shared_library(self):
        ordinary = next(line.split()[2] for line in subprocess.run(["ldd", APPS / "libhello.so"], text=True,
                        capture_output=True, check=True).stdout.splitlines() if "libc.so" in line)
        self.assert_refused([f"{ordinary}:app"], 65, "E1009")


class TheSymbol(Refused):
    def test_no_such_symbol_lists_what_there_is(self):
        self.assert_refused([app("hello", "ap")], 65, "E1020", "'ap'", "app")

    def test_the_command_in_the_help_works(self):
        text = run(app("hello", "ap")).stderr
        command = re.search(r"did you mean +appserve +(.*?) *\?", text)
        self.assertIsNotNone(command, text)
        with Server(*command[1].split()) as server:
            self.assertEqual(server.get("/").status, 200)

    def test_data_called_as_a_factory(self):
        self.assert_refused(["--call", HELLO], 65, "E1024", "--call")

    def test_a_factory_named_as_an_app(self):
        self.assert_refused([app("tictactoe", "create_app")], 65, "E1025", "--call")


class TheCommandLine(Refused):
    def test_table(self):
        for args, code, *parts in (
            ([], "E3012"),
            (["--lisen", ":0", HELLO], "E3020", "--listen"),
            (["--threads", HELLO], "E3021", "--threads"),
            (["--threads=many", HELLO], "E3021", "--threads"),
            (["--threads=0", HELLO], "E3021", "--threads"),
            (["--listen", "nonsense:port:", HELLO], "E3021", "--listen"),
            (["--host", "127.0.0.1", "--listen", ":0", HELLO], "E3022"),
        ):
            with self.subTest(args):
                self.assert_refused(args, 64, code, *parts)

    def test_ports_are_never_taken_modulo(self):
        self.assert_refused(["--port=99999", HELLO], 78, "E4004", "99999")
        self.assert_refused(["--listen", "127.0.0.1:99999", HELLO], 78, "E4004", "99999")

    def test_prefixes(self):
        for prefix in ("game/../x", "/a//b", "/a%20b", "/a?b"):
            with self.subTest(prefix):
                self.assert_refused(["--url-prefix", prefix, HELLO], 78, "E3011")
        self.assert_refused(["--mount", f"/a={HELLO}", "--mount", f"/a/={HELLO}"], 78, "E2011", "/a")


class TheConfigFile(Refused):
    def test_missing(self):
        self.assert_refused(["--config", "/nosuch/c.toml"], 78, "E3010", "/nosuch/c.toml")

    def test_syntax_with_line_column_and_caret(self):
        self.assert_config_refused('[server]\nlisten = "0.0.0.0:8080\n', 78, "E3001", "c.toml:2:", "^")

    def test_unknown_key_with_what_was_meant(self):
        self.assert_config_refused(f"[server]\nthraeds = 4\n[[app]]\nload = '{HELLO}'\n", 78, "E3002",
                                   "c.toml:2:1", "thraeds", "did you mean 'threads'", "^^^^^^^")

    def test_wrong_type(self):
        self.assert_config_refused(f"[server]\nthreads = 'four'\n[[app]]\nload = '{HELLO}'\n", 78, "E3004",
                                   "server.threads", "c.toml:2:11", "^")

    def test_wrong_table(self):
        self.assert_config_refused(f"[[app]]\nload = '{HELLO}'\nthreads = 4\n", 78, "E3003", "[server]")

    def test_no_app(self):
        self.assert_config_refused("[server]\nthreads = 1\n", 64, "E3012")

    def test_two_apps_on_one_prefix(self):
        self.assert_config_refused(f"[[app]]\nload = '{HELLO}'\n[[app]]\nload = '{HELLO}'\n", 78, "E2011")

    def test_environment(self):
        self.assert_refused([HELLO], 78, "E3007", "APPSERVE_SERVER__THREADS", env={"APPSERVE_SERVER__THREADS": "many"})


class TheAddress(Refused):
    def test_a_busy_port(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assert_refused(["--listen", f"127.0.0.1:{port}", HELLO], 69, "E4001", str(port))

    def test_two_servers_on_one_port(self):
        with Server(HELLO) as server:
            self.assert_refused(["--listen", f"127.0.0.1:{server.port}", HELLO], 69, "E4001")

    def test_an_address_of_somebody_else(self):
        self.assert_refused(["--listen", "192.0.2.1:8080", HELLO], 69, "E4003", "192.0.2.1")

    def test_a_unix_path_that_is_something_else_is_left_alone(self):
        with folder() as tmp:
            (tmp / "precious").write_text("keep me")
            self.assert_refused(["--unix-socket", f"{tmp}/precious", HELLO], 69, "E4006")
            self.assertEqual((tmp / "precious").read_text(), "keep me")

    def test_a_unix_socket_of_a_live_server_is_left_alone(self):
        with folder() as tmp, Server(HELLO, "--unix-socket", f"{tmp}/s", listen=None) as server:
            self.assert_refused(["--unix-socket", f"{tmp}/s", HELLO], 69, "E4005")
            with server.connect(f"{tmp}/s") as client:
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().status, 200)

    def test_a_unix_path_too_long_for_the_kernel(self):
        self.assert_refused(["--unix-socket", "/tmp/" + "x" * 120, HELLO], 78, "E4007")


if __name__ == "__main__":
    unittest.main()
