"""The access log: each end of a request is one line, once; its file may be slow, full, closed or moved away."""
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from harness import APPSERVE, Server, app, environment, run, wait_until


def reset(client):
    """Ends a connection at once, as a client that was killed does."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class AccessLog(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="appserve-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.path = Path(self.folder.name) / "access.log"

    def serve(self, *args, symbol=("probe", "create_app")):
        return Server(app(*symbol), "--call", "--access-log", self.path, "--access-log-format", "json", *args)

    def lines(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def wait_for_lines(self, count):
        wait_until(lambda: self.path.exists() and len(self.lines()) >= count, what=f"{count} lines")
        return self.lines()

    def test_every_end_of_a_request_is_one_line(self):
        limits = ["--header-timeout", "300ms", "--request-timeout", "300ms", "--max-request-header-size", "1024"]
        with self.serve(*limits) as server:
            server.get("/?a=1", "User-Agent: me", "Referer: http://x/")
            server.get("/nowhere")
            server.get("/throw")
            with server.connect() as late:
                late.send(b"GET /late HT")
                self.assertEqual(late.read_response().status, 408)
            with server.connect() as large:
                large.send(b"GET /large HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 2000 + b"\r\n\r\n")
                self.assertEqual(large.read_response().status, 431)
            with server.connect() as garbage:
                garbage.send(b"\x16\x03\x01\"\n\n\r\n\r\n")
                garbage.read_response()
            self.assertEqual(server.get("/wait").status, 504)
            with server.connect() as broken:
                broken.send_request("GET", "/throw_late")
                broken.read_head()
                self.assertTrue(broken.is_closed_by_peer())
            leaver = server.connect()
            leaver.send_request("GET", "/ticks")
            leaver.read_head()
            reset(leaver)
            self.wait_for_lines(9)
            server.stop()
        got = {(line["target"], line["status"], line["ending"], line["route"]) for line in self.lines()}
        self.assertEqual(got, {
            ("/?a=1", 200, "answered", "/"), ("/nowhere", 404, "answered", ""), ("/throw", 500, "answered", "/throw"),
            ("/late", 408, "refused", ""), ("/large", 431, "refused", ""), ("", 400, "refused", ""),
            ("/wait", 504, "refused", "/wait"), ("/throw_late", 200, "cut", "/throw_late"),
            ("/ticks", 200, "left", "/ticks")})
        self.assertEqual(len(self.lines()), 9, "once each")
        first = next(line for line in self.lines() if line["target"] == "/?a=1")
        self.assertEqual((first["app"], first["method"], first["user_agent"], first["referer"], first["bytes_out"]),
                         ("/", "GET", "me", "http://x/", len("nobody greets\n")))
        self.assertRegex(first["id"], "^[0-9a-f]{16}$")
        self.assertRegex(first["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        waited = next(line for line in self.lines() if line["target"] == "/wait")
        self.assertGreaterEqual(waited["took_ms"], 300)

    def test_a_request_that_the_stop_cuts_is_logged(self):
        with self.serve("--shutdown-grace", "0s") as server:
            client = server.connect()
            client.send_request("GET", "/wait")
            server.wait_for_output("wait has begun")
            server.stop()
            client.close()
        self.assertEqual([(line["target"], line["status"], line["ending"]) for line in self.lines()],
                         [("/wait", 0, "cut")])

    def test_a_moved_file_is_begun_anew_on_usr1_and_probes_are_left_out(self):
        with self.serve("--access-log-skip", "/healthz", "--access-log-skip", "/blocking") as server:
            server.get("/")
            server.get("/blocking")
            self.wait_for_lines(1)
            moved = self.path.rename(self.path.with_suffix(".1"))
            server.send(signal.SIGUSR1)
            wait_until(self.path.exists, what="the new file")
            server.get("/nowhere")
            self.wait_for_lines(1)
        self.assertEqual([line["target"] for line in self.lines()], ["/nowhere"])
        self.assertEqual(len(moved.read_text().splitlines()), 1)

    def test_the_common_formats_go_to_standard_output_and_cannot_be_forged(self):
        with Server(app("hello"), "--access-log", "-") as server:
            server.get("/?q=%0aforged", 'User-Agent: a" 200 \\1é')
            line = server.wait_for_output(r'127\.0\.0\.1 - - .*')[0]
        self.assertRegex(line, r'^127\.0\.0\.1 - - \[\d\d/\w{3}/20\d\d:\d\d:\d\d:\d\d \+0000\] "GET /\?q=%0aforged HTTP/1.1" '
                               r'200 \d+ "-" "a\\" 200 \\\\1\\xc3\\xa9"$')

    def test_a_format_with_an_unknown_name_is_refused(self):
        refused = run(app("hello"), "--access-log-format", "{status} {stat}")
        self.assertEqual(refused.returncode, 78)
        self.assertIn("error[E3004]", refused.stderr)
        self.assertIn("'stat'", refused.stderr)


class Sink(unittest.TestCase):
    """W6005: nobody waits for a log."""

    def test_a_pipe_nobody_reads_loses_lines_that_are_counted_and_no_request(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        server = Server(app("hello"), "--access-log", f"/proc/{os.getpid()}/fd/{writer}", "--threads", "1")
        with server:
            with server.connect() as client:
                for _ in range(600):
                    client.send_request("GET", "/" + "x" * 100)
                    client.read_response()
            told = server.wait_for_output(r"W6005\S* the access log, .*")[0]
            self.assertIn("nobody reads it", told)
            got = bytearray()
            stop = threading.Event()

            def read():
                os.set_blocking(reader, False)
                while not stop.wait(0.005):
                    try:
                        got.extend(os.read(reader, 65536))
                    except BlockingIOError:
                        pass
            thread = threading.Thread(target=read)
            thread.start()
            dropped = int(server.wait_for_output(r"takes lines again; (\d+) were dropped")[1])
            server.get("/after")
            wait_until(lambda: b"/after" in got, what="the line after")
            stop.set()
            thread.join()
        os.close(writer)
        lines = got.decode().splitlines()
        self.assertTrue(all(re.fullmatch(r'127\.0\.0\.1 - - .*"-"', line) for line in lines), "whole lines only")
        self.assertEqual(len(lines) + dropped, 601)

    def test_a_closed_pipe_and_a_full_device_harm_nobody(self):
        for target in ("closed", "/dev/full"):
            with self.subTest(target):
                reader, writer = os.pipe()
                os.close(reader)
                path = f"/proc/{os.getpid()}/fd/{writer}" if target == "closed" else target
                with Server(app("hello"), "--access-log", path) as server:
                    for _ in range(5):
                        self.assertEqual(server.get("/").status, 200)
                os.close(writer)

    def test_the_servers_own_log_goes_to_a_file_as_json_and_is_reopened(self):
        with tempfile.TemporaryDirectory(prefix="appserve-e2e-") as name:
            path = Path(name) / "server.log"
            port = self.free_port()
            process = subprocess.Popen([APPSERVE, app("probe", "create_app"), "--call",
                                        "--listen", f"127.0.0.1:{port}", "--log-error", path, "--log-format", "json"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       env=environment({}))
            try:
                ready = lambda: path.exists() and "ready" in path.read_text()
                wait_until(ready, what="ready in the log")
                path.unlink()
                process.send_signal(signal.SIGUSR1)
                wait_until(path.exists, what="a new file")
            finally:
                process.terminate()
                _, said = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
            self.assertEqual(said, b"", "nothing of it on standard error")
            self.assertIn("stopped", [json.loads(line) for line in path.read_text().splitlines()][-1]["text"])

    def free_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]


if __name__ == "__main__":
    unittest.main()
