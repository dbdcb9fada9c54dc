#!/usr/bin/env python3
"""Measures appserve beside nginx, the raw-epoll floor and whatever else is installed: ./dev bench.

    bench.py BUILD [--rounds 5] [--seconds 2] [--only plaintext,json] [--servers appserve,nginx] [--save FILE]

How it measures:
  * every server runs on CPU 0, the generator on CPU 1; each server is started once, and its answers are compared byte for
    byte before anything is timed;
  * rounds are interleaved (A B C, C B A, …) and medians are printed: what else the machine does hits everybody;
  * CPU is that of the server's whole process tree, per million requests: it does not depend on who was the bottleneck.
    `bound` says who was: S the server (95 % of its core), G the generator, - neither. The generator never sleeps: waking
    it would cost the slower servers most;
  * appserve runs as it is shipped: limits, deadlines, strict parsing, an app behind the ABI under a prefix.
"""
import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER_CPU, GENERATOR_CPU = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
HERE = Path(__file__).resolve().parent
HELLO, BLOB, ECHO = b"Hello, World!", b"x" * (1 << 20), 16 * 1024
SMALL = b"y" * 4096
JSON = b'{"message":"Hello, World!"}'

# workload: (what it is, path, generator's options)
WORK = {
    "plaintext": ("GET, 13 bytes, keep-alive, 64 connections", "/plaintext", []),
    "pipelined": ("the same, 16 requests at a time, 256 connections", "/plaintext", ["--depth", "16", "--connections", "256"]),
    "json": ("GET, a struct as JSON", "/json", []),
    "echo": ("POST of 16 KiB, sent back", "/echo", ["--body", str(ECHO)]),
    "blob": ("GET, 1 MiB from memory (nginx: a file), 8 connections", "/blob", ["--connections", "8"]),
    "small": ("GET, a file of 4 KiB", "/files/small", []),
    "large": ("GET, a file of 1 MiB, 8 connections", "/files/large", ["--connections", "8"]),
    "close": ("one connection per request", "/plaintext", ["--close"]),
    "two": ("as plaintext, 2 threads (nginx: workers) on 2 CPUs, which the generator shares", "/plaintext", []),
    "few": ("the same with 4 connections: how evenly they are spread shows in the rounds", "/plaintext", ["--connections", "4"]),
    "latency": ("20,000 requests a second, Poisson arrivals", "/plaintext", ["--rate", "20000"]),
    "idle": ("10,000 idle keep-alive connections", "/plaintext", []),
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- the servers ----------------------------------------------------------------------------------------------------

class Server:
    """A running server; `command(port)` is how it is started, `lacks` the workloads it has no answer for, `others` how
    it is started for some workloads instead."""

    def __init__(self, name, command, prefix="", lacks=(), others=None):
        self.name, self.command, self.prefix, self.others = name, command, prefix, others or {}
        self.refused = dict.fromkeys(lacks, "it has no such answer")
        self.processes = {}  # by port

    def __enter__(self):
        self.port = self.start(self.command, SERVER_CPU)
        self.ports = {work: self.start(command, cpus_of(work)[0]) for work, command in self.others.items()}
        if "two" in self.ports:
            self.ports["few"] = self.ports["two"]
        return self

    def port_for(self, work):
        return self.ports.get(work, self.port)

    def start(self, command, cpu):
        port = free_port()
        process = subprocess.Popen(["taskset", "-c", cpu, *map(str, command(port))], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=raise_limits)
        self.processes[port] = process
        for _ in range(1000):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return port
            if process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"{self.name} did not start")

    def __exit__(self, *_):
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def tree(self, port):
        """The server's processes."""
        pids, todo = [], [self.processes[port].pid]
        while todo:
            pid = todo.pop()
            pids.append(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    todo += map(int, (task / "children").read_text().split())
        return pids

    def cpu(self, port):
        """Seconds, user and system, of the whole tree."""
        ticks = 0
        for pid in self.tree(port):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        return ticks / TICKS

    def memory(self):
        """Bytes that are this server's own."""
        total = 0
        for pid in self.tree(self.port):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += sum(int(n) for n in re.findall(r"^Private_\w+: +(\d+)", text, re.M)) * 1024
        return total

    def ask(self, work, path, body=b""):
        """(status, body) of one request."""
        with socket.create_connection(("127.0.0.1", self.port_for(work)), 5) as s:
            length = f"Content-Length: {len(body)}\r\n" if body else ""
            closing = "Connection: close\r\n" if work == "close" else ""
            s.sendall(f"{'POST' if body else 'GET'} {self.prefix}{path} HTTP/1.1\r\nHost: x\r\n{length}{closing}\r\n"
                      .encode() + body)
            answer = s.makefile("rb")
            status = int(answer.readline().split()[1])
            fields = {}
            while (line := answer.readline().strip()):
                name, value = line.split(b":", 1)
                fields[name.lower()] = value.strip()
            return status, answer.read(int(fields[b"content-length"]))

    def check(self, work):
        """Why this workload would not be measured right; empty when it would."""
        path = WORK[work][1]
        body = bytes(i * 7 % 251 for i in range(ECHO)) if work == "echo" else b""
        expected = {"/plaintext": HELLO, "/json": JSON, "/blob": BLOB, "/echo": body, "/files/small": SMALL,
                    "/files/large": BLOB}[path]
        status, answer = self.ask(work, path, body)
        return "" if (status, answer) == (200, expected) else f"{status}, {answer[:30]!r}"


def cpus_of(work):
    """Of the server, of the generator."""
    return ("0,1", "0,1") if work in ("two", "few") else (SERVER_CPU, GENERATOR_CPU)


def raise_limits():
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


NGINX = """{user} worker_processes {workers}; daemon off; pid {tmp}/pid-{port}; error_log stderr crit;
events {{ worker_connections 15000; }}
http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nodelay on;
  client_body_temp_path {tmp}/b; proxy_temp_path {tmp}/p; fastcgi_temp_path {tmp}/f; uwsgi_temp_path {tmp}/u;
  scgi_temp_path {tmp}/s;
  server {{ listen 127.0.0.1:{port} reuseport;
    location /plaintext {{ default_type text/plain; return 200 "Hello, World!"; }}
    location /json {{ default_type application/json; return 200 '{{"message":"Hello, World!"}}'; }}
    location /blob {{ root {tmp}; default_type application/octet-stream; }}
    location /files {{ root {tmp}; default_type application/octet-stream; }} }} }}
"""

WSGI = '''
BLOB = b"x" * (1 << 20)
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/json":
        import json
        kind, body = "application/json", json.dumps({"message": "Hello, World!"}, separators=(",", ":")).encode()
    elif path == "/blob":
        kind, body = "application/octet-stream", BLOB
    elif path == "/echo":
        kind, body = "application/octet-stream", environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    else:
        kind, body = "text/plain", b"Hello, World!"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
'''

NODE = '''
const blob = Buffer.alloc(1 << 20, "x");
require("http").createServer((req, res) => {
  const send = (type, body) => { res.writeHead(200, {"Content-Type": type, "Content-Length": body.length}); res.end(body); };
  if (req.url === "/json") return send("application/json", JSON.stringify({message: "Hello, World!"}));
  if (req.url === "/blob") return send("application/octet-stream", blob);
  if (req.url !== "/echo") return send("text/plain", "Hello, World!");
  const parts = [];
  req.on("data", part => parts.push(part)).on("end", () => send("application/octet-stream", Buffer.concat(parts)));
}).listen(+process.argv[2], "127.0.0.1");
'''


def python_with(module):
    """An interpreter that has it: this one, or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return python
    return None


def servers(build, tmp):
    """Those of this machine, and what each calls itself."""
    def appserve(port, threads=1):
        return ["env", f"APPSERVE_APP__CONFIG__FILES={tmp}/files", build / "bin/appserve", "--listen", f"127.0.0.1:{port}",
                "--threads", threads, "--connection-limit", "20000", "--mount", f"/bench={build}/apps/libbench.so:app"]

    files = tmp / "files"
    files.mkdir()
    (files / "small").write_bytes(SMALL)
    (files / "large").write_bytes(BLOB)
    no_files = ["small", "large"]
    found = [(Server("appserve", appserve, prefix="/bench", others={"two": lambda port: appserve(port, 2)}),
              [build / "bin/appserve", "--version"]),
             (Server("floor", lambda port: [build / "bin/bench_floor", port], lacks=["two", "few", "latency", *no_files],
                     others={"close": lambda port: [build / "bin/bench_floor", port, "close"]}), None)]
    if nginx := shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        def start_nginx(port, workers=1):
            conf = tmp / f"nginx-{port}.conf"
            conf.write_text(NGINX.format(tmp=tmp, port=port, workers=workers, user="user root;" if os.geteuid() == 0 else ""))
            return [nginx, "-e", "stderr", "-c", conf]
        (tmp / "blob").write_bytes(BLOB)
        found.append((Server("nginx", start_nginx, lacks=["echo"], others={"two": lambda port: start_nginx(port, 2)}),
                      [nginx, "-v"]))
    if python := python_with("waitress"):
        (tmp / "bench_wsgi.py").write_text(WSGI)
        found.append((Server("waitress", lambda port: [
            "env", f"PYTHONPATH={tmp}", python, "-m", "waitress", f"--listen=127.0.0.1:{port}",
            "--connection-limit=15000", "--asyncore-use-poll", "bench_wsgi:app"], lacks=["two", "few", "idle", "latency", *no_files]),
            [python, "-c", "import importlib.metadata as m; print(m.version('waitress'))"]))
    if node := shutil.which("node"):
        (tmp / "bench.js").write_text(NODE)
        found.append((Server("node", lambda port: [node, tmp / "bench.js", port], lacks=["two", "few", *no_files]), [node, "--version"]))
    return found


# ---- measuring ------------------------------------------------------------------------------------------------------

def generate(build, server, work, seconds):
    port = server.port_for(work)
    before = server.cpu(port)
    done = subprocess.run(["taskset", "-c", cpus_of(work)[1], build / "bin/bench_generator", "--port", str(port), "--path",
                           server.prefix + WORK[work][1], "--seconds", str(seconds), *WORK[work][2]],
                          capture_output=True, text=True, preexec_fn=raise_limits)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    result = json.loads(done.stdout)
    used = server.cpu(port) - before
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu_us"] = used / max(1, result["requests"]) * 1e6
    server_share, generator_share = used / result["seconds"], result["busy"] / result["seconds"]
    result["bound"] = "S" if server_share >= 0.95 else "G" if generator_share >= 0.95 else "-"
    return result


def hold_idle(server, count=10_000):
    """Bytes of user memory for each connection that was served once and now says nothing, and the CPU they cost."""
    raise_limits()
    request = f"GET {server.prefix}/plaintext HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    before, sockets = server.memory(), []
    try:
        for _ in range(count):
            s = socket.create_connection(("127.0.0.1", server.port), 10)
            s.sendall(request)
            while HELLO not in s.recv(4096):
                pass
            sockets.append(s)
        held = server.memory()
        cpu = server.cpu(server.port)
        time.sleep(2)
        cpu = (server.cpu(server.port) - cpu) / 2
        alive = 0
        for s in sockets[::50]:
            s.sendall(request)
            alive += HELLO in s.recv(4096)
        return {"bytes": (held - before) / count, "total": held, "cpu": cpu, "alive": alive / len(sockets[::50])}
    finally:
        for s in sockets:
            s.close()


def measure(build, running, work, rounds, seconds):
    """{server: [result of each round]}"""
    results = {}
    for n in range(1 if work == "idle" else rounds):
        for server in running if n % 2 == 0 else reversed(running):
            if work in server.refused:
                continue
            try:
                result = hold_idle(server) if work == "idle" else generate(build, server, work, seconds)
                results.setdefault(server.name, []).append(result)
            except (OSError, RuntimeError) as error:
                server.refused[work] = str(error)
    return results


# ---- telling --------------------------------------------------------------------------------------------------------

def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def ratio(results, name, base, key):
    return f"{median(results[name], key) / median(results[base], key):.2f}" if base in results else ""


def table(work, results):
    lines = [f"### {work}: {WORK[work][0]}", ""]
    if work == "idle":
        lines += ["| server | bytes per connection | MiB in all | CPU % | answered after |", "|---|--:|--:|--:|--:|"]
        lines += [f"| {name} | {r[0]['bytes']:.0f} | {r[0]['total'] / 2**20:.1f} | {r[0]['cpu'] * 100:.1f} | {r[0]['alive']:.0%} |"
                  for name, r in results.items()]
    elif work == "latency":
        lines += ["| server | p50 µs | p99 µs | p99.9 µs | CPU s/M | generator late p99 µs | errors |", "|---|--:|--:|--:|--:|--:|--:|"]
        lines += [f"| {name} | {median(r, 'p50'):.0f} | {median(r, 'p99'):.0f} | {median(r, 'p999'):.0f} | {median(r, 'cpu_us'):.2f} "
                  f"| {median(r, 'late_p99'):.0f} | {sum(x['errors'] for x in r)} |" for name, r in results.items()]
    else:
        lines += ["| server | requests/s | ± | bound | × nginx | × floor | CPU s/M | CPU ÷ nginx | CPU ÷ floor | errors |",
                  "|---|--:|--:|:-:|--:|--:|--:|--:|--:|--:|"]
        for name, r in sorted(results.items(), key=lambda item: median(item[1], "cpu_us")):
            rates = [x["rate"] for x in r]
            spread = (max(rates) - min(rates)) / 2 / statistics.median(rates)
            lines.append(f"| {name} | {median(r, 'rate'):,.0f} | {spread:.0%} | {statistics.mode(x['bound'] for x in r)} "
                         f"| {ratio(results, name, 'nginx', 'rate')} | {ratio(results, name, 'floor', 'rate')} | {median(r, 'cpu_us'):.2f} "
                         f"| {ratio(results, name, 'nginx', 'cpu_us')} | {ratio(results, name, 'floor', 'cpu_us')} "
                         f"| {sum(x['errors'] for x in r)} |")
    return lines + [""]


def version(command):
    if command is None:
        return ""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return " " + done.stdout.strip().splitlines()[0].split()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", default=",".join(WORK))
    parser.add_argument("--servers", default="")
    parser.add_argument("--save", type=Path, help="write the tables there, too")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two CPUs are needed: one for the server, one for the generator")
    with tempfile.TemporaryDirectory() as tmp, contextlib.ExitStack() as stack:
        wanted = options.servers.split(",") if options.servers else None
        chosen = [(s, v) for s, v in servers(options.build.resolve(), Path(tmp)) if not wanted or s.name in wanted]
        running = [stack.enter_context(server) for server, _ in chosen]
        lines = [f"# {time.strftime('%Y-%m-%d')}: {', '.join(s.name + version(v) for s, v in chosen)}", "",
                 f"`bench/bench.py {' '.join(sys.argv[2:])}`; {os.cpu_count()} CPUs, Linux {platform.release()}, server on CPU "
                 f"{SERVER_CPU}, generator on CPU {GENERATOR_CPU}, medians of {options.rounds} rounds of {options.seconds:g} s.", ""]
        print("\n".join(lines))
        for work in options.only.split(","):
            for server in running:
                if work not in server.refused and (why := server.check(work)):
                    server.refused[work] = f"wrong answer: {why}"
            results = measure(options.build, running, work, options.rounds, options.seconds)
            left_out = [f"{s.name} ({s.refused[work]})" for s in running if work in s.refused]
            told = table(work, results) + [f"Not measured: {', '.join(left_out)}.", ""] * bool(left_out)
            print("\n".join(told), flush=True)
            lines += told
        if options.save:
            options.save.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
