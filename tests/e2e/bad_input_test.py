"""Whatever is wrong ends the start before anything is served: what tests/faults has no transcript of."""
import re
import subprocess
import unittest

from harness import APPS, Server, app, folder, run

HELLO = app("hello")


class Refused(unittest.TestCase):
    def assert_refused(self, args, exit_code, code):
        result = run(*args)
        self.assertEqual(result.returncode, exit_code, result.stderr)
        self.assertEqual(re.findall(r"^error\[(E\d+)\]", result.stderr, re.M), [code], result.stderr)
        self.assertNotRegex(result.stderr + result.stdout, r"\bready\s")

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

    def test_two_servers_on_one_port(self):
        with Server(HELLO) as server:
            self.assert_refused(["--listen", f"127.0.0.1:{server.port}", HELLO], 69, "E4001")

    def test_a_unix_socket_of_a_live_server_is_left_alone(self):
        with folder() as tmp, Server(HELLO, "--unix-socket", f"{tmp}/s", listen=None) as server:
            self.assert_refused(["--unix-socket", f"{tmp}/s", HELLO], 69, "E4005")
            with server.connect(f"{tmp}/s") as client:
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().status, 200)


if __name__ == "__main__":
    unittest.main()
