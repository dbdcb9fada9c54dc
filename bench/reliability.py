#!/usr/bin/env python3
"""What stops, reloads, upgrades and crashes cost: the table of docs/reliability.md, nginx beside it.

    bench/reliability.py build/release [--stops 100] [--reloads 200] [--crashes 100] [--starts 50] [--rate 500]
                                       [--only stop] [--write]

BUILD has the tests' apps (cmake --preset release -DAPPSERVE_TESTS=ON). Two workers of one thread each, as nginx has. Ends
with 1 when something was lost that must not be, or a limit of the table was passed.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "bench")]

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
NGINX_CONF = """
worker_processes 2; daemon off; pid {tmp}/pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{ access_log off; {places}
  server {{ listen 127.0.0.1:{port} reuseport; location / {{ default_type text/plain; return 200 "hello\\n"; }} }} }}
"""
SLOW = ("/",) * 19 + ("/slow?ms=200",)  # some requests are always in flight
DEATHS = ("crash-segv", "crash-abort", "crash-exit", "crash-overflow")


def appserve(name="torture", *more):
    from harness import Server, app
    return Server(app(name), "--workers", "2", "--threads", "1", *more)


class PlainNginx:
    def __init__(self, tmp):
        from nginx import free_port
        self.port = free_port()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{kind}_temp_path {tmp}/{kind}; " for kind in kinds)
        (tmp / "nginx.conf").write_text(NGINX_CONF.format(tmp=tmp, places=places, port=self.port))
        self.command = [NGINX, "-e", "stderr", "-c", tmp / "nginx.conf"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        until_answered(self.port)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    @property
    def workers(self):
        from harness import children
        return children(self.process.pid)


def until_answered(port, seconds=30):
    """Asks until there is an answer; a connection attempt costs some 50 microseconds."""
    from harness import Client
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with Client(("127.0.0.1", port)) as client:
                client.send_request("GET", "/")
                client.read_response()
                return
        except OSError:
            time.sleep(0.0002)
    raise AssertionError("no answer")


def kept(what):
    return "keep-alive" if what else "a connection each"


class Table:
    def __init__(self):
        self.rows, self.good = [], True

    def add(self, what, subject, runs, requests, lost, figure, limit=""):
        self.rows.append((what, subject, str(runs), f"{requests:,}" if requests else "–", lost, figure, limit))
        print(" | ".join(self.rows[-1]), flush=True)

    def require(self, holds):
        self.good = self.good and holds

    def markdown(self):
        head = ("what", "server", "runs", "requests", "lost", "figure", "must be")
        return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *self.rows))


def spread(values, unit="ms"):
    values = sorted(values)
    return f"median {statistics.median(values):.0f} {unit}, worst {values[-1]:.0f} {unit}"


def told(loads, field="lost"):
    """The losses of several loads: a number, and what they looked like."""
    total = sum(sum(load.lost.values()) for load in loads)
    kinds = sorted({kind for load in loads for kind in load.lost})
    stale = sum(load.stale for load in loads)
    return f"{total}{' (' + ', '.join(kinds) + ')' if kinds else ''}{f'; {stale} asked again' if stale else ''}", total


# ---- start ----------------------------------------------------------------------------------------------------------

def start(args, table):
    from harness import APPSERVE, app, environment, folder
    from nginx import free_port
    took = []
    for _ in range(args.starts):
        port, begun = free_port(), time.monotonic()
        command = [APPSERVE, app("torture"), "--workers", "1", "--threads", "2", "--listen", f"127.0.0.1:{port}"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment({}))
        until_answered(port)
        took.append((time.monotonic() - begun) * 1000)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    table.add("start to first answer", "appserve", len(took), 0, "–", spread(took), "≤ 30 ms")
    table.require(statistics.median(took) <= 30)
    if not NGINX:
        return
    took = []
    with folder() as tmp:
        for _ in range(args.starts):
            nginx, begun = PlainNginx(tmp), time.monotonic()
            with nginx:
                took.append((time.monotonic() - begun) * 1000)
    table.add("start to first answer", "nginx", len(took), 0, "–", spread(took))


# ---- stop -----------------------------------------------------------------------------------------------------------

def stop(args, table):
    from harness import folder
    from steady_load import Load
    for keep_alive in (False, True):
        for subject in ("appserve", "nginx") if NGINX else ("appserve",):
            loads, took, in_flight, codes = [], [], 0, set()
            for _ in range(args.stops):
                with folder() as tmp, (appserve() if subject == "appserve" else PlainNginx(tmp)) as server:
                    with Load(server.port, args.rate, SLOW if subject == "appserve" else ("/",), keep_alive) as load:
                        time.sleep(0.6)
                        begun = time.monotonic()
                        server.process.send_signal(signal.SIGTERM if subject == "appserve" else signal.SIGQUIT)
                        codes.add(server.process.wait(60))
                        took.append((time.monotonic() - begun) * 1000)
                loads.append(load)
                in_flight += load.in_flight(begun)
            lost, total = told(loads)
            requests = sum(len(load.records) - load.refused for load in loads)
            table.add(f"stop, {kept(keep_alive)}, {in_flight} in flight", subject, args.stops, requests, lost,
                      f"{spread(took)}; exit {', '.join(map(str, sorted(codes)))}", "0 lost, exit 0")
            table.require(subject != "appserve" or (total == 0 and codes == {0}))


# ---- reload and upgrade ---------------------------------------------------------------------------------------------

def succession(args, table, name, number, count, limit):
    from harness import folder
    from steady_load import Load
    for keep_alive in (False, True):
        for subject in ("appserve", "nginx") if NGINX and number == signal.SIGHUP else ("appserve",):
            with folder() as tmp, (appserve() if subject == "appserve" else PlainNginx(tmp)) as server:
                with Load(server.port, args.rate, SLOW[:-1], keep_alive) as load:
                    time.sleep(1)
                    before = time.monotonic()
                    time.sleep(max(2, 1000 / args.rate))
                    begun = time.monotonic()
                    for i in range(count):
                        was = server.workers
                        server.process.send_signal(number)
                        until_succeeded(server, was)
                    ended = time.monotonic()
                quiet, during = load.p99_ms(before, begun), load.p99_ms(begun, ended)
            lost, total = told([load])
            table.add(f"{name}, {kept(keep_alive)}", subject, count, len(load.records), lost,
                      f"p99 {quiet:.1f} → {during:.1f} ms; {(ended - begun) / count * 1000:.0f} ms each", limit)
            table.require(subject != "appserve" or (total == 0 and load.refused == 0 and during <= 1.5 * quiet))


def until_succeeded(server, was, seconds=30):
    """Other workers serve; those of before may still drain."""
    end = time.monotonic() + seconds
    while len(set(server.workers) - set(was)) < 2:
        if time.monotonic() > end:
            raise AssertionError("no new workers")
        time.sleep(0.005)
    time.sleep(0.1)


def reload(args, table):
    succession(args, table, "reload", signal.SIGHUP, args.reloads, "0 lost, p99 ≤ 1.5 ×")


def upgrade(args, table):
    succession(args, table, "binary upgrade", signal.SIGUSR2, max(1, args.reloads // 10), "0 lost, p99 ≤ 1.5 ×")


# ---- crash ----------------------------------------------------------------------------------------------------------

def crash(args, table):
    from harness import Client, folder
    from steady_load import Load
    for death in ("SIGKILL", *DEATHS):
        app, paths = ("torture", SLOW) if death == "SIGKILL" else ("hostile", ("/",))
        with appserve(app, "--runtime-dir", "/tmp/appserve-reliability") as server:
            with Load(server.port, args.rate, paths) as load:
                time.sleep(1)
                in_flight = []
                for _ in range(args.crashes):
                    in_flight.append(time.monotonic())
                    if death == "SIGKILL":
                        os.kill(server.workers[0], signal.SIGKILL)
                    else:
                        with Client(("127.0.0.1", server.port)) as client:
                            client.send_request("GET", f"/{death}")
                            client.is_closed_by_peer()
                    time.sleep(1)
            replaced = [int(ms) for ms in re.findall(r"replaced by pid \d+ in (\d+) ms", server.output)]
        lost, total = told([load])
        at_most = sum(load.in_flight(when) for when in in_flight)
        table.add(f"crash by {death}, {at_most} in flight", "appserve", args.crashes, len(load.records), lost,
                  f"replaced: {spread(replaced)}; {load.refused} refused", "≤ in flight, ≤ 50 ms, 0 refused")
        table.require(len(replaced) == args.crashes and max(replaced) <= 50 and load.refused == 0 and total <= at_most)
    if not NGINX:
        return
    with folder() as tmp, PlainNginx(tmp) as nginx:
        took = []
        with Load(nginx.port, args.rate) as load:
            time.sleep(1)
            for _ in range(args.crashes):
                victim, begun = nginx.workers[0], time.monotonic()
                os.kill(victim, signal.SIGKILL)
                while len(set(nginx.workers) - {victim}) < 2:
                    time.sleep(0.0005)
                took.append((time.monotonic() - begun) * 1000)
                time.sleep(0.5)
    table.add("crash by SIGKILL", "nginx", args.crashes, len(load.records), told([load])[0],
              f"a process more: {spread(took)}; {load.refused} refused")


def write(table, script):
    page = ROOT / "docs" / "reliability.md"
    parts = re.split(rf"(<!-- {script}\.py (?:begins|ends) -->\n)", page.read_text())
    page.write_text("".join([*parts[:2], table + "\n", *parts[3:]]))


def measure(doc, parts, counts, script):
    """The command line of a script that has these parts and counts, carried out. Its exit code."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    for name, default in counts.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", choices=parts, action="append")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    args = parser.parse_args()
    os.environ["APPSERVE_BUILD"] = str(args.build.resolve())
    table = Table()
    for name in args.only or parts:
        parts[name](args, table)
    print("\n" + table.markdown())
    if args.write:
        write(table.markdown(), script)
    return 0 if table.good else 1


def main():
    return measure(__doc__, {"start": start, "stop": stop, "reload": reload, "upgrade": upgrade, "crash": crash},
                   {"stops": 100, "reloads": 200, "crashes": 100, "starts": 50, "rate": 500}, "reliability")


if __name__ == "__main__":
    sys.exit(main())
