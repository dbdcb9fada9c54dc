"""One connection: what stays open, what comes in which order, what streams."""
import hashlib
import os
import select
import unittest

from harness import Server, app, wait_until

MIB = 1 << 20


class Connections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(app("torture"), env={"APPSERVE_LIMITS__BODY": "1 GiB"})
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def test_keep_alive_serves_many_requests_on_one_connection(self):
        with self.server.connect() as client:
            for _ in range(100):
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().text, "hello\n")

    def test_a_client_that_says_close_gets_its_answer_and_the_end(self):
        with self.server.connect() as client:
            client.send_request("GET", "/", "Connection: close")
            self.assertEqual(client.read_response().text, "hello\n")
            self.assertTrue(client.is_closed_by_peer())

    def test_the_last_answer_and_the_end_come_in_one_segment(self):
        for target in ("/", "/slow?ms=50"):
            with self.subTest(target), self.server.connect() as client, select.epoll() as events:
                events.register(client.socket, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
                client.send_request("GET", target, "Connection: close")
                self.assertEqual(events.poll(10), [(client.socket.fileno(), select.EPOLLIN | select.EPOLLRDHUP)])
                self.assertEqual(client.read_response().text, "hello\n")

    def test_a_client_that_closes_its_side_still_gets_its_answer(self):
        with self.server.connect() as client:
            client.send_request("GET", "/slow?ms=200")
            client.socket.shutdown(1)
            self.assertEqual(client.read_response().text, "hello\n")

    def test_pipelined_requests_are_answered_in_order(self):
        with self.server.connect() as client:
            targets = ["/slow?ms=100", "/", "/status/204", "/slow?ms=1", "/json", "/"]
            client.send(b"".join(f"GET {t} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for t in targets))
            answers = [client.read_response() for _ in targets]
            self.assertEqual([a.status for a in answers], [200, 200, 204, 200, 200, 200])
            self.assertIn(b"message", answers[4].body)

    def test_a_request_in_single_bytes(self):
        with self.server.connect() as client:
            for byte in b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":
                client.send(bytes([byte]))
            self.assertEqual(client.read_response().text, "abc")

    def test_head_has_the_length_and_no_body(self):
        with self.server.connect() as client:
            client.send_request("HEAD", "/")
            self.assertEqual(client.read_response("HEAD").header("content-length"), "6")
            client.send_request("GET", "/")
            self.assertEqual(client.read_response().text, "hello\n")

    def test_a_stream_of_unknown_length_is_chunked_and_leaves_the_connection_open(self):
        with self.server.connect() as client:
            client.send_request("GET", "/stream")
            response = client.read_response()
            self.assertEqual(response.header("transfer-encoding"), "chunked")
            self.assertNotEqual(response.body, b"")
            client.send_request("GET", "/")
            self.assertEqual(client.read_response().status, 200)

    def test_expect_continue_is_answered_before_the_body(self):
        with self.server.connect() as client:
            client.send_request("POST", "/echo", "Expect: 100-continue", "Content-Length: 4")
            self.assertEqual(client.read_head().status, 100)
            client.send(b"body")
            self.assertEqual(client.read_response().text, "body")

    def test_a_chunked_body_is_echoed(self):
        with self.server.connect() as client:
            client.send_request("POST", "/echo", "Transfer-Encoding: chunked")
            client.send(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
            self.assertEqual(client.read_response().text, "abcde")

    def test_broken_bytes_are_refused_and_the_connection_ends(self):
        for bad in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n",
                    b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"):
            with self.server.connect() as client:
                client.send(bad)
                self.assertEqual(client.read_response().status, 400, bad)
                self.assertTrue(client.is_closed_by_peer())


class BigBodies(unittest.TestCase):
    """A body of any size passes in constant memory, both ways and at the speed of the slower side."""

    size = 200 * MIB
    env = {"APPSERVE_LIMITS__BODY": "1 GiB", "ASAN_OPTIONS": "quarantine_size_mb=1"}

    def test_echo_of_a_big_body_needs_no_memory_for_it(self):
        with Server(app("torture"), env=self.env) as server:
            server.get("/")
            before, highest = server.resident_kib(), 0
            piece = os.urandom(MIB)
            sent, received = hashlib.sha256(), hashlib.sha256()
            with server.connect() as client:
                client.send_request("POST", "/echo", f"Content-Length: {self.size}")
                client.send(piece)
                sent.update(piece)
                client.read_until(b"\r\n\r\n")
                for _ in range(self.size // MIB - 1):
                    client.send(piece)
                    sent.update(piece)
                    received.update(client.read_exactly(MIB))
                    highest = max(highest, server.resident_kib())
                received.update(client.read_exactly(MIB))
            self.assertEqual(sent.hexdigest(), received.hexdigest())
            self.assertLess(highest - before, 32 * 1024, "KiB more than before")

    def test_a_client_that_does_not_read_stops_the_producer(self):
        with Server(app("torture"), env=self.env) as server:
            server.get("/")
            before = server.resident_kib()
            with server.connect() as client:
                client.send_request("GET", f"/big?n={self.size}")
                client.read_until(b"\r\n\r\n")
                for _ in range(50):
                    self.assertEqual(server.get("/").status, 200)
                self.assertLess(server.resident_kib() - before, 32 * 1024, "KiB more than before")
                client.read_exactly(self.size)

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        with Server(app("torture"), env={"APPSERVE_LIMITS__BODY": "1 MiB"}) as server, server.connect() as client:
            client.send_request("POST", "/echo", f"Content-Length: {MIB + 1}", "Expect: 100-continue")
            self.assertEqual(client.read_response().status, 413)


class Crowd(unittest.TestCase):
    def test_waiting_requests_hold_no_thread(self):
        """200 requests that each wait 300 ms on one thread end together, not one after the other."""
        with Server(app("torture"), "--threads", "1") as server:
            clients = [server.connect() for _ in range(200)]
            for client in clients:
                client.send_request("GET", "/slow?ms=300")
            for client in clients:
                self.assertEqual(client.read_response().text, "hello\n")
                client.close()

    def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(self):
        with Server(app("torture"), "--threads", "1") as server:  # whose listener is open once it has answered
            descriptors = lambda: len(os.listdir(f"/proc/{server.worker}/fd"))
            server.get("/")
            before = descriptors()
            for target in ("/slow?ms=60000", "/big?n=1000000000", "/"):
                for _ in range(20):
                    client = server.connect()
                    client.send_request("GET", target)
                    client.close()
            wait_until(lambda: descriptors() <= before, what="the connections' descriptors are closed")


if __name__ == "__main__":
    unittest.main()
