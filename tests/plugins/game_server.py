"""The real server with the real game, and people who play through the API."""
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import harness  # noqa: E402


class GameServer:
    """One server process. stop() and start() again: the same port, the same database."""

    def __init__(self, prefix="/", **settings):
        self._folder = tempfile.TemporaryDirectory(prefix="appserve-game-")
        self.prefix = prefix.rstrip("/")
        self.settings = {"state": "sqlite:" + os.path.join(self._folder.name, "game.db"), **settings}
        self.port = 0
        self._server = None

    def config(self):
        """Writes its config.toml; the path."""
        values = "".join(f"{name} = {json.dumps(value)}\n" for name, value in self.settings.items())
        path = os.path.join(self._folder.name, "config.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[[app]]\nload = "{harness.app("tictactoe", "create_app")}"\ncall = true\n'
                       f'url_prefix = "{self.prefix or "/"}"\n\n[app.config]\n{values}')
        return path

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.prefix}/"

    def start(self):
        self._server = harness.Server("--config", self.config(), "--threads", "2", listen=f"127.0.0.1:{self.port}")
        self._server.__enter__()
        self.port = self._server.port
        return self

    @property
    def said(self):
        return self._server.output

    def stop(self):
        """Fails unless it is a clean end."""
        self._server.stop()

    def close(self):
        try:
            if self._server and self._server.process.poll() is None:
                self.stop()
        finally:
            self._folder.cleanup()


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.text = response.status, response.headers, response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def request(method, url, body=None, headers=None):
    """Any answer is an answer: 4xx too. A body that is no string goes as JSON."""
    headers = dict(headers or {})
    if body is not None:
        headers.setdefault("content-type", "application/json")
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, body, headers, method=method), timeout=20) as response:
            return Answer(response)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error)


class Player:
    """Somebody with a seat who plays through the API."""

    def __init__(self, server, room, token=""):
        self.room_url = f"{server.url}rooms/{room}"
        self.joined = request("POST", self.room_url + "/join", {"token": token}).json
        self.seat, self.token = self.joined["seat"], self.joined["token"]

    def move(self, cell):
        return request("POST", self.room_url + "/moves", {"cell": cell, "token": self.token})

    def rematch(self):
        return request("POST", self.room_url + "/rematch", {"token": self.token})


def create(server, **options):
    return request("POST", server.url + "rooms", options).json["id"]


class Events:
    """A room's event stream, read as it comes."""

    def __init__(self, server, room, last_event_id=None):
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._stream = opener.open(urllib.request.Request(f"{server.url}rooms/{room}/events", headers=headers),
                                   timeout=20)
        self.headers = self._stream.headers

    def next(self):
        """The next event as {"event", "id", "data"}, or None at the end of the stream."""
        event = {}
        for raw in self._stream:
            line = raw.decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value
            elif not line and "event" in event:
                return event
        return None

    def close(self):
        self._stream.close()
