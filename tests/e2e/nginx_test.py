"""deploy/nginx.conf in front of two instances: requests spread, a stopped instance is not noticed."""
import contextlib
import http.client
import json
import signal
import subprocess
import unittest

from harness import Server, app, folder
from nginx import NGINX, Nginx

TRUSTING = """
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  upstream instances {{ server 127.0.0.1:{one}; server 127.0.0.1:{two}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection         "";
    proxy_set_header X-Forwarded-For    $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto  https;
    proxy_set_header X-Request-ID       $request_id;
    add_header       X-Nginx-ID         $request_id;
    location / {{ proxy_pass http://instances; }}
  }}
}}
"""


class TrustedNginx(Nginx):
    """Sets what a proxy sets, in front of two instances."""

    def __init__(self, tmp, one, two):
        super().__init__(tmp, one, two)
        text = TRUSTING.format(one=one.port, two=two.port, port=self.port)
        places = "".join(f"{kind}_temp_path {tmp}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = text.replace("http {", f"http {{ access_log off; {places}", 1)
        (tmp / "nginx.conf").write_text(f"pid {tmp}/pid; error_log stderr warn;\n{text}")

    def ask_from(self, address, fields=None):
        """One request from a loopback address of the client's own: its JSON, and the proxy's id for it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(address, 0))
        with contextlib.closing(connection):
            connection.request("GET", "/GetMyInfo", headers=fields or {})
            answer = connection.getresponse()
            return json.loads(answer.read()), answer.getheader("X-Nginx-ID")


@unittest.skipUnless(NGINX, "nginx is not installed")
class BehindNginx(unittest.TestCase):
    def test_two_instances_share_the_work_and_one_may_stop(self):
        with folder() as tmp, Server(app("torture")) as one, Server(app("torture")) as two, Nginx(tmp, one, two) as nginx:
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")
            one.send(signal.SIGTERM)
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")
            one.wait()
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")

    def test_the_app_sees_the_client_and_not_the_proxy_nor_what_the_client_forges(self):
        trusting = ("--trusted-proxy", "127.0.0.1")
        with folder() as tmp, Server(app("info"), *trusting) as one, Server(app("info"), *trusting) as two, \
                TrustedNginx(tmp, one, two) as nginx:
            for _ in range(4):
                seen, request_id = nginx.ask_from("127.0.0.2", {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6"})
                self.assertEqual(seen["client"], "127.0.0.2")
                self.assertEqual(seen["request_id"], request_id)

    def test_a_proxy_that_nobody_trusts_is_not_believed(self):
        with folder() as tmp, Server(app("info")) as one, Server(app("info")) as two, TrustedNginx(tmp, one, two) as nginx:
            for _ in range(4):
                seen, request_id = nginx.ask_from("127.0.0.2")
                self.assertRegex(seen["client"], r"^127\.0\.0\.1:\d+$")
                self.assertNotEqual(seen["request_id"], request_id)
            for server in (one, two):
                server.wait_for_output(r"W6009.*from 127\.0\.0\.1 ignored")
                self.assertEqual(server.output.count("W6009"), 1)

    def test_the_configuration_is_what_nginx_accepts(self):
        with folder() as tmp, Server(app("hello")) as one:
            check = subprocess.run([*Nginx(tmp, one, one).command, "-t"], capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stderr)


if __name__ == "__main__":
    unittest.main()
