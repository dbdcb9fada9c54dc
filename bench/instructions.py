#!/usr/bin/env python3
"""Counts the user instructions a request costs, with valgrind: figures that do not depend on what else a machine does.

    instructions.py BUILD          prints a table; BUILD is an optimised build with the target `bench`

The whole process is counted, from the socket event to the last byte sent, with all that is on by default: strict
parsing, limits, deadlines, counters, the table of requests in flight. The requests of a round are all sent while the
server stands still, so how many it finds at once, which decides what a turn of the loop costs each, is always the same.
"""
import contextlib
import glob
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GET = "GET /bench{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
BROWSER = ("GET /bench{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
           "Gecko/20100101 Firefox/140.0\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
           "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n"
           "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
           "Sec-Fetch-Site: none\r\nPriority: u=0, i\r\n\r\n")

# what: (request, path, connections, requests at a time on each, rounds)
WORK = {
    "plaintext": (GET, "/plaintext", 16, 1, 50),
    "pipelined": (GET, "/plaintext", 4, 16, 12),
    "routed": (GET, "/hello/world", 16, 1, 50),
    "json": (GET, "/json", 16, 1, 50),
    "browser": (BROWSER, "/plaintext", 16, 1, 50),
}
LOGGED = {"logged": WORK["plaintext"]}  # with an access log in JSON, to a file


class Counted:
    """A server under callgrind."""

    def __init__(self, build, folder, *more):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.folder = folder
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", build / "bin/appserve",
             "--no-supervisor", "--listen", f"127.0.0.1:{self.port}", "--threads", "1",
             "--mount", f"/bench={build}/apps/libbench.so:app", *more], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def wait_until_ready(self, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            time.sleep(0.05)
        raise RuntimeError("the server under valgrind did not start:\n" + self.process.stderr.read().decode())

    def count(self, name):
        """Instructions since the last count."""
        subprocess.run(["callgrind_control", f"--dump={name}", str(self.process.pid)], check=True, capture_output=True)
        newest = max(glob.glob(f"{self.folder}/out.*"), key=lambda f: int(f.rsplit(".", 1)[1]))
        return int(re.search(r"^(?:summary|totals): (\d+)", Path(newest).read_text(), re.M)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)


def answer(client):
    """The length of one whole answer."""
    received = b""
    while b"\r\n\r\n" not in received or len(received) < whole(received):
        received += client.recv(1 << 16)
    return len(received)


def whole(received):
    head = received.index(b"\r\n\r\n") + 4
    return head + int(re.search(rb"\r\nContent-Length: (\d+)", received)[1])


def measure(server, name, work):
    """Instructions per request."""
    text, path, connections, depth, rounds = work
    request = text.format(path=path).encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 60)) for _ in range(connections)]
        for client in clients:
            client.sendall(request)
            size = answer(client)
        play(server, clients, request * depth, size * depth, 3)  # everything is warm, the buffers have their sizes
        server.count("warm")
        play(server, clients, request * depth, size * depth, rounds)
        return server.count(name) / (connections * depth * rounds)


def play(server, clients, request, size, rounds):
    for _ in range(rounds):
        server.process.send_signal(signal.SIGSTOP)
        os.waitpid(server.process.pid, os.WUNTRACED)
        for client in clients:
            client.sendall(request)
        server.process.send_signal(signal.SIGCONT)
        for client in clients:
            left = size
            while left > 0:
                left -= len(client.recv(1 << 16))


def measure_with(build, works, *more):
    with tempfile.TemporaryDirectory() as folder:
        server = Counted(build, folder, *(word.format(folder=folder) for word in more))
        try:
            server.wait_until_ready()
            return {name: measure(server, name, work) for name, work in works.items()}
        finally:
            server.stop()


def measure_all(build):
    log = ("--access-log", "{folder}/access.log", "--access-log-format", "json")
    return {**measure_with(build, WORK), **measure_with(build, LOGGED, *log)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1].strip())
    for name, instructions in measure_all(Path(sys.argv[1]).resolve()).items():
        print(f"{name:10} {instructions:8.0f}")


if __name__ == "__main__":
    main()
