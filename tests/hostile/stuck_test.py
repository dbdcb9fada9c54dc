"""Handlers that never answer, ignore their end, or hold their loop for ever: each ends in its own way, others are served."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import Server, app, folder, wait_until  # noqa: E402

SHORT = ("--request-timeout", "150ms", "--cancel-grace", "150ms")


class Stuck(unittest.TestCase):
    def test_a_handler_that_listens_ends_with_its_deadline(self):
        with Server(*SHORT, "--threads", "1", app("hostile")) as server:
            self.assertEqual(server.get("/never-but-listens").status, 504)
            server.wait_for_output(r"E5004\] GET /never-but-listens request \w+: no answer within 150 ms; the handler was "
                                   r"cancelled; it waits for nothing the server knows of")
            self.assertEqual(server.get("/").text, "well\n")
        self.assertNotIn("E5005", server.output)

    def test_the_log_says_what_a_late_handler_waits_for(self):
        with Server(*SHORT, "--threads", "1", app("torture")) as server:
            self.assertEqual(server.get("/slow?ms=60000").status, 504)
            server.wait_for_output(r"E5004\] GET /slow\?ms=60000 \(route /slow\) request \w+: .* it waits for a timer\n")
        self.assertNotIn("E5005", server.output)

    def test_handlers_that_ignore_their_end_are_counted_and_end_the_worker(self):
        with Server(*SHORT, "--threads", "1", "--max-stuck", "2", app("hostile"),
                    env={"ASAN_OPTIONS": "detect_leaks=0"}) as server:
            self.assertEqual(server.get("/never").status, 504)
            server.wait_for_output(r"E5005\] GET /never request \w+: the handler was cancelled and goes on")
            self.assertNotIn("makes room", server.output)
            self.assertEqual(server.get("/never").status, 504)
            server.wait_for_output(r"makes room for another: 2 handlers go on")
            server.wait_for_output(r"W6002\] worker 1 .* replaced")
            self.assertEqual(server.get("/").text, "well\n")

    def test_a_loop_that_is_held_for_ever_is_told_the_others_serve_and_the_stop_is_one(self):
        with Server(*SHORT, "--threads", "2", "--loop-block", "20ms", "--shutdown-grace", "50ms", app("hostile")) as server:
            with server.connect() as dead:
                dead.send_request("GET", "/deadlock")
                server.wait_for_output(r"E5012\] loop \d is held since \d+ ms by GET /deadlock \(.*\); other requests waited; "
                                       r"it was in  .* < deadlock < handle\n")
                server.wait_for_output(r"makes room for another: loop \d is held")
                wait_until(lambda: self.served(server), what="an answer of the other loop")
                server.stop()
        self.assertRegex(server.output, r"W6004\] a loop does not come back")

    def served(self, server):
        """By whichever loop the kernel picks: half of them are answered."""
        with server.connect() as client:
            client.socket.settimeout(0.2)
            client.send_request("GET", "/")
            try:
                return client.read_response().text == "well\n"
            except TimeoutError:
                return False

    def test_a_saturated_app_is_told_and_its_neighbour_answers(self):
        with folder() as files:
            config = files / "config.toml"
            config.write_text(f'''
[[app]]
load = "{app('torture')}"
url_prefix = "/slow"
max_concurrency = 2
[[app]]
load = "{app('hello')}"
''')
            with Server("--config", config, "--threads", "1") as server:
                with server.connect() as a, server.connect() as b:
                    for client in (a, b):
                        client.send_request("GET", "/slow/slow?ms=500")
                    refused = server.get("/slow/")
                    self.assertEqual((refused.status, refused.header("retry-after")), (503, "1"))
                    server.get("/slow/")
                    server.wait_for_output(r"W5011\] libtorture\.so:app at /slow has 2 requests already; 1 were answered 503")
                    self.assertEqual(server.get("/").status, 200)
                    self.assertEqual(a.read_response().status, 200)
            self.assertEqual(server.output.count("W5011"), 1)


if __name__ == "__main__":
    unittest.main()
