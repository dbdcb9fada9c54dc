"""docs/guide/coming-from-waitress.md, row by row: each has a test here, or names the tests that prove it."""
import os
import re
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path

from wire import PROBE, Server, app

from harness import APPSERVE, ROOT, environment, folder, run

GUIDE = (ROOT / "docs/guide/coming-from-waitress.md").read_text()

# Adjustment: a test of this file, or others as "FILE: NAME".
ADJUSTMENTS = {
    "listen": "tests/e2e/serving_test.py: test_several_addresses",
    "host": "tests/e2e/serving_test.py: test_host_and_port_as_waitress_users_type_them",
    "port": "tests/e2e/serving_test.py: test_host_and_port_as_waitress_users_type_them",
    "ipv4": "test_no_family_is_refused_with_what_to_write",
    "ipv6": "test_no_family_is_refused_with_what_to_write",
    "unix_socket": "tests/e2e/serving_test.py: test_serves_on_a_unix_socket_and_removes_it_at_the_end",
    "unix_socket_perms": "test_a_unix_socket_has_its_permissions_and_its_queue",
    "sockets": "tests/e2e/activation_test.py: test_a_descriptor_by_its_number",
    "backlog": "test_a_unix_socket_has_its_permissions_and_its_queue",
    "threads": "tests/e2e/connection_test.py: test_waiting_requests_hold_no_thread",
    "url_prefix": "test_a_prefix_is_a_mount",
    "url_scheme": "test_the_scheme_is_what_the_app_sees",
    "ident": "test_ident_is_the_server_field",
    "server_name": "test_the_host_is_the_one_the_client_sent",
    "trusted_proxy": "test_a_trusted_proxy_is_believed_as_far_as_it_was_said",
    "trusted_proxy_count": "test_a_trusted_proxy_is_believed_as_far_as_it_was_said",
    "trusted_proxy_headers": "test_a_trusted_proxy_is_believed_as_far_as_it_was_said",
    "clear_untrusted_proxy_headers": "test_untrusted_fields_reach_an_app_only_when_asked_for",
    "log_untrusted_proxy_headers": "test_untrusted_fields_are_told_once",
    "connection_limit": "tests/e2e/hostile_load_test.py: test_idle_clients_make_room_for_new_ones_and_those_in_use_do_not",
    "channel_timeout": "test_an_idle_connection_ends_in_time_and_a_busy_one_does_not",
    "cleanup_interval": "test_an_idle_connection_ends_in_time_and_a_busy_one_does_not",
    "channel_request_lookahead": "tests/e2e/app_test.py: test_a_client_that_leaves_cancels_its_handler_within_a_second_or_two",
    "max_request_header_size": "test_a_head_of_the_limit_is_taken_and_one_more_byte_is_431",
    "max_request_body_size": "test_content_of_the_limit_is_taken_and_one_more_byte_is_413_at_once",
    "recv_bytes": "test_content_is_echoed_whatever_the_buffers",
    "send_bytes": "test_content_is_echoed_whatever_the_buffers",
    "inbuf_overflow": "test_content_is_echoed_whatever_the_buffers",
    "outbuf_overflow": "test_content_is_echoed_whatever_the_buffers",
    "outbuf_high_watermark": "tests/e2e/connection_test.py: test_a_client_that_does_not_read_stops_the_producer",
    "asyncore_loop_timeout": "test_what_has_no_effect_is_told",
    "asyncore_use_poll": "test_what_has_no_effect_is_told",
    "log_socket_errors": "tests/e2e/access_log_test.py: test_every_end_of_a_request_is_one_line",
    "expose_tracebacks": "tests/e2e/app_test.py: test_an_exception_is_a_500_with_an_id_and_a_log_line_with_the_reason",
}

