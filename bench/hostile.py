#!/usr/bin/env python3
"""What clients that mean no good cost those that do: the table "Hostile clients" of docs/reliability.md, nginx beside it.

    bench/hostile.py build/release [--heads 10000] [--idle 15000] [--only heads] [--write]

BUILD has the tests' apps (cmake --preset release -DAPPSERVE_TESTS=ON). One worker with two threads, nginx with two workers
and `client_header_timeout 10s`; beside the crowd 200 well-behaved requests a second, a connection each. It takes as many
descriptors as the hard limit allows.
"""
import multiprocessing
import os
import resource
import select
import socket
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "bench")]
from reliability import NGINX, PlainNginx, measure  # noqa: E402
from steady_load import Load  # noqa: E402

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
RATE = 200
FEW = 200  # descriptors of a process that is to run out of them


def appserve():
    from harness import Server, app
    return Server(app("torture"), "--workers", "1", "--threads", "2", "--connection-limit", "25000")


def limit(server, descriptors):
    for pid in server.workers:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))


class PatientNginx(PlainNginx):
    def __init__(self, tmp, descriptors):
        super().__init__(tmp)
        conf = (tmp / "nginx.conf").read_text()
        conf = conf.replace("worker_connections 1024", "worker_connections 25000").replace(
            "http {", f"worker_rlimit_nofile {descriptors}; http {{ client_header_timeout 10s; keepalive_timeout 75s; ", 1)
        (tmp / "nginx.conf").write_text(conf)


def servers(descriptors=30_000):
    yield "appserve", appserve
    if NGINX:
        with tempfile.TemporaryDirectory() as tmp:
            yield "nginx", lambda: PatientNginx(Path(tmp), descriptors)


def all_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def resident(server):
    """KiB of user memory of everything that serves."""
    def of(pid):
        return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
    return sum(map(of, server.workers))


def cpu_seconds(server):
    def of(pid):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    return sum(map(of, server.workers)) / os.sysconf("SC_CLK_TCK")


class Crowd:
    """`count` connections that send `first`, then an octet each second, if `drip`; in a process of its own. On leaving:
    `ended`, how many the server ended; `life`, the longest of these; `answers`, what came first on each."""

    def __init__(self, port, count, first, drip=b""):
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.live, args=(port, count, first, drip, there))

    def __enter__(self):
        self.process.start()
        self.here.recv()  # all are connected
        return self

    def ask(self, what):
        self.here.send(what)
        return self.here.recv()

    def __exit__(self, *_):
        self.ended, self.life, self.answers = self.ask(b"")
        self.process.join()

    @staticmethod
    def live(port, count, first, drip, pipe):
        all_descriptors()
        poll, crowd, born, answers = select.epoll(), {}, {}, {}
        ended, life = 0, 0.0
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port), 10)
            try:
                one.sendall(first)
            except OSError:  # turned away already
                ended += 1
                continue
            one.setblocking(False)
            crowd[one.fileno()], born[one.fileno()] = one, time.monotonic()
            poll.register(one, select.EPOLLIN)
        poll.register(pipe, select.EPOLLIN)
        pipe.send("connected")
        next_drip = time.monotonic() + 1
        while True:
            if drip and time.monotonic() >= next_drip:
                next_drip += 1
                for one in crowd.values():
                    try:
                        one.send(drip)
                    except OSError:
                        pass
            for fd, _ in poll.poll(0.05):
                if fd == pipe.fileno():
                    question = pipe.recv()
                    if not question:
                        return pipe.send((ended, life, sorted(set(answers.values()))))
                    answers.clear()
                    for one in crowd.values():
                        one.send(question)
                    pipe.send(len(crowd))
                    continue
                try:
                    data = crowd[fd].recv(4096)
                except OSError:
                    data = b""
                if data:
                    answers.setdefault(fd, data[9:12])
                else:
                    poll.unregister(fd)
                    crowd.pop(fd).close()
                    ended, life = ended + 1, max(life, time.monotonic() - born[fd])


