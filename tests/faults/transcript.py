"""Transcripts: what a person types, what is printed from the first finding on, and the exit code.

    + COMMAND                 what is there before: a shell command, in an empty folder of the transcript's own
    $ [NAME=VALUE …] [PROGRAM ARG …] appserve ARGS
    error[E1001]: …           {names} are filled in, see PLACES
    exit 65

and after that what becomes of the advice in it; every `help:` line and every "did you mean" has one of these:

    tried COMMAND             the message has this command in it (… is a place to fill in), and it works: a server serves,
                              anything else exits with 0
    edited FILE:N TEXT        what the message says, done: with this as the file's line N (⏎ ends one) the settings are good
    again                     the command at the top is good now, after what was tried
    untried REASON            why a test cannot follow it

`appserve ARGS` without a subcommand serves on a free port until it is stopped; what is good is told by `print-config` for
settings, by `check` for all of it.
"""
import os
import platform
import re
import shlex
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import APPS, APPSERVE, BUILD, START_SECONDS, Server, environment, folder, run  # noqa: E402

FIXTURES = BUILD / "tests" / "unit" / "app" / "fixtures"
MACHINE = platform.machine()
# What {names} stand for.
PLACES = {
    "apps": APPS, "hello": APPS / "libhello.so", "build": BUILD, "fixtures": FIXTURES, "uid": os.getuid(),
    "version": run("--version").stdout.split()[-1], "machine": {"x86_64": "x86-64"}.get(MACHINE, MACHINE),
    "platform": {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}.get(MACHINE, ""),
    "hello_size": (FIXTURES / "libhello.so").stat().st_size, "pid": os.getpid(),
    "somaxconn": Path("/proc/sys/net/core/somaxconn").read_text().strip(),
}
SUBCOMMANDS = {"check", "inspect", "print-config", "explain", "ctl", "new", "dev", "completion", "man", "--help"}
# Of the machine or the account, not of what is tried; left out unless the transcript is about them.
MACHINES_OWN = {"W4010", "W4021", "W4040", "W1018"}
CHECKED = {"E2001", "E2002", "E2003", "E2005", "E2006", "E2007", "E2008", "E2012"}
FINDING = re.compile(r"^(?:error|warning|note)\[(\w\d{4})\]: .*\n(?:(?:  | +\d+ \|).*\n)*", re.M)
WHERE = re.compile(r"listen|LISTEN|--host|--port|--unix-socket|--fd|socket")
LOGGED = re.compile(r"^\S+ +(?:error|warn|info) *\[(\w)(\d{4})\] (.*\n)", re.M)
SEVERITY = {"E": "error", "W": "warning", "N": "note"}
# A sanitizer's own handlers would exit where the kernel kills.
PLAIN = {name: "handle_segv=0:use_sigaltstack=0" for name in ("ASAN_OPTIONS", "TSAN_OPTIONS")}


@dataclass
class Transcript:
    name: str
    before: list = field(default_factory=list)
    inherited: int = 0  # of `before`
    command: str = ""
    text: str = ""
    exit: int = 0
    after: list = field(default_factory=list)  # (verb, rest)

    def __str__(self):
        made = "".join(f"+ {line}" for line in self.before[self.inherited:])
        done = "".join(f"{verb} {rest}".rstrip() + "\n" for verb, rest in self.after)
        return f"{made}$ {self.command}\n{self.text}exit {self.exit}\n{done}"

    @property
    def code(self):
        return self.name.split("-")[0]

    def advice(self):
        """What the message tells people to type, a piece at a time."""
        pieces, helping = [], False
        for line in self.text.splitlines():
            if (at := re.match(r" +(?:= )?help: +(.*)", line)):
                pieces.append(at[1])
                helping = True
            elif helping and line.startswith("        "):
                pieces.append(line.strip())
            else:
                helping = False
                if "did you mean" in line:
                    pieces.append(re.search(r"did you mean (?:'(.*?)'|(.*?)) ?\?", line).expand(r"\1\2"))
        return [re.sub(r" {2,}\(.*\)$", "", piece) for piece in pieces]  # without what is said about it


