"""deploy/nginx.conf in front of two instances: requests spread; one that stops, is killed or full is not noticed."""
import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
import unittest

from harness import Client, Server, app, folder, wait_until
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


# As docs/guide/behind-a-proxy.md shows it, and with the path left alone.
PREFIXED = """
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Host               $host;
    proxy_set_header Connection         "";
    proxy_set_header X-Forwarded-For    $remote_addr;
    proxy_set_header X-Forwarded-Proto  $scheme;
    location /shop/ {{
      proxy_pass http://127.0.0.1:{one}/;
      proxy_set_header X-Forwarded-Prefix /shop;
    }}
    location /game/ {{ proxy_pass http://127.0.0.1:{two}; }}
  }}
}}
"""


class TrustedNginx(Nginx):
    """Sets what a proxy sets, in front of two instances."""

    def __init__(self, tmp, one, two, configuration=TRUSTING):
        super().__init__(tmp, one, two)
        text = configuration.format(one=one.port, two=two.port, port=self.port)
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

    def test_posts_too_meet_an_instance_that_serves_while_one_stops(self):
        with folder() as tmp, Server(app("torture")) as one, Server(app("torture")) as two, Nginx(tmp, one, two) as nginx:
            statuses, over = [], threading.Event()

            def post():
                while not over.is_set():
                    with Client(("127.0.0.1", nginx.port)) as client:
                        client.send_request("POST", "/echo", body=b"once")
                        statuses.append(client.read_response().status)

            clients = [threading.Thread(target=post) for _ in range(3)]
            for client in clients:
                client.start()
            wait_until(lambda: len(statuses) > 50, what="posts")
            one.stop()
            after = len(statuses)
            wait_until(lambda: len(statuses) > after + 50, what="posts to the other one")
            over.set()
            for client in clients:
                client.join()
            self.assertEqual(set(statuses), {200})

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

    def test_a_prefix_that_nginx_takes_off_and_one_that_it_leaves(self):
        trusting = ("--trusted-proxy", "127.0.0.1", "--trusted-proxy-headers",
                    "x-forwarded-for x-forwarded-proto x-forwarded-prefix")
        with folder() as tmp, Server(app("torture"), *trusting) as one, \
                Server("--mount", f"/game={app('torture')}", *trusting) as two, \
                TrustedNginx(tmp, one, two, PREFIXED) as nginx:
            for prefix in ("/shop", "/game"):
                seen = json.loads(nginx.get(f"{prefix}/rooms/whoami").text)
                self.assertEqual((seen["script_name"], seen["path_info"]), (prefix, "/rooms/whoami"))
                self.assertEqual((seen["remote_addr"], seen["scheme"]), ("127.0.0.1", "http"))

    def test_an_event_arrives_when_it_is_sent_also_where_nginx_buffers(self):
        probe = ("--call", app("probe", "create_app"), "--shutdown-grace", "0s")
        with folder() as tmp, Server(*probe) as one, TrustedNginx(tmp, one, one) as nginx, \
                Client(("127.0.0.1", nginx.port)) as client:
            client.send_request("GET", "/ticks")
            self.assertEqual(client.read_head().status, 200)
            self.assertIn(b"tick 0", client.read_until(b"tick 1"))  # a buffer would hold 4 KiB back

    def test_an_instance_that_is_killed_is_not_noticed(self):
        with folder() as tmp, Server(app("torture")) as one, Server(app("torture")) as two, Nginx(tmp, one, two) as nginx:
            self.assertEqual(nginx.get("/").text, "hello\n")
            for pid in (*one.workers, one.process.pid):
                os.kill(pid, signal.SIGKILL)
            for _ in range(20):
                self.assertEqual(nginx.get("/").text, "hello\n")

    def test_what_a_full_instance_refuses_it_has_not_begun_and_the_other_one_does(self):
        with folder() as tmp:
            (tmp / "one.toml").write_text(f'[[app]]\nload = "{app("torture")}"\nmax_concurrency = 1\n')
            # One loop: a probe on another one could be the request that fills it, and the holder's the one refused.
            with Server("--config", tmp / "one.toml", "--threads", "1") as one, Server(app("torture")) as two, \
                    Nginx(tmp, one, two) as nginx, one.connect() as holder:
                holder.send_request("GET", "/slow?ms=60000")
                wait_until(lambda: one.get("/").status == 503, what="the one is full")
                for _ in range(20):
                    self.assertEqual(nginx.get("/").text, "hello\n")

    def test_the_configuration_is_what_nginx_accepts(self):
        with folder() as tmp, Server(app("hello")) as one:
            check = subprocess.run([*Nginx(tmp, one, one).command, "-t"], capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stderr)


if __name__ == "__main__":
    unittest.main()
