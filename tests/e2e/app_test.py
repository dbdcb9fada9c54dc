"""What an app lives through and does wrong, as its clients and its log see it."""
import re
import unittest

from harness import Server, app, folder

PROBE = app("probe", "create_app")


class Probe(unittest.TestCase):
    def setUp(self):
        self.server = Server("--call", PROBE)
        self.server.__enter__()

    def tearDown(self):
        self.server.__exit__(None, None, None)


class Failing(Probe):
    def test_an_exception_is_a_500_with_an_id_and_a_log_line_with_the_reason(self):
        response = self.server.get("/throw")
        self.assertEqual(response.status, 500)
        self.assertNotIn("the reason", response.text)
        line = self.server.wait_for_output(r"error\[E5001\].*")[0]
        self.assertIn("/throw", line)
        self.assertIn("std::runtime_error", line)
        self.assertRegex(line, r"the reason.+in two lines", "one line, the line feed escaped")
        ids = [word for word in re.findall(r"[0-9a-zA-Z]{16}", response.text) if word in line]
        self.assertTrue(ids, (response.text, line))

    def test_what_is_no_exception_is_a_500_too(self):
        self.assertEqual(self.server.get("/throw_int").status, 500)
        self.assertIn("int", self.server.wait_for_output(r"error\[E5001\].*")[0])

    def test_the_connection_survives_a_failing_handler(self):
        with self.server.connect() as client:
            for target, status in (("/throw", 500), ("/", 200)):
                client.send_request("GET", target)
                self.assertEqual(client.read_response().status, status)

    def test_after_the_head_an_exception_cuts_the_stream_so_that_the_client_can_tell(self):
        with self.server.connect() as client:
            client.send_request("GET", "/throw_late")
            with self.assertRaises(ConnectionError):
                client.read_response()
        self.server.wait_for_output("too late")
        self.assertEqual(self.server.get("/").status, 200)


class Leaving(Probe):
    def test_a_client_that_leaves_cancels_its_handler_within_a_second_or_two(self):
        client = self.server.connect()
        client.send_request("GET", "/wait")
        self.server.wait_for_output("wait has begun")
        client.close()
        self.server.wait_for_output("witness of wait was unwound", 5)

    def test_a_client_that_leaves_ends_its_stream(self):
        client = self.server.connect()
        client.send_request("GET", "/ticks")
        client.read_until(b"tick 1")
        client.close()
        self.server.wait_for_output("witness of ticks was unwound", 5)


class Events(Probe):
    def test_server_sent_events_arrive_as_they_happen(self):
        with self.server.connect() as client:
            client.send_request("GET", "/ticks", "Accept: text/event-stream")
            head = client.read_head()
            self.assertTrue(head.header("content-type").startswith("text/event-stream"))
            for number in range(5):
                event = b""
                while not event.endswith(b"\n\n"):
                    event += client.read_chunk()
                self.assertIn(f"data: tick {number}\n".encode(), event)
                self.assertIn(f"id: {number}\n".encode(), event)

    def test_a_stream_without_an_end_does_not_hold_up_the_stop(self):
        with self.server.connect() as client:
            client.send_request("GET", "/ticks")
            client.read_until(b"tick 1")
            self.server.stop()
        self.assertIn("witness of ticks was unwound", self.server.output)


class Working(Probe):
    def test_blocking_work_comes_back_to_its_request(self):
        self.assertEqual(self.server.get("/blocking").text, "off the loop\n")

    def test_an_unknown_path_is_404_and_a_wrong_method_405(self):
        self.assertEqual(self.server.get("/nosuch").status, 404)
        response = self.server.request("DELETE", "/blocking")
        self.assertEqual(response.status, 405)
        self.assertIn("GET", response.header("allow"))


class Settings(unittest.TestCase):
    def test_each_mount_of_a_library_has_its_own_config_and_instance(self):
        with folder() as tmp:
            tables = "".join(f"[[app]]\nload = '{PROBE}'\ncall = true\nurl_prefix = '/{name}'\n"
                             f"[app.config]\ngreeting = 'I am {name}'\n" for name in ("one", "two"))
            (tmp / "c.toml").write_text(tables)
            with Server("--config", tmp / "c.toml") as server:
                self.assertEqual(server.get("/one/").text, "I am one\n")
                self.assertEqual(server.get("/two/").text, "I am two\n")


if __name__ == "__main__":
    unittest.main()