def read(path):
    """The transcripts of a file; a blank line separates them. What is made before one is there for the next."""
    found = []
    for part in path.read_text().split("\n\n"):
        inherited = list(found[-1].before) if found else []
        one = Transcript(path.stem, inherited, len(inherited))
        for line in part.rstrip("\n").splitlines(keepends=True):
            if line.startswith("+ "):
                one.before.append(line[2:])
            elif line.startswith("$ "):
                one.command = line[2:].strip()
            elif one.command and (end := re.match(r"exit (\d+)$", line)):
                one.exit = int(end[1])
            elif (verb := re.match(r"(tried|edited|again|untried)\b ?(.*)", line)):
                one.after.append((verb[1], verb[2]))
            elif one.command:
                one.text += line
            else:
                one.before[-1] += line  # a here-document's
        if not one.command:
            raise ValueError(f"{path}: no command in {part!r}")
        found.append(one)
    return found


def unfollowed(one):
    """The advice that nothing is done about."""
    if any(verb == "untried" and rest for verb, rest in one.after):
        return []
    tried = [rest for verb, rest in one.after if verb == "tried"]
    edited = [rest.partition(" ")[2] for verb, rest in one.after if verb == "edited"]
    return [piece for piece in one.advice()
            if not any(follows(text, piece) for text in tried)
            and not any(piece in text or " " in piece for text in edited)]  # more than a word is said to a person


def follows(done, piece):
    """Whether this is what the piece of advice says: it is in it, or it is in this, or … is filled in."""
    piece = piece.rpartition(":  ")[2].strip()  # "drop --call:   appserve …"
    if done in piece or piece in done:
        return True
    words = piece.split(" ")
    return any(re.fullmatch(re.escape(" ".join(words[i:])).replace("…", ".+"), done) for i in range(len(words)))


