"""What people see when a start goes wrong: every transcript of plugin_file/ and start/, against the real binary.

    transcripts_test.py write E3002     puts what is printed now into those transcripts
"""
import os
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from transcript import APPSERVE, FIXTURES, Runner, failures, read, run

HERE = Path(__file__).resolve().parent


def output(*command):
    return subprocess.run(command, capture_output=True, check=False).stdout


THREAD_SANITIZER = b"libtsan" in output("ldd", APPSERVE)
UNIQUE = b" u " in output("nm", "--dynamic", FIXTURES / "libunique.so")
ANY_PORT = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 81
# What a machine or a build may lack for a transcript: (part of its name, part of its command): whether it is lacking.
LACKING = {
    ("E1013", ""): THREAD_SANITIZER,
    ("W1027", ""): not UNIQUE,  # GCC's
    ("", "setpriv"): os.getuid() != 0,
    ("W4021", ""): os.getuid() != 0,
    ("E4002", ""): ANY_PORT,
}


def transcripts():
    return [one for group in ("plugin_file", "start") for path in sorted((HERE / group).glob("*.txt")) for one in read(path)]


def is_lacking(one):
    return any(lacking and name in one.name and part in one.command for (name, part), lacking in LACKING.items())


class Transcripts(unittest.TestCase):
    maxDiff = None

    def test_what_is_printed_and_what_its_help_says(self):
        all_of_them = [one for one in transcripts() if not is_lacking(one)]
        with ThreadPoolExecutor(4) as pool:
            for one, wrong in zip(all_of_them, pool.map(failures, all_of_them)):
                with self.subTest(one.name, command=one.command):
                    self.assertEqual([], wrong, "\n" + "\n".join(wrong))

    def test_inspect_runs_nothing_of_the_library(self):
        self.assertEqual(run("inspect", FIXTURES / "libthrows.so").returncode, 0)  # E2001 when it is loaded


def write(part):
    """Puts what is printed now into the transcripts with this in their name; read them before they are kept."""
    for group in ("plugin_file", "start"):
        for path in sorted((HERE / group).glob(f"*{part}*.txt")):
            texts = []
            for one in read(path):
                if not is_lacking(one):
                    with Runner(one) as runner:
                        text, one.exit = runner.printed()
                        one.text = runner.unfill(text)
                texts.append(str(one))
            path.write_text("\n".join(texts))


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(*sys.argv[2:])
    else:
        unittest.main()
