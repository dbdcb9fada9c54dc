#!/usr/bin/env python3
"""Requests per second and latency of the sample apps on this machine, beside nginx where it is installed.

    bench.py BUILD [SECONDS]        ./dev bench [SECONDS]

wrk asks 64 connections at a time, server and wrk share the machine. Rounds are interleaved and the median is printed,
with CPU time per request of the server's process tree: that figure hardly depends on what else the machine does.
"""
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
TICKS = os.sysconf("SC_CLK_TCK")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
NGINX_CONF = """worker_processes auto; daemon off; pid {tmp}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {tmp}/b; proxy_temp_path {tmp}/p;
  fastcgi_temp_path {tmp}/f; uwsgi_temp_path {tmp}/u; scgi_temp_path {tmp}/s;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 "Hello, World!\\n"; }} }} }}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    """Of a process and all its descendants."""
    total, pids = 0, [pid]
    while pids:
        current = pids.pop()
        total += sum(map(int, Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        for task in Path(f"/proc/{current}/task").iterdir():
            pids += map(int, (task / "children").read_text().split())
    return total / TICKS


def start(command, port):
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit(f"did not start: {' '.join(map(str, command))}")


def measure(process, port, seconds):
    before = cpu_seconds(process.pid)
    text = subprocess.run(["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"],
                          capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(text)
    requests = int(re.search(r"(\d+) requests in", text)[1])
    return (float(re.search(r"Requests/sec: +([\d.]+)", text)[1]), re.search(r"99% +(\S+)", text)[1],
            (cpu_seconds(process.pid) - before) / requests * 1e6)


def main():
    build, seconds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as tmp:
        servers = {}
        for name in ("hello", "hello_c"):
            port = free_port()
            servers[name] = start([build / "bin/appserve", "--listen", f"127.0.0.1:{port}",
                                   build / f"apps/lib{name}.so:app"], port), port
        if NGINX:
            port = free_port()
            Path(tmp, "nginx.conf").write_text(NGINX_CONF.format(tmp=tmp, port=port))
            servers["nginx return"] = start([NGINX, "-e", "stderr", "-c", f"{tmp}/nginx.conf"], port), port
        results = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, (process, port) in servers.items():
                results[name].append(measure(process, port, seconds))
        for process, _ in servers.values():
            process.terminate()
            process.wait()
    print(f"{os.cpu_count()} CPUs, 64 connections, {ROUNDS} rounds of {seconds} s, medians")
    print(f"{'':14}{'requests/s':>12}{'p99':>10}{'CPU µs/request':>18}")
    for name, rounds in results.items():
        rate, p99, cpu = sorted(rounds)[ROUNDS // 2]
        print(f"{name:14}{rate:12.0f}{p99:>10}{statistics.median(r[2] for r in rounds):18.2f}")


if __name__ == "__main__":
    main()
