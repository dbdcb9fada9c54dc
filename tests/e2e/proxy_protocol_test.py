"""The PROXY protocol before the first request: from a trusted proxy, from a stranger, broken, cut, and by a real HAProxy."""
import json
import shutil
import subprocess
import unittest

from harness import Client, Server, app, folder, run, wait_until
from nginx import free_port

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
LINE = b"PROXY TCP4 203.0.113.9 10.0.0.1 49152 443\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x21\x00\x24" + bytes.fromhex("20010db8000000000000000000000001") + bytes(15) + b"\1\x12\x67\x00\x50"
GET = b"GET /GetMyInfo HTTP/1.1\r\nHost: x\r\n"


def listening(*more, trusted="127.0.0.1", protocol="any"):
    return Server(app("info"), "--trusted-proxy", trusted, "--proxy-protocol", protocol, *more)


def seen_by(server, header, *fields):
    with server.connect() as client:
        client.send(header + GET + b"".join(field + b"\r\n" for field in fields) + b"\r\n")
        return json.loads(client.read_response().body)["client"]


class ProxyProtocol(unittest.TestCase):
    def test_both_versions_name_the_client(self):
        with listening() as server:
            self.assertEqual(seen_by(server, LINE), "203.0.113.9:49152")
            self.assertEqual(seen_by(server, V2), "[2001:db8::1]:4711")
            self.assertRegex(seen_by(server, b"PROXY UNKNOWN\r\n"), r"^127\.0\.0\.1:\d+$")

    def test_fields_of_a_client_it_names_are_believed_only_when_that_client_is_trusted(self):
        forged = b"X-Forwarded-For: 6.6.6.6"
        with listening() as server:
            self.assertEqual(seen_by(server, LINE, forged), "203.0.113.9:49152")
        with listening("--trusted-proxy", "203.0.113.9") as server:
            self.assertEqual(seen_by(server, LINE, forged), "6.6.6.6")

    def test_without_a_header_a_connection_is_refused_and_others_go_on(self):
        with listening("--access-log", "-", "--access-log-format", "json") as server:
            with server.connect() as client:
                client.send(GET + b"\r\n")
                self.assertEqual(client.read_response().status, 400)
            server.wait_for_output(r"W6012.*refused 127\.0\.0\.1:\d+: the connection does not begin with a PROXY header")
            server.wait_for_output(r'"status":400')
            self.assertEqual(seen_by(server, LINE), "203.0.113.9:49152")

    def test_a_stranger_may_not_say_it(self):
        with listening(trusted="192.0.2.1") as server:
            with server.connect() as client:
                client.send(LINE + GET + b"\r\n")
                self.assertEqual(client.read_response().status, 400)
            server.wait_for_output(r"W6012.*only a trusted proxy may connect here")

    def test_a_proxy_that_nobody_may_be_is_a_contradiction(self):
        refused = run(app("info"), "--proxy-protocol", "v2")
        self.assertEqual(refused.returncode, 78)
        self.assertIn("E3006", refused.stderr)

    @unittest.skipUnless(HAPROXY, "haproxy is not installed")
    def test_a_real_haproxy(self):
        for send in ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl-cn"):
            with self.subTest(send), folder() as tmp, listening() as server:
                port = free_port()
                (tmp / "haproxy.cfg").write_text(
                    "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
                    f"frontend f\n  bind 127.0.0.1:{port}\n  default_backend b\n"
                    f"backend b\n  server a 127.0.0.1:{server.port} {send} check inter 100ms\n")
                proxy = subprocess.Popen([HAPROXY, "-f", tmp / "haproxy.cfg", "-q"])
                try:
                    wait_until(lambda: answers(port), what="haproxy serves")
                    with Client(("127.0.0.1", port)) as client:
                        mine = "%s:%d" % client.socket.getsockname()
                        client.send(GET + b"\r\n")
                        self.assertEqual(json.loads(client.read_response().body)["client"], mine)
                finally:
                    proxy.terminate()
                    proxy.wait(30)


def answers(port):
    try:
        with Client(("127.0.0.1", port)) as client:
            client.send(GET + b"\r\n")
            return client.read_response().status == 200
    except (OSError, ConnectionError):
        return False


if __name__ == "__main__":
    unittest.main()
