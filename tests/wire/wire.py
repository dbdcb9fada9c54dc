"""Conversations in bytes with the real server.

A case is a title, what is sent, the answers expected in order, and how the connection is left:
  "open"    a further request on it is answered, and nothing else comes
  "closed"  the server ends it, and nothing else comes
An answer is a status, or (status, content), or (status, content, {field: value or None for absent}).
Every case is run twice: sent at once, and octet by octet. It must not matter.
"""
import re
import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import Server, app  # noqa: E402

HELLO = b"hello\n"
PROBE = b"GET / HTTP/1.1\r\nHost: probe\r\n\r\n"
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Broken(AssertionError):
    """The server sent something that is no HTTP."""


class Answer:
    def __init__(self, version, status, fields):
        self.version, self.status, self.fields, self.content = version, status, fields, b""

    def values(self, name):
        return [value for key, value in self.fields if key == name.lower()]

    def __repr__(self):
        return f"{self.status} {self.fields} {self.content[:100]!r}"


class Conversation:
    """One connection, read as strictly as a client can."""

    def __init__(self, port, seconds=20):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, step=None):
        try:
            for at in range(0, len(data), step or len(data) or 1):
                self.socket.sendall(data[at:at + (step or len(data))])
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before everything was sent; the answer tells

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        data = self.socket.recv(65536)
        self.received += data
        return bool(data)

    def _line(self):
        while b"\r\n" not in self.received:
            if not self._more():
                raise Broken(f"the connection ends within a line: {self.received!r}")
        line, self.received = self.received.split(b"\r\n", 1)
        return line

    def _exactly(self, size):
        while len(self.received) < size:
            if not self._more():
                raise Broken(f"{size - len(self.received)} octets of content are missing")
        data, self.received = self.received[:size], self.received[size:]
        return data

    def answer(self, method="GET"):
        """The next answer, interim ones included."""
        start = self._line()
        found = re.fullmatch(rb"HTTP/(1\.[01]) ([1-5]\d\d) [^\r\n\0]*", start)
        if not found:
            raise Broken(f"no status line: {start!r}")
        fields = []
        while line := self._line():
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.fullmatch(name) or re.search(rb"[\r\n\0]", value):
                raise Broken(f"no field line: {line!r}")
            fields.append((name.decode().lower(), value.strip(b" \t").decode("latin-1")))
        answer = Answer(found[1].decode(), int(found[2]), fields)
        self._read_content(answer, method)
        return answer

    def _read_content(self, answer, method):
        lengths, codings = answer.values("content-length"), answer.values("transfer-encoding")
        if len(lengths) + len(codings) > 1:
            raise Broken(f"framed twice: {answer}")
        if answer.status < 200 or answer.status == 204:
            if lengths or codings:
                raise Broken(f"framing where no content can be: {answer}")
            return
        if method == "HEAD" or answer.status == 304:
            return
        if codings == ["chunked"]:
            while size := int(self._line(), 16):
                answer.content += self._exactly(size)
                if self._line():
                    raise Broken("a chunk is longer than it says")
            if self._line():
                raise Broken("a trailer nobody announced")
        elif lengths:
            answer.content = self._exactly(int(lengths[0]))
        else:
            while self._more():
                pass
            answer.content, self.received = self.received, b""

    def rest(self):
        """What comes until the server closes."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self.received


class WireTest(unittest.TestCase):
    """Cases against one server with the torture app."""
    arguments, env = (), {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(app("torture"), *cls.arguments, env=cls.env)
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def converse(self):
        return Conversation(self.server.port)

    def check(self, cases):
        for title, sent, answers, left in cases:
            for step in (None, 1) if len(sent) < 2000 else (None, 1000):
                with self.subTest(title, step=step), self.converse() as conversation:
                    conversation.send(sent, step)
                    methods = re.findall(rb"^(HEAD) ", sent) and ["HEAD"] or []
                    for number, expected in enumerate(answers):
                        method = methods[number] if number < len(methods) else "GET"
                        self.check_answer(conversation.answer(method), expected)
                    self.check_left(conversation, left)

    def check_answer(self, answer, expected):
        status, content, fields = (*(expected if isinstance(expected, tuple) else (expected,)), None, {})[:3]
        self.assertEqual(answer.status, status, answer)
        if content is not None:
            self.assertEqual(answer.content, content)
        for name, value in (fields or {}).items():
            self.assertEqual(answer.values(name), [] if value is None else [value], name)
        if status >= 200:
            self.assertEqual(len(answer.values("date")), 1, answer)

    def check_left(self, conversation, left):
        if left == "open":
            conversation.send(PROBE)
            self.check_answer(conversation.answer(), (200, HELLO, {"connection": None}))
            conversation.half_close()
        self.assertEqual(conversation.rest(), b"")


def get(fields="Host: a\r\n", line="GET / HTTP/1.1"):
    return f"{line}\r\n{fields}\r\n".encode("latin-1")


def post(fields, content=b"", line="POST /echo HTTP/1.1"):
    return f"{line}\r\nHost: a\r\n{fields}\r\n".encode("latin-1") + content


def chunked(content):
    return post("Transfer-Encoding: chunked\r\n", content)
