"""Every message about a plugin file, word for word, with its exit code; and the commands in the help lines work.

plugin_file/*.txt are transcripts: a line `$ appserve ARGS`, what is printed from the first finding on, `exit CODE`.
{fixtures} are the libraries of tests/unit/app/fixtures, {files} the broken files made below; see filled().
"""
import os
import platform
import re
import shlex
import shutil
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import BUILD, Server, folder, run  # noqa: E402

FIXTURES = BUILD / "tests" / "unit" / "app" / "fixtures"
VERSION = run("--version").stdout.split()[-1]
TRANSCRIPT = re.compile(r"\$ appserve (?P<args>.*)\n(?P<text>(?:.*\n)*?)exit (?P<exit>\d+)\n")


def make_files(files):
    """Files that no compiler makes."""
    hello = (FIXTURES / "libhello.so").read_bytes()
    (files / "libempty.so").write_bytes(b"")
    (files / "libscript.so").write_text("#!/bin/sh\necho hello\n")
    (files / "hello.cpp").write_text("#include <appserve/app.hpp>\n")
    (files / "libcut.so").write_bytes(hello[:12000])
    (files / "libmips.so").write_bytes(hello[:18] + b"\x08\x00" + hello[20:])
    (files / "folder.so").mkdir()
    os.mkfifo(files / "libpipe.so")
    os.symlink("nowhere.so", files / "libdangling.so")
    shutil.copy(FIXTURES / "libhello.so", files / "libhello.so")
    newer = (FIXTURES / "libthrows.so").read_bytes().replace(b"GLIBCXX_3.4.21\0", b"GLIBCXX_3.4.99\0")
    (files / "libnewer.so").write_bytes(newer)
    for mode in ("refuse", "create", "null", "config"):  # how libmoody.so fails to start
        (files / f"{mode}.toml").write_text(f"""[[app]]
load = "{FIXTURES}/libmoody.so:create_app"
call = true
[app.config]
mode = "{mode}"
""")
    (files / "info.toml").write_text(f"""[[app]]
load = "{BUILD}/apps/libinfo.so:app"
[app.config]
message = 42
""")


class PluginFile(unittest.TestCase):
    maxDiff = None

    def filled(self, text, files):
        machine = {"x86_64": "x86-64"}.get(platform.machine(), platform.machine())
        docker = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}.get(platform.machine(), "")
        for name, value in (("fixtures", FIXTURES), ("files", files), ("build", BUILD), ("version", VERSION), ("machine", machine),
                            ("platform", docker), ("size", (FIXTURES / "libhello.so").stat().st_size)):
            text = text.replace("{" + name + "}", str(value))
        return text

    def test_inspect_runs_nothing_of_the_library(self):
        self.assertEqual(run("inspect", FIXTURES / "libthrows.so").returncode, 0)  # E2001 when it is loaded

    def test_transcripts(self):
        with folder() as files:
            make_files(files)
            for path in sorted((HERE / "plugin_file").glob("*.txt")):
                transcripts = list(TRANSCRIPT.finditer(self.filled(path.read_text(), files)))
                self.assertTrue(transcripts, path)
                for transcript in transcripts:
                    with self.subTest(path.name, args=transcript["args"]):
                        self.check(transcript, files)

    def check(self, transcript, files):
        # A sanitizer's own handlers would exit where the kernel kills.
        plain = {name: "handle_segv=0:use_sigaltstack=0" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}
        result = run(*shlex.split(transcript["args"]), cwd=files, env=plain)
        found = result.stderr[result.stderr.find("error["):]
        if found.startswith("error[E2") and "E2004" not in found and not transcript["args"].startswith("--config"):  # check runs into the same
            tried = run("check", *shlex.split(transcript["args"]), cwd=files, env=plain)
            self.assertEqual((tried.stderr.split("]")[0], tried.returncode), (found.split("]")[0], result.returncode))
        # What this machine offers is not ours to write down.
        found = re.sub(r"this host offers 3\.4\.\d+ \(libstdc\+\+ of gcc [\d.]+\)", "this host offers …", found)
        # A crash report's first line, without the place; what follows has addresses (tests/hostile).
        found = re.sub(r"^  (app|thread|#\d+) .*\n", "", re.sub(r" in \S+\+0x\w+$", "", found, flags=re.M), flags=re.M)
        found = re.sub(r"stack overflow, \d+ MiB", "stack overflow, … MiB", found)
        self.assertEqual(found, transcript["text"])
        self.assertEqual(result.returncode, int(transcript["exit"]))
        for command in re.findall(r"appserve (?:--call )?\S*\.so:\w+", found):
            with self.subTest(command=command), Server(*shlex.split(command)[1:], cwd=files):
                pass  # it serves


if __name__ == "__main__":
    unittest.main()