MACHINE, GATE = "tests/unit/http/machine_test.cpp: ", "tests/unit/http/head_gate_test.cpp: "
HEAD, FRAMING, CONNECTION = "tests/wire/head_test.py: ", "tests/wire/framing_test.py: ", "tests/wire/connection_test.py: "
# What differs on the wire: the same for the second table.
DIFFERENCES = {
    "before the request line": MACHINE + "up to two empty lines before a request line are skipped",
    "request line": HEAD + "test_what_is_refused",
    "method": GATE + "each octet of a method is let through or refused: tokens only",
    "version": GATE + "versions: 1.x passes, other numbers are 505",
    "target": "tests/e2e/mounts_test.py: test_climbing_out_of_the_root_is_refused",
    "absolute form": MACHINE + "the absolute form beats Host, which must be valid all the same",
    "`Host`": HEAD + "test_invalid_hosts",
    "folded lines": HEAD + "test_what_is_refused",
    "repeated fields": MACHINE + "fields keep order, case of values and duplicates",
    "a length that is too long a number": FRAMING + "test_lengths",
    "`Transfer-Encoding` with HTTP/1.0, or with `Content-Length`": FRAMING + "test_codings",
    "chunks": FRAMING + "test_the_limit_of_chunk_overhead_is_not_off_by_one",
    "content": "tests/e2e/files_test.py: test_a_large_upload_needs_no_memory",
    "`Expect`": CONNECTION + "test_a_request_that_waits_for_nothing_leaves_the_next_alone",
    "content cut short by a half-close": FRAMING + "test_content_that_ends_early_is_not_served",
    "status line": CONNECTION + "test_http_1_0",
    "field names of the app": "tests/e2e/curl_test.py: test_the_headers_of_an_answer",
    "keep-alive": CONNECTION + "test_close_is_seen_in_any_spelling",
    "no length, 204, 304": CONNECTION + "test_no_content_where_none_may_be",
    "`HEAD`": CONNECTION + "test_no_content_where_none_may_be",
    "hop-by-hop fields of the app": MACHINE + "an app's own framing and connection fields",
    "an exception before the head": "tests/e2e/app_test.py: test_the_connection_survives_a_failing_handler",
    "a slow client": "tests/e2e/hostile_load_test.py: test_a_friend_is_served_and_everybody_else_is_ended_in_time",
    "the connection limit": "tests/e2e/hostile_load_test.py: test_idle_clients_make_room_for_new_ones_and_those_in_use_do_not",
}

HEAD_LIMIT, BODY_LIMIT = 2048, 1_000_000
# What waitress-serve takes, all at once.
LINE = ["--threads=2", "--url-prefix=/game", "--url-scheme=https", "--ident=Waiter", "--server-name=example.org",
        "--trusted-proxy=127.0.0.1", "--trusted-proxy-count=2", "--trusted-proxy-headers=x-forwarded-for x-forwarded-host",
        "--channel-timeout=1", "--cleanup-interval=30", "--channel-request-lookahead=1", "--connection-limit=100",
        f"--max-request-header-size={HEAD_LIMIT}", f"--max-request-body-size={BODY_LIMIT}", "--recv-bytes=10",
        "--send-bytes=10", "--inbuf-overflow=10", "--outbuf-overflow=10", "--outbuf-high-watermark=10", "--ipv4", "--ipv6",
        "--asyncore-loop-timeout=1", "--asyncore-use-poll", "--log-socket-errors", "--no-expose-tracebacks", "--backlog=64"]
WITHOUT_EFFECT = ("server-name", "cleanup-interval", "channel-request-lookahead", "recv-bytes", "send-bytes", "inbuf-overflow",
                  "outbuf-overflow", "outbuf-high-watermark", "asyncore-loop-timeout", "asyncore-use-poll",
                  "log-socket-errors", "no-expose-tracebacks")


def rows(after):
    """The rows of the table that follows these words, as lists of cells."""
    table = GUIDE[GUIDE.index(after):].split("\n\n")[1]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


class Table(unittest.TestCase):
    def assert_proven(self, names, proofs):
        self.assertEqual(sorted(names), sorted(proofs), "a row without a test, or a test without a row")
        for name, proof in proofs.items():
            file, _, test = proof.rpartition(".py: ") if ".py: " in proof else proof.rpartition(".cpp: ")
            if not file:
                self.assertTrue(any(hasattr(case, test) for case in (WaitressLine, OwnServers)), (name, test))
                continue
            kind = ".py" if ".py: " in proof else ".cpp"
            wanted = f"def {test}(" if kind == ".py" else f'TEST_CASE("{test}'
            self.assertIn(wanted, (ROOT / (file + kind)).read_text(), name)

    def test_every_adjustment_has_a_test(self):
        names = [name for row in rows("Every adjustment of Waitress") for name in re.findall(r"`(\w+)`", row[0])]
        self.assert_proven(names, ADJUSTMENTS)

    def test_every_difference_has_a_test(self):
        self.assert_proven([row[0] for row in rows("What differs on the wire")], DIFFERENCES)


