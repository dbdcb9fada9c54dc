"""Messages of a start about everything but the plugin's file, word for word, with their exit codes.

start/*.txt are transcripts: `$ [NAME=VALUE …] [setpriv …] appserve ARGS`, what is printed from the first finding on, `exit
CODE`. {hello} is an app, {build} the build; the files below are {here}, in the current folder. Where a `help:` line is a
command that changes something, it is run, and then the app serves.
"""
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import APPS, APPSERVE, BUILD, START_SECONDS, Server, app, environment, folder  # noqa: E402

HELLO = APPS / "libhello.so"
TRANSCRIPT = re.compile(r"\$ (?P<before>.*?)appserve (?P<args>.*)\n(?P<text>(?:.*\n)*?)exit (?P<exit>\d+)\n")
APP = f'[[app]]\nload = "{HELLO}:app"\n'
FILES = {
    "unit.toml": '[limits]\nbody = "10 MBit"\n' + APP,
    "contradiction.toml": '[limits]\nheader = "1 KiB"\ntarget = "2 KiB"\n' + APP,
    "variable.toml": '[[app]]\nload = "${APPS}/libhello.so:app"\n',
    "slash.toml": APP + 'url_prefix = "/a/"\n',
    "hops.toml": '[proxy]\ntrusted = ["127.0.0.1"]\nhops = 0\n' + APP,
}
ANY_PORT = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 81


def make_files(files):
    for name, text in FILES.items():
        (files / name).write_text(text)
    shutil.copy(HELLO, files / "libdark.so")
    (files / "libdark.so").chmod(0)
    source = files / "object.c"
    source.write_text("int x;\n")
    subprocess.run(["cc", "-c", source, "-o", files / "object.o"], check=True)


class Start(unittest.TestCase):
    maxDiff = None

    def test_transcripts(self):
        with folder() as files:
            make_files(files)
            for path in sorted((HERE / "start").glob("*.txt")):
                text = path.read_text().replace("{hello}", str(HELLO)).replace("{build}", str(BUILD))
                text = text.replace("{here}", str(files))
                transcripts = list(TRANSCRIPT.finditer(text))
                self.assertTrue(transcripts, path)
                for transcript in transcripts:
                    with self.subTest(path.name, args=transcript["args"]):
                        self.check(transcript, files)

    def check(self, transcript, files):
        before = shlex.split(transcript["before"])
        variables = dict(word.split("=", 1) for word in before if re.match(r"[A-Z_]+=", word))
        prefix = before[len(variables):]
        if prefix and (os.getuid() != 0 or ("net_bind" in prefix[1] and ANY_PORT)):
            self.skipTest("only root can give up rights, and only rights that are needed")
        result = subprocess.run([*prefix, APPSERVE, *shlex.split(transcript["args"])], capture_output=True, text=True,
                                timeout=START_SECONDS, env=environment(variables), cwd=files)
        said = re.sub(r"^warning\[W40[14]0\].*\n(?:  .*\n)*", "", result.stderr, flags=re.M)  # of this machine
        found = re.search(r"^(error|warning|note)\[(?:.*\n)*", said, re.M)
        self.assertEqual(found[0] if found else "", transcript["text"])
        self.assertEqual(result.returncode, int(transcript["exit"]), result.stderr)


class Help(unittest.TestCase):
    def test_what_makes_a_library_readable(self):
        with folder() as files:
            make_files(files)
            text = (HERE / "start/E1003-not-readable.txt").read_text().replace("{here}", str(files))
            subprocess.run(re.search(r"help: (.*)", text)[1], shell=True, check=True)
            with Server("./libdark.so:app", cwd=files) as server:
                self.assertEqual(server.get("/").status, 200)

    def test_the_folder_for_copies_can_be_named(self):
        with Server(app("hello"), env={"RUNTIME_DIRECTORY": "/proc/nosuch", "APPSERVE_SERVER__RUNTIME_DIR": "/var/tmp"}) as server:
            self.assertEqual(server.get("/").status, 200)


class AtTheStart(unittest.TestCase):
    def test_a_stale_unix_socket_is_removed_and_told(self):
        with folder() as tmp:
            path = tmp / "x.sock"
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(path))
            with Server(app("hello"), "--listen", f"unix:{path}", listen=None) as server:
                self.assertIn(f"[N4005] removed stale socket {path}", server.output)

    def test_a_library_others_may_write_to_is_told(self):
        with folder() as tmp:
            library = tmp / "libopen.so"
            shutil.copy(HELLO, library)
            library.chmod(0o666)
            with Server(f"{library}:app") as server:
                self.assertIn("W1018", server.output)


if __name__ == "__main__":
    unittest.main()