def until_served(port):
    """An answer that is no 503; newcomers are refused until descriptors are free again."""
    from harness import Client
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            with Client(("127.0.0.1", port), 1) as client:
                client.send_request("GET", "/")
                if client.read_response().status == 200:
                    return
        except (OSError, AssertionError, EOFError, IndexError, ValueError):
            time.sleep(0.005)


def served(load, begin=0.0, end=float("inf")):
    good = sum(r.end == "answered" for r in load.records)
    share = 100 * good / max(1, len(load.records))
    return f"{share:.1f} % served, p99 {load.p99_ms(begin, end):.1f} ms", good == len(load.records)


def heads(args, table):
    for name, start in servers():
        with start() as server:
            before = resident(server)
            with Load(server.port, RATE) as load, Crowd(server.port, args.heads, GET[:-2] + b"X: ", b"a") as crowd:
                each, held = (resident(server) - before) / args.heads, time.monotonic()
                time.sleep(12)
            figure, all_served = served(load, held, held + 7)
            figure += f" while they are held, {load.p99_ms(held + 7, held + 12):.1f} ms while they end"
            told = ", ".join(code.decode() for code in crowd.answers) or "silence"
            table.add(f"{args.heads:,} slow heads", name, 1, len(load.records), "–",
                      f"{figure}; {crowd.ended:,} ended ({told}) after {crowd.life:.1f} s at most; {each:.2f} KiB each",
                      "100 %, all ended ≤ 11 s")
            if name == "appserve":
                table.require(all_served and crowd.ended == args.heads and crowd.life <= 11)


def idle(args, table):
    for name, start in servers():
        with start() as server:
            before = resident(server)
            with Crowd(server.port, args.idle, GET) as crowd:
                time.sleep(1)
                each, cpu = (resident(server) - before) / args.idle, cpu_seconds(server)
                with Load(server.port, RATE) as load:
                    time.sleep(5)
                used = (cpu_seconds(server) - cpu) / 5
                held = crowd.ask(GET)
                time.sleep(3)
            figure, all_served = served(load)
            table.add(f"{args.idle:,} idle connections", name, 1, len(load.records), "–",
                      f"{figure}; {held:,} held; {each:.2f} KiB each; {100 * used:.1f} % CPU with {RATE} requests a second",
                      "100 %, all held, ≤ 1 KiB")
            if name == "appserve":
                table.require(all_served and held == args.idle and each <= 1)


def descriptors(args, table):
    for name, start in servers(FEW):
        with start() as server:
            if name == "appserve":  # whose limit is the machine's
                limit(server, FEW)
            with Crowd(server.port, 2 * FEW, GET) as crowd:
                time.sleep(0.5)
                cpu = cpu_seconds(server)
                newcomer = socket.create_connection(("127.0.0.1", server.port), 5)
                newcomer.sendall(GET)
                newcomer.settimeout(1)
                try:
                    answer = newcomer.recv(4096)[9:12].decode()
                except OSError:
                    answer = "silence"
                time.sleep(3)
                used = (cpu_seconds(server) - cpu) / 3
                freed = time.monotonic()
            until_served(server.port)
            back = time.monotonic() - freed
            table.add("no descriptors left", name, 1, 0, "–",
                      f"{100 * used:.1f} % CPU; a newcomer gets {answer}; served again after {back:.2f} s",
                      "≤ 5 % CPU, 503, ≤ 0.2 s")
            if name == "appserve":
                table.require(used <= 0.05 and answer == "503" and back <= 0.25)


def main():
    all_descriptors()
    return measure(__doc__, {"heads": heads, "idle": idle, "descriptors": descriptors},
                   {"heads": 10_000, "idle": 15_000}, "hostile")


if __name__ == "__main__":
    sys.exit(main())
