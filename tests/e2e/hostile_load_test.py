"""Hundreds of clients that mean no good, all at once, and one that does: it is served as if it were alone, they are ended
by their deadlines, and none of them costs much memory."""
import contextlib
import os
import resource
import socket
import struct
import threading
import time
import unittest
from pathlib import Path

from harness import APPSERVE, Server, app, wait_until

EACH = 100  # clients of a kind
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Hostile:
    """One connection that sends `first` at once and then `drip` every tenth of a second, reads `reads` octets as often."""

    def __init__(self, port, first=b"", drip=b"", reads=65536):
        self.first, self.drip, self.reads = first, drip, reads
        self.received, self.ended = b"", None
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(20)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(first)
        self.socket.setblocking(False)

    def act(self, now):
        if self.ended:
            return
        try:
            data = self.socket.recv(self.reads)
            self.received = (self.received + data)[:100]
            self.ended = None if data else now
        except BlockingIOError:
            pass
        except OSError:
            self.ended = now
        with contextlib.suppress(OSError):
            self.socket.send(self.drip)

    def rest(self):
        """How much more can be read, to the end."""
        self.socket.settimeout(20)
        size = 0
        try:
            while data := self.socket.recv(65536):
                size += len(data)
        except ConnectionError:
            pass
        return size

    def status(self):
        return self.received[:12]


