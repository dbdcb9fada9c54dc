"""deploy/nginx.conf in front of two instances: requests spread, a stopped instance is not noticed."""
import re
import shutil
import signal
import socket
import subprocess
import unittest

from harness import ROOT, Client, Server, app, folder, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """deploy/nginx.conf with only names and ports replaced, run by whoever runs the test."""

    def __init__(self, tmp, *upstreams):
        self.port = free_port()
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for number, upstream in enumerate(upstreams, 1):
            text = text.replace(f"tictactoe{number}:8080", f"127.0.0.1:{upstream.port}")
        text = re.sub(r"listen \d+;", f"listen 127.0.0.1:{self.port};", text)
        places = "".join(f"{kind}_temp_path {tmp}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = re.sub(r"http \{", f"http {{ access_log off; {places}", text, count=1)
        (tmp / "nginx.conf").write_text(f"pid {tmp}/pid; error_log stderr warn;\n{text}")
        self.command = [NGINX, "-e", "stderr", "-c", tmp / "nginx.conf", "-g", "daemon off;"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        wait_until(self.is_up, what="nginx listens")
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(self.process.stderr.read())
        try:
            Client(("127.0.0.1", self.port)).close()
            return True
        except ConnectionError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=30)

    def get(self, target):
        with Client(("127.0.0.1", self.port)) as client:
            client.send_request("GET", target)
            return client.read_response()


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

    def test_the_configuration_is_what_nginx_accepts(self):
        with folder() as tmp, Server(app("hello")) as one:
            check = subprocess.run([*Nginx(tmp, one, one).command, "-t"], capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stderr)


if __name__ == "__main__":
    unittest.main()
