"""Starts the real server, talks to it in bytes, and stops it; every stop is checked to be a clean one.

    with Server(app("hello")) as server:
        self.assertEqual(server.get("/").status, 200)

CTest sets APPSERVE_BUILD to the build folder under test.
"""
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("APPSERVE_BUILD", ROOT / "build" / "dev"))
APPSERVE = BUILD / "bin" / "appserve"
APPS = BUILD / "apps"

START_SECONDS = 60  # generous: sanitizer builds on busy machines; nothing waits for it when all is well
STOP_SECONDS = 60
READY = re.compile(r"\bready\s+(http://|unix:)\S+")
SANITIZER = re.compile(r"(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:).*")


def app(name, symbol="app"):
    """LIB:SYMBOL of an app of this build."""
    return f"{APPS}/lib{name}.so:{symbol}"


def wait_until(condition, seconds=20, what="the condition"):
    """Polls for what only the outside world can tell; fails with a sentence."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true in {seconds} s")
        time.sleep(0.02)
    return result


def run(*args, **options):
    """Runs appserve to its end: for --help, --version and everything that is refused."""
    return subprocess.run([APPSERVE, *args], capture_output=True, text=True, timeout=START_SECONDS,
                          env=environment(options.pop("env", {})), **options)


def environment(more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("APPSERVE_")}
    return {**clean, "NO_COLOR": "1", **more}


# sd_listen_fds(3): the sockets from descriptor 3 on; the variables name the process that runs the program.
ACTIVATE = """
import fcntl, os, sys
names, fds, program = sys.argv[1].split(":"), sys.argv[2].split(","), sys.argv[3:]
high = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in fds]
for number, fd in enumerate(high):
    os.dup2(fd, 3 + number)
    os.close(fd)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=":".join(names))
os.execv(program[0], program)
"""


def activation(given):
    """The command that runs another one with these sockets."""
    if not given:
        return []
    return [sys.executable, "-c", ACTIVATE, ":".join(given), ",".join(str(s.fileno()) for s in given.values())]


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Server:
    """A running appserve. Listens on a free port of 127.0.0.1 unless the arguments say where."""

    def __init__(self, *args, env=None, cwd=None, listen="127.0.0.1:0", program=APPSERVE, given=None):
        """`given`: sockets by name, handed over as a service manager does."""
        self.args = [str(a) for a in args]
        if listen:
            self.args += ["--listen", listen]
        self.env, self.cwd, self.program, self.given = environment(env or {}), cwd, program, given or {}
        self.output = ""

    def __enter__(self):
        self.process = subprocess.Popen([*activation(self.given), self.program, *self.args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", env=self.env,
                                        cwd=self.cwd, pass_fds=[s.fileno() for s in self.given.values()])
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for_output(READY, START_SECONDS)
        except BaseException:
            self.process.kill()
            self._finish()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None and kind is None:
            self.stop()
        self.process.kill()
        self._finish()
        if kind is not None:
            print(f"--- output of {' '.join(self.args)}\n{self.output}---")

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.output += line
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _finish(self):
        """Collects what is left of an ended process; may be called again."""
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()

    def wait_for_output(self, pattern, seconds=20):
        """Waits until the output matches; returns the match."""
        end = time.monotonic() + seconds
        with self._changed:
            while not (found := re.search(pattern, self.output)):
                left = end - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"no {getattr(pattern, 'pattern', pattern)!r} in the output of "
                                         f"{' '.join(self.args)}:\n{self.output}")
                self._changed.wait(left)
            return found

    @property
    def workers(self):
        """The pids of the workers; of others too that have just ended."""
        return children(self.process.pid)

    @property
    def worker(self):
        (pid,) = self.workers
        return pid

    @property
    def port(self):
        return int(self.wait_for_output(r"\bready\s+http://[\d.]+:(\d+)")[1])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, path=None):
        return Client(path or ("127.0.0.1", self.port))

    def get(self, target, *headers):
        return self.request("GET", target, *headers)

    def request(self, method, target, *headers, body=None):
        """One request on a connection of its own."""
        with self.connect() as client:
            client.send_request(method, target, *headers, body=body)
            return client.read_response(method)

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Stops it and checks that this was a clean end: exit code 0, no sanitizer report."""
        self.send(number)
        self.wait()

    def wait(self, expected=0):
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self._finish()
            raise AssertionError(f"did not stop within {STOP_SECONDS} s:\n{self.output}") from None
        self._finish()
        if report := SANITIZER.search(self.output):
            raise AssertionError(f"{report[0]}\n{self.output}")
        if self.process.returncode != expected:
            raise AssertionError(f"ended with {self.process.returncode}, not {expected}:\n{self.output}")

    def resident_kib(self):
        """Memory in use now, of the whole process tree."""
        pids, total = [self.process.pid], 0
        while pids:
            pid = pids.pop()
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total += int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
                for task in Path(f"/proc/{pid}/task").iterdir():
                    pids += [int(child) for child in (task / "children").read_text().split()]
        return total


@dataclass
class Response:
    status: int
    reason: str
    headers: list = field(default_factory=list)
    body: bytes = b""

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def text(self):
        return self.body.decode()


class Client:
    """One connection, in bytes. Nothing is repaired: a broken answer is an exception."""

    def __init__(self, address, timeout=30):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.buffer = bytearray()
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_request(self, method, target, *headers, body=None):
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def read_until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                raise ConnectionError(f"closed before {mark!r}: {self.buffer!r}")
        part = bytes(self.buffer[: self.buffer.index(mark)])
        del self.buffer[: len(part) + len(mark)]
        return part

    def read_exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise ConnectionError(f"closed {count - len(self.buffer)} bytes early")
        part = bytes(self.buffer[:count])
        del self.buffer[:count]
        return part

    def read_head(self):
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, reason = lines[0].split(" ", 2)
        if version != "HTTP/1.1":
            raise ValueError(lines[0])
        return Response(int(status), reason, [tuple(x.strip() for x in line.split(":", 1)) for line in lines[1:]])

    def read_chunk(self):
        """One chunk's data; empty at the end of the message."""
        data = self.read_exactly(int(self.read_until(b"\r\n").split(b";")[0], 16))
        if self.read_exactly(2) != b"\r\n":
            raise ValueError("a chunk does not end in CRLF")
        return data

    def read_response(self, method="GET"):
        response = self.read_head()
        if method == "HEAD" or response.status in (204, 304) or response.status < 200:
            return response
        if (length := response.header("content-length")) is not None:
            response.body = self.read_exactly(int(length))
        elif response.header("transfer-encoding") == "chunked":
            while chunk := self.read_chunk():
                response.body += chunk
        else:
            while self._more():
                pass
            response.body = self.read_exactly(len(self.buffer))
        return response

    def is_closed_by_peer(self):
        """Waits for the server's end of the connection; anything it still says is an error."""
        return not self._more()


class Installed:
    """This build installed into a folder of its own, which goes with it: `prefix`, and `env` for those who use it."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="appserve-e2e-")
        self.prefix = Path(self._folder.name) / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix], check=True, capture_output=True)
        pkgconfig = next(self.prefix.rglob("appserve.pc")).parent
        self.env = {**os.environ, "PKG_CONFIG_PATH": str(pkgconfig), "CMAKE_PREFIX_PATH": str(self.prefix)}
        self.env["PATH"] = f"{self.prefix}/bin:{self.env['PATH']}"
        return self

    def __exit__(self, *_):
        self._folder.cleanup()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="appserve-e2e-") as name:
        yield Path(name)
