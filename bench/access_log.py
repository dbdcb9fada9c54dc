#!/usr/bin/env python3
"""What an access log costs: CPU of a plaintext request with one beside without, in interleaved rounds on pinned cores.

    access_log.py BUILD [--rounds 12] [--seconds 2]

BUILD is an optimised build with the targets `bench` and `bench_generator`. Prints the medians, and those of the ratios
within each round.
"""
import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

FORMATS = ("combined", "json")


class Logging:
    """A server of one thread on CPU 0, with an access log of this format; None: without."""

    def __init__(self, build, folder, log_format):
        self.log = Path(folder) / f"{log_format}.log"
        options = ["--access-log", self.log, "--access-log-format", log_format] if log_format else []
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen(
            ["taskset", "-c", "0", build / "bin/appserve", "--no-supervisor", "--threads", "1",
             "--listen", f"127.0.0.1:{self.port}", "--mount", f"/bench={build}/apps/libbench.so:app", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            time.sleep(0.02)
        raise RuntimeError("the server did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def cpu(self):
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def microseconds(self, build, seconds):
        """CPU per request."""
        before = self.cpu()
        done = subprocess.run(["taskset", "-c", "1", build / "bin/bench_generator", "--port", str(self.port), "--path",
                               "/bench/plaintext", "--seconds", str(seconds)], check=True, capture_output=True, text=True)
        if self.log.exists():
            os.truncate(self.log, 0)
        return (self.cpu() - before) / json.loads(done.stdout)["requests"] * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=2)
    args = parser.parse_args()
    build = args.build.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(Logging(build, folder, name)) for name in (None, *FORMATS)}
        found = {name: [] for name in servers}
        for number in range(args.rounds):
            for name in list(servers)[::1 if number % 2 else -1]:
                found[name].append(servers[name].microseconds(build, args.seconds))
    for name, times in found.items():
        ratios = [mine / without for mine, without in zip(times, found[None])]
        print(f"{name or 'no log':10} {statistics.median(times):6.2f} µs of CPU a request"
              + (f"   {statistics.median(ratios):.3f} × without" if name else ""))


if __name__ == "__main__":
    main()