class WaitressLine(unittest.TestCase):
    """One server with a command line that waitress-serve would take."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*LINE, app("torture"))
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def whoami(self, *fields):
        return self.server.get("/game/whoami", *fields).text

    def test_what_has_no_effect_is_told(self):
        for name in WITHOUT_EFFECT:
            self.assertRegex(self.server.output, rf"\[W3013\]: --{name} is accepted without effect: \w+")

    def test_a_prefix_is_a_mount(self):
        self.assertIn('"script_name":"/game","path_info":"/whoami"', self.whoami())
        for outside in ("/", "/whoami", "/gamex/whoami", "/GAME/whoami"):
            self.assertEqual(self.server.get(outside).status, 404, outside)

    def test_the_scheme_is_what_the_app_sees(self):
        self.assertIn('"scheme":"https"', self.whoami())

    def test_ident_is_the_server_field(self):
        self.assertEqual(self.server.get("/game/").header("server"), "Waiter")

    def test_the_host_is_the_one_the_client_sent(self):
        self.assertIn('"host":"localhost"', self.whoami())

    def test_a_trusted_proxy_is_believed_as_far_as_it_was_said(self):
        said = self.whoami("X-Forwarded-For: 192.0.2.66, 192.0.2.1, 192.0.2.2", "X-Forwarded-Host: example.net",
                           "X-Forwarded-Proto: http")
        self.assertIn('"remote_addr":"192.0.2.1"', said)  # of two proxies, the first one's word
        self.assertIn('"xff":"192.0.2.1, 192.0.2.2"', said)
        self.assertIn('"host":"example.net"', said)
        self.assertIn('"scheme":"https"', said)  # X-Forwarded-Proto is not in the list

    def test_an_idle_connection_ends_in_time_and_a_busy_one_does_not(self):
        with self.server.connect() as idle, self.server.connect() as busy:
            busy.send_request("GET", "/game/slow?ms=1500")
            idle.send_request("GET", "/game/")
            idle.read_response()
            began = time.monotonic()
            self.assertTrue(idle.is_closed_by_peer())
            self.assertGreater(time.monotonic() - began, 0.9)  # not at once, and long before a --cleanup-interval
            self.assertLess(time.monotonic() - began, 15)
            self.assertEqual(busy.read_response().status, 200)

    def test_a_head_of_the_limit_is_taken_and_one_more_byte_is_431(self):
        for size, status in ((HEAD_LIMIT, 200), (HEAD_LIMIT + 1, 431)):
            head = b"GET /game/ HTTP/1.1\r\nHost: a\r\nX: "
            with self.server.connect() as client:
                client.send(head + b"x" * (size - len(head) - 4) + b"\r\n\r\n")
                self.assertEqual(client.read_response().status, status, size)

    def test_content_of_the_limit_is_taken_and_one_more_byte_is_413_at_once(self):
        self.assertEqual(self.server.request("POST", "/game/echo", body=b"x" * BODY_LIMIT).status, 200)
        with self.server.connect() as client:
            client.send(b"POST /game/echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (BODY_LIMIT + 1))
            self.assertEqual(client.read_response().status, 413)  # and not a byte of it was sent

    def test_content_is_echoed_whatever_the_buffers(self):
        body = os.urandom(300_000)
        self.assertEqual(self.server.request("POST", "/game/echo", body=body).body, body)


class OwnServers(unittest.TestCase):
    def test_no_family_is_refused_with_what_to_write(self):
        for family in ("ipv4", "ipv6"):
            refused = run(f"--no-{family}", app("torture"))
            self.assertEqual(refused.returncode, 64)
            self.assertIn(f"--no-{family} is not supported: name the address instead: --listen 0.0.0.0:8080", refused.stderr)

    def test_a_unix_socket_has_its_permissions_and_its_queue(self):
        with folder() as tmp:
            path = str(tmp / "s")
            with Server("--no-supervisor", "--unix-socket", path, "--unix-socket-perms=620", "--backlog=5", app("torture"),
                        listen=None) as server:
                self.assertEqual(os.stat(path).st_mode & 0o777, 0o620)
                server.send(signal.SIGSTOP)  # nobody accepts: the queue alone takes clients
                os.waitid(os.P_PID, server.process.pid, os.WSTOPPED | os.WNOWAIT)
                clients = self.queue_up(path)
                self.assertEqual(len(clients), 5 + 1)  # unix(7): one more than it says
                server.send(signal.SIGCONT)
                clients[-1].settimeout(20)
                clients[-1].sendall(PROBE)
                self.assertEqual(clients[-1].recv(12), b"HTTP/1.1 200")
                for client in clients:
                    client.close()

    @staticmethod
    def queue_up(path):
        clients = []
        while len(clients) < 100:
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try:
                client.connect(path)
            except BlockingIOError:
                client.close()
                break
            clients.append(client)
        return clients

    def test_untrusted_fields_reach_an_app_only_when_asked_for(self):
        fields = ("X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "X-Real-IP: 192.0.2.1")
        for option, seen in (("--clear-untrusted-proxy-headers", False), ("--no-clear-untrusted-proxy-headers", True)):
            with Server(option, app("torture")) as server:
                said = server.get("/inspect", *fields).text
                self.assertEqual("x-forwarded-for: 192.0.2.1" in said, seen, said)
                self.assertEqual("forwarded: for=192.0.2.1" in said, seen, said)
                self.assertIn('"remote_addr":"127.0.0.1"', server.get("/whoami", *fields).text)

    def test_untrusted_fields_are_told_once(self):
        with Server("--log-untrusted-proxy-headers", "--trusted-proxy", "192.0.2.9", app("torture")) as server:
            for _ in range(3):
                server.get("/", "X-Forwarded-For: 192.0.2.1")
            server.wait_for_output(r"W6009.*x-forwarded-for from 127\.0\.0\.1")
            server.get("/", "X-Forwarded-For: 192.0.2.1")
        self.assertEqual(server.output.count("W6009"), 1)


if __name__ == "__main__":
    unittest.main()
