#!/usr/bin/env python3
"""Which codes of base/fault.hpp does a test provoke? Fails when one has no test and no reason, or a reason too many.

    coverage.py ROOT [--list]     --list: every code with the kind of its test

A code is provoked by the real binary (tests/faults, e2e, hostile, wire: the code is in what is compared), or by a unit
test. untested.txt lists those without any, with the reason; it only shrinks. Every code that can be met at a start has a
transcript, or is in no_transcript.txt.
"""
import re
import sys
from pathlib import Path

FAULT = re.compile(r"Fault\{'([EWN])', (\d{4}), Exit::(\w+)")
MENTION = re.compile(r"\b([EWN])(\d{4})\b|fault\('([EWN])', (\d{4})\)")
REAL = ("faults", "e2e", "hostile", "wire", "packages")
UNIT = ("unit", "sim", "fuzz", "sdk")


def mentions(folder):
    codes = set()
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".txt", ".cpp", ".hpp", ".sh") and path.name not in ("coverage.py", "untested.txt", "no_transcript.txt"):
            for match in MENTION.finditer(path.read_text(encoding="utf-8", errors="replace")):
                codes.add((match[1] or match[3]) + (match[2] or match[4]))
    return codes


def listed(path):
    """The codes of a list, with their reasons."""
    lines = (line.partition("#") for line in path.read_text().splitlines())
    return {code.strip(): reason.strip() for code, _, reason in lines if code.strip()}


def main():
    root = Path(sys.argv[1])
    faults = [match.groups() for match in FAULT.finditer((root / "server/base/fault.hpp").read_text())]
    codes = [severity + number for severity, number, _ in faults]
    at_start = [severity + number for severity, number, exit in faults if number < "5000" or exit != "ok"]
    tested = {}
    for kind, folders in (("unit", UNIT), ("real", REAL)):
        for folder in folders:
            for code in mentions(root / "tests" / folder):
                tested[code] = kind
    allowed = listed(root / "tests/faults/untested.txt")
    elsewhere = listed(root / "tests/faults/no_transcript.txt")
    transcripts = {path.stem.split("-")[0] for group in ("plugin_file", "start")
                   for path in (root / "tests/faults" / group).glob("*.txt")}

    findings = [f"{code}: no test provokes it" for code in codes if code not in tested and code not in allowed]
    findings += [f"untested.txt: {code} has a test now, or is no code any more; remove the line"
                 for code in allowed if code in tested or code not in codes]
    findings += [f"untested.txt: {code} has no reason" for code, reason in allowed.items() if not reason]
    findings += [f"{code}: can be met at a start and has no transcript" for code in at_start
                 if code not in transcripts and not elsewhere.get(code)]
    findings += [f"no_transcript.txt: {code} has one, or is not met at a start; remove the line"
                 for code in elsewhere if code in transcripts or code not in at_start]
    findings += [f"{code}: a transcript of no code" for code in transcripts if code not in codes]
    if "--list" in sys.argv:
        for code in codes:
            print(code, tested.get(code) or f"none: {allowed.get(code, '?')}")
    for finding in findings:
        print(finding)
    real = sum(tested.get(code) == "real" for code in codes)
    print(f"{len(codes)} codes: {real} by the real binary, {sum(tested.get(c) == 'unit' for c in codes)} by unit tests, "
          f"{sum(c not in tested for c in codes)} by none")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
