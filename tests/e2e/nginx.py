"""A real nginx with the configuration we ship."""
import re
import shutil
import socket
import subprocess

from harness import ROOT, Client, wait_until

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