class Runner:
    """Runs a transcript in a folder of its own."""

    def __init__(self, one):
        self.one = one

    def fill(self, text):
        for name, value in {**PLACES, **self.places}.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def unfill(self, text):
        places = {**PLACES, **self.places}
        for name in sorted(places, key=lambda name: -len(str(places[name]))):
            if len(str(places[name])) > 3:  # a shorter one may be anything
                text = text.replace(str(places[name]), "{" + name + "}")
        return text

    def __enter__(self):
        self.tmp = folder()
        self.here = self.tmp.__enter__()
        self.busy = socket.create_server(("127.0.0.1", 0))
        self.live = socket.socket(socket.AF_UNIX)
        self.live.bind(f"{self.here}/live.sock")
        self.live.listen()
        self.places = {"here": self.here, "busy": self.busy.getsockname()[1], "next": self.busy.getsockname()[1] + 1}
        for command in self.one.before:
            self.shell(self.fill(command))
        return self

    def __exit__(self, *_):
        self.busy.close()
        self.live.close()
        self.tmp.__exit__(None, None, None)

    def shell(self, command):
        env = environment({**PLAIN, "PATH": f"{BUILD}/bin:{os.environ['PATH']}"})
        done = subprocess.run(command, shell=True, cwd=self.here, env=env, capture_output=True, text=True,
                              timeout=START_SECONDS, executable="/bin/sh")
        if done.returncode != 0:
            raise AssertionError(f"{command!r} exits with {done.returncode}:\n{done.stdout}{done.stderr}")

    def words(self, command):
        """(variables, words before appserve, arguments)"""
        words = shlex.split(command)
        at = words.index("appserve")
        variables = {}
        while at > len(variables) and re.match(r"[A-Za-z_]+=", words[len(variables)]):
            name, _, value = words[len(variables)].partition("=")
            variables[name] = value
        return variables, words[len(variables):at], words[at + 1:]

    def run(self, variables, prefix, args):
        about_sockets = WHERE.search(" ".join([*self.one.before, self.one.command]))
        anywhere = {} if about_sockets else {"APPSERVE_SERVER__LISTEN": "127.0.0.1:0"}  # others have the default port
        return subprocess.run([*prefix, APPSERVE, *args], capture_output=True, text=True, timeout=START_SECONDS,
                              env=environment({**PLAIN, **anywhere, **variables}), cwd=self.here, stdin=subprocess.DEVNULL)

    def printed(self):
        """(what the command prints from the first finding on, its exit code)"""
        variables, prefix, args = self.words(self.fill(self.one.command))
        if self.one.exit == 0 and not (args and args[0] in SUBCOMMANDS):
            with Server(*args, env={**PLAIN, **variables}, cwd=self.here, listen=None) as server:
                pass
            said = LOGGED.sub(lambda found: f"{SEVERITY[found[1]]}[{found[1]}{found[2]}]: {found[3]}", server.output)
            return self.findings(said), 0
        done = self.run(variables, prefix, args)
        return self.findings(done.stderr), done.returncode

    def findings(self, text):
        text = "".join(found[0] for found in FINDING.finditer(text)
                       if found[1] == self.one.code or found[1] not in MACHINES_OWN)
        # What this machine offers is not ours to write down.
        text = re.sub(r"this host offers 3\.4\.\d+ \(libstdc\+\+ of gcc [\d.]+\)", "this host offers …", text)
        text = re.sub(r"^  there are:(?: .*\n)", "  there are: …\n", text, flags=re.M)
        text = re.sub(r"(it waits in  ).*", r"\1…", text)
        text = re.sub(r"^  they have \d+ bytes", "  they have … bytes", text, flags=re.M)  # a sanitizer's are among them
        # A crash report's first line, without the place; what follows has addresses (tests/hostile).
        text = re.sub(r"^  (app|thread|#\d+) .*\n", "", re.sub(r" in \S+\+0x\w+$", "", text, flags=re.M), flags=re.M)
        return re.sub(r"stack overflow, \d+ MiB", "stack overflow, … MiB", text)

    def follow(self, verb, rest):
        rest = self.fill(rest)
        if verb == "tried":
            self.try_command(rest)
        elif verb == "edited":
            place, _, text = rest.partition(" ")
            name, _, number = place.rpartition(":")
            lines = (self.here / name).read_bytes().decode(errors="replace").splitlines()
            lines[int(number) - 1:int(number)] = text.split("⏎")
            (self.here / name).write_text("\n".join(lines) + "\n")
            self.judge("print-config")
        elif verb == "again":
            self.judge("check")

    def try_command(self, command):
        if "appserve" not in shlex.split(command) or "&&" in command:
            return self.shell(command)
        variables, prefix, args = self.words(command)
        if args and args[0] in SUBCOMMANDS:
            return self.shell(command)
        where = {"listen": None} if any(a.split("=")[0] in ("--listen", "--host", "--port", "--unix-socket") for a in args) else {}
        with Server(*args, env=variables, cwd=self.here, **where):
            pass

    def judge(self, how):
        variables, prefix, args = self.words(self.fill(self.one.command))
        done = self.run(variables, prefix, args if args and args[0] in SUBCOMMANDS else [how, *args])
        if done.returncode != 0:
            raise AssertionError(f"{how} exits with {done.returncode}:\n{done.stdout}{done.stderr}")

    def is_told_by_check(self):
        """Whether `check` says what the start says, and exits as it does."""
        variables, prefix, args = self.words(self.fill(self.one.command))
        done = self.run(variables, prefix, ["check", *args])
        return f"error[{self.one.code}]: " in done.stderr and done.returncode == self.one.exit


def failures(one):
    """What is wrong with a transcript: texts, none when all is well."""
    wrong = [f"nothing is done about the advice {piece!r}" for piece in unfollowed(one)]
    try:
        with Runner(one) as runner:
            text, code = runner.printed()
            if (text, code) != (runner.fill(one.text), one.exit):
                return wrong + [f"printed\n{text}exit {code}\nnot\n{runner.fill(one.text)}exit {one.exit}"]
            if one.code in CHECKED and not runner.is_told_by_check():
                wrong.append("check says something else")
            for verb, rest in one.after:
                runner.follow(verb, rest)
    except (AssertionError, OSError, subprocess.SubprocessError, ValueError) as failure:
        wrong.append(str(failure))
    return wrong
