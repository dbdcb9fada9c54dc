#!/usr/bin/env python3
"""What a saturated app costs its neighbour: bench/bulkhead.py BUILD [--rounds 5] [--seconds 2]

One server, two mounts: /slow (handlers that wait 500 ms, max_concurrency 64) and / (hello). A probe asks the neighbour
200 times a second on one connection, in turns alone and while 256 clients ask /slow, again at once or as Retry-After
says. Rounds are interleaved; a round's percentile stands for the round, the median of the rounds is told.
"""
import argparse
import multiprocessing
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "e2e"))


def probe(port, seconds, results):
    from harness import Client
    took = []
    with Client(("127.0.0.1", port)) as client:
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            client.send_request("GET", "/")
            assert client.read_response().status == 200
            took.append(time.monotonic() - begun)
            time.sleep(max(0, 0.005 - took[-1]))
    results.put(took)


def crowd(port, clients, go, over, results):
    """Asks /slow over and over; counts what it is told."""
    import selectors
    import socket
    request = b"GET /slow/slow?ms=500 HTTP/1.1\r\nHost: x\r\n\r\n"
    told = {}
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
    selector = selectors.DefaultSelector()
    for client in sockets:
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
    go.wait()
    for client in sockets:
        client.send(request)
    refused = []
    while not over.is_set():
        for key, _ in selector.select(0.02):
            status = key.fileobj.recv(65536)[9:12].decode()
            told[status] = told.get(status, 0) + 1
            if status == "503":
                refused.append((time.monotonic() + 1, key.fileobj))  # Retry-After
            else:
                key.fileobj.send(request)
        while refused and refused[0][0] < time.monotonic():
            refused.pop(0)[1].send(request)
    results.put(told)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--clients", type=int, default=256)
    args = parser.parse_args()
    os.environ["APPSERVE_BUILD"] = str(args.build.resolve())
    from harness import Server, app, folder
    alone, beside, told = [], [], {}
    with folder() as files:
        config = files / "config.toml"
        config.write_text(f'[[app]]\nload = "{app("torture")}"\nurl_prefix = "/slow"\nmax_concurrency = 64\n'
                          f'[[app]]\nload = "{app("hello")}"\n')
        with Server("--config", config, "--threads", "2") as server:
            for _ in range(args.rounds):
                results, answers = multiprocessing.Queue(), multiprocessing.Queue()
                probe(server.port, args.seconds, results)
                alone.append(results.get())
                go, over = multiprocessing.Event(), multiprocessing.Event()
                load = multiprocessing.Process(target=crowd, args=(server.port, args.clients, go, over, answers))
                load.start()
                go.set()
                time.sleep(0.3)
                probe(server.port, args.seconds, results)
                beside.append(results.get())
                over.set()
                for status, count in answers.get().items():
                    told[status] = told.get(status, 0) + count
                load.join()
    print(f"{'neighbour':28} {'p50 ms':>8} {'p99 ms':>8} {'worst ms':>9}")
    figures = {}
    for name, rounds in (("alone", alone), (f"beside {args.clients} clients", beside)):
        figures[name] = [statistics.median(percentile(r, share) for r in rounds) for share in (0.5, 0.99, 1)]
        print(f"{name:28} {figures[name][0]:8.2f} {figures[name][1]:8.2f} {figures[name][2]:9.2f}")
    first, second = figures.values()
    print(f"p99 beside / alone: {second[1] / first[1]:.2f}; /slow answered {told}")


if __name__ == "__main__":
    main()