class Friend(threading.Thread):
    """Asks again and again, on a connection of its own each time; every answer must be there and right."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.stopped, self.answers, self.slowest, self.problem = server, threading.Event(), 0, 0, None

    def run(self):
        try:
            while not self.stopped.wait(0.02):
                began = time.monotonic()
                if self.server.get("/").text != "hello\n":
                    raise AssertionError("a wrong answer")
                self.answers += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
        except Exception as problem:
            self.problem = problem


def descriptors(server):
    return len(os.listdir(f"/proc/{server.worker}/fd"))


def cpu_seconds(server):
    fields = Path(f"/proc/{server.worker}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class AllAtOnce(unittest.TestCase):
    def test_a_friend_is_served_and_everybody_else_is_ended_in_time(self):
        limits = ("--header-timeout", "2s", "--body-timeout", "2s", "--write-timeout", "2s", "--keep-alive", "60s",
                  "--threads", "2")
        with Server(app("torture"), *limits, env={"ASAN_OPTIONS": "quarantine_size_mb=1"}) as server:
            port = server.port
            server.get("/")
            before = server.resident_kib()
            began = time.monotonic()
            kinds = {
                "silent": [Hostile(port) for _ in range(EACH)],
                "slow head": [Hostile(port, HEAD[:-2] + b"X: ", b"x") for _ in range(EACH)],
                "stalled body": [Hostile(port, b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n" + b"x" * 999)
                                 for _ in range(EACH)],
                "slow reader": [Hostile(port, b"GET /big?n=8388608 HTTP/1.1\r\nHost: a\r\n\r\n", reads=1)
                                for _ in range(EACH)],
                "idle": [Hostile(port, HEAD) for _ in range(EACH)],
            }
            friend = Friend(server)
            friend.start()
            everybody = [client for clients in kinds.values() for client in clients]
            highest = 0
            ending = kinds["silent"] + kinds["slow head"] + kinds["stalled body"]
            while (now := time.monotonic()) < began + 20 and not all(client.ended for client in ending):
                for client in everybody:
                    client.act(now)
                highest = max(highest, server.resident_kib())
                time.sleep(max(0, now + 0.1 - time.monotonic()))
            friend.stopped.set()
            friend.join()
            self.assertIsNone(friend.problem)
            self.assertGreater(friend.answers, 5)
            # 8 MiB for each reader would be 800 MiB, a buffer of 64 KiB for each connection 31
            self.assertLess((highest - before) / len(everybody), 96, "KiB per connection")

            for client in kinds["silent"]:
                self.assertEqual((client.received, bool(client.ended)), (b"", True))
            for client in kinds["slow head"] + kinds["stalled body"]:
                self.assertEqual((client.status(), bool(client.ended)), (b"HTTP/1.1 408", True))
            for client in kinds["slow reader"]:
                self.assertEqual((client.status(), client.rest() < 7 << 20), (b"HTTP/1.1 200", True))
            self.assertGreater(min(client.ended for client in ending) - began, 2 - 0.2, "s: nobody is ended early")
            for client in kinds["idle"]:
                self.assertIsNone(client.ended)
                client.socket.settimeout(20)
                client.socket.sendall(HEAD)
                self.assertEqual(client.socket.recv(100)[:12], b"HTTP/1.1 200")
            for client in everybody:
                client.socket.close()


def unsent(port):
    """What the kernel holds of the answers of a port, in KiB each."""
    held = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues = line.split()[:5]
        if (int(local.split(":")[1], 16), state) == (port, "01"):
            held.append(int(queues.split(":")[0], 16) // 1024)
    return sorted(held)


class SlowReaders(unittest.TestCase):
    def test_the_kernel_holds_little_of_an_answer_that_is_not_read(self):
        with Server(app("torture"), "--threads", "1") as server:
            readers = [Hostile(server.port, b"GET /big?n=8388608 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(20)]
            samples = [[], []]

            def rests():
                samples.append(unsent(server.port))
                return len(samples[-1]) == len(readers) and samples[-1] == samples[-2] and samples[-1][0] > 0

            wait_until(rests, what="the server waits for its readers")
            self.assertLess(samples[-1][-1], 256)
            for client in readers:
                client.socket.close()


class ConnectionLimit(unittest.TestCase):
    def test_idle_clients_make_room_for_new_ones_and_those_in_use_do_not(self):
        with Server(app("torture"), "--connection-limit", "100", "--threads", "1") as server:
            busy = [Hostile(server.port, b"GET /slow?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(50)]
            for _ in range(300):
                with server.connect() as client:
                    client.send(HEAD)
                    self.assertEqual(client.read_response().status, 200)
            idle = []
            for _ in range(150):
                idle.append(server.connect())
                idle[-1].send(HEAD)
                self.assertEqual(idle[-1].read_response().status, 200)
            self.assertEqual(sum(self.still_answers(client) for client in idle), 50)
            for client in busy:
                client.act(time.monotonic())
                self.assertIsNone(client.ended)
                client.socket.close()
            for client in idle:
                client.close()

    @staticmethod
    def still_answers(client):
        try:
            client.send(HEAD)
            return client.read_response().status == 200
        except ConnectionError:
            return False


class Resets(unittest.TestCase):
    """CVE-2024-49769, CVE-2022-31015: a client that is gone before it was looked at leaves nothing behind."""

    def test_a_storm_of_resets_leaves_an_idle_server(self):
        with Server(app("torture"), "--threads", "2") as server:
            server.get("/")
            before = descriptors(server)
            for n in range(1500):
                with socket.create_connection(("127.0.0.1", server.port)) as client:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.sendall((b"", HEAD[:9], HEAD, b"GET /slow?ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n")[n % 4])
            wait_until(lambda: descriptors(server) <= before, what="every descriptor is closed")
            spent = cpu_seconds(server)
            time.sleep(0.5)
            self.assertLess(cpu_seconds(server) - spent, 0.25, "s of CPU in half a second without clients")
            self.assertEqual(server.get("/").text, "hello\n")


class Descriptors(unittest.TestCase):
    @unittest.skipIf(b"__ubsan_handle_dynamic_type_cache_miss" in APPSERVE.read_bytes(),
                     "UBSan looks at objects through a pipe, and takes one that cannot be opened for a wrong object")
    def test_without_descriptors_it_rests_tells_newcomers_and_comes_back(self):
        few = ("--nofile=96:96", APPSERVE, app("torture"), "--threads", "1")
        with Server(*few, program="prlimit") as server:
            held = [Hostile(server.port) for _ in range(150)]
            wait_until(lambda: any(self.refused(client) for client in held), what="newcomers are told")
            server.wait_for_output("W4011")
            spent = cpu_seconds(server)
            time.sleep(1)
            self.assertLess(cpu_seconds(server) - spent, 0.5, "s of CPU in a second without descriptors")
            for client in held:
                client.socket.close()
            self.assertEqual(server.get("/").text, "hello\n")

    @staticmethod
    def refused(client):
        client.act(time.monotonic())
        return client.status() == b"HTTP/1.1 503"


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    unittest.main()
