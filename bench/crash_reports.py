#!/usr/bin/env python3
"""How often a crash leaves a whole report, and how soon: bench/crash_reports.py BUILD [--count 1000]

Each death of tests/hostile/crash_test.py in turn, in a server of its own: the report must name the plugin, the function,
and the request where there is one. The time is from sending the request to the end of the process, core file included.
"""
import argparse
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "hostile")]


def one(deed):
    from crash_test import DEATHS
    from harness import Server, app
    code, what, function, _, known = DEATHS[deed]
    with Server("--no-supervisor", "--threads", "2", app("hostile"), env={"ASAN_OPTIONS": "detect_leaks=0"}) as server:
        with server.connect() as client:
            begun = time.monotonic()
            client.send_request("GET", f"/{deed}")
            server.process.wait(30)
            took = time.monotonic() - begun
        server._finish()
        report = re.search(r"^error\[E50.*\n(?:  .*\n)*", server.output, re.M)
        text = report[0] if report else ""
        whole = (text.startswith(f"error[{code}]: libhostile.so") and re.search(what, text.splitlines()[0]) is not None
                 and function in text and (not known or f"request  GET /{deed} request" in text))
        return deed, took, whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    args = parser.parse_args()
    os.environ["APPSERVE_BUILD"] = str(args.build.resolve())
    from crash_test import DEATHS
    deeds = list(DEATHS)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, (deeds[i % len(deeds)] for i in range(args.count))))
    took = sorted(seconds * 1000 for _, seconds, _ in results)
    bad = [deed for deed, _, whole in results if not whole]
    print(f"{len(results)} crashes of {len(deeds)} kinds: {len(results) - len(bad)} whole reports; "
          f"request to end of process: median {took[len(took) // 2]:.0f} ms, 99 % {took[int(len(took) * .99)]:.0f} ms, "
          f"worst {took[-1]:.0f} ms{'; not whole: ' + ', '.join(sorted(set(bad))) if bad else ''}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
