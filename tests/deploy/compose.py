#!/usr/bin/env python3
"""docker-compose.yml, walked for real: two instances, Redis and nginx come up healthy, two people play through nginx while
others look on, one instance is killed, the other one stopped, and nobody loses a request.

    tests/deploy/compose.py [--no-build] [--keep]

Needs a Docker engine with compose; without one it says so and ends with 77. Nothing else runs it: it takes minutes.
"""
import http.client
import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = 8080
INSTANCES = ("tictactoe1", "tictactoe2")


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def docker(*words, check=True):
    done = subprocess.run(["docker", *words], cwd=ROOT, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise SystemExit(f"docker {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def compose(*words):
    return docker("compose", *words)


def container(service):
    return compose("ps", "--all", "--quiet", service)


def state(service):
    return json.loads(docker("inspect", container(service)))[0]


def wait_until(condition, what, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come true in {seconds} s\n{compose('ps', '--all')}\n{compose('logs', '--tail=40')}")
        time.sleep(0.2)


class Browser:
    """Keeps a connection, and tries a GET again on a new one when the old one turns out to be closed, as browsers do."""

    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)

    def ask(self, method, path, body=None):
        for attempt in (1, 2):
            reused = self.connection.sock is not None
            try:
                self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                        {"content-type": "application/json"} if body is not None else {})
                answer = self.connection.getresponse()
                return answer.status, answer.read().decode()
            except (ConnectionError, http.client.RemoteDisconnected):
                self.connection.close()
                if not reused or method != "GET" or attempt == 2:
                    raise

    def must(self, method, path, body=None):
        status, text = self.ask(method, path, body)
        if status not in (200, 201):
            raise SystemExit(f"{method} {path}: {status} {text}")
        return json.loads(text) if text.startswith("{") else text


class Audience:
    """People who look at the page and at a room, without end; what they do not get is a failure."""

    def __init__(self, room, people=4):
        self.answers, self.failures, self.over, self.path = 0, [], False, f"/rooms/{room}"
        self.threads = [threading.Thread(target=self.look) for _ in range(people)]
        for thread in self.threads:
            thread.start()

    def look(self):
        browser = Browser()
        while not self.over:
            for path in (self.path, "/"):
                try:
                    status, _ = browser.ask("GET", path)
                    if status != 200:
                        self.failures.append(f"GET {path}: {status}")
                except OSError as error:
                    self.failures.append(f"GET {path}: {error!r}")
                self.answers += 1
            time.sleep(0.01)

    def leave(self):
        self.over = True
        for thread in self.threads:
            thread.join()


def play(room, between=lambda turn: None):
    """A whole game; `between` moves something happens."""
    x, o = Browser(), Browser()
    tokens = [player.must("POST", f"/rooms/{room}/join", {})["token"] for player in (x, o)]
    for turn, (player, token, cell) in enumerate(((x, tokens[0], 0), (o, tokens[1], 3), (x, tokens[0], 1),
                                                  (o, tokens[1], 4), (x, tokens[0], 2))):
        between(turn)
        player.must("POST", f"/rooms/{room}/moves", {"token": token, "cell": cell})
    end = x.must("GET", f"/rooms/{room}")
    if (end["status"], end["winner"]) != ("won", "X"):
        raise SystemExit(f"the game ended as {end}")


def new_room():
    return Browser().must("POST", "/rooms", {})["id"]


def check_containers():
    """What the compose file promises: nobody is root, nothing is writable but what is named, process 1 is the supervisor."""
    for service in INSTANCES:
        facts = state(service)
        assert facts["HostConfig"]["ReadonlyRootfs"], service
        assert facts["HostConfig"]["CapDrop"] == ["ALL"], service
        inside = lambda *words: docker("exec", facts["Id"], *words)
        assert inside("id", "-u") != "0", service
        assert inside("cat", "/proc/1/comm") == "appserve", service
        status = inside("cat", "/proc/1/status")
        assert re.search(r"^CapEff:\t0+$", status, re.M) and re.search(r"^NoNewPrivs:\t1$", status, re.M), status
        written = subprocess.run(["docker", "exec", facts["Id"], "touch", "/usr/x"], capture_output=True, text=True)
        assert "Read-only file system" in written.stderr, written.stderr
        # An orphan of a shell that is gone: process 1 collects it.
        inside("sh", "-c", "sh -c 'sleep 0.2 & ' ; sleep 1")
        zombies = [s for s in inside("sh", "-c", "cat /proc/[0-9]*/status").split("Name:") if "State:\tZ" in s]
        assert not zombies, zombies
    say("both run as a user, read-only, without capabilities; process 1 collects orphans")


def walk():
    compose("up", "--detach", *([] if "--no-build" in sys.argv else ["--build"]), "--pull", "missing")
    for service in (*INSTANCES, "redis"):
        wait_until(lambda: state(service)["State"].get("Health", {}).get("Status") == "healthy", f"{service} healthy")
    wait_until(lambda: serves(), "nginx")
    size = int(docker("image", "inspect", "--format", "{{.Size}}", "appserve"))
    say(f"up and healthy; the image has {size / 1e6:.0f} MB")
    check_containers()

    play(new_room())
    say("a game was played through nginx")

    room = new_room()
    audience = Audience(room)
    wait_until(lambda: audience.answers > 200, "an audience")

    def while_one_dies(turn):
        if turn == 2:
            docker("kill", "--signal", "KILL", container("tictactoe1"))
            say("tictactoe1 was killed in the middle of a game")

    play(room, while_one_dies)
    say(f"the game went on to its end; {audience.answers} requests of the audience, {len(audience.failures)} lost")
    wait_until(lambda: state("tictactoe1")["State"]["Status"] == "exited" or healthy("tictactoe1"), "its end")
    compose("up", "--detach", "--no-recreate", "--no-build")
    wait_until(lambda: healthy("tictactoe1"), "tictactoe1 healthy again")

    def while_one_stops(turn):
        if turn == 2:
            began = time.monotonic()
            compose("stop", "tictactoe2")
            code = state("tictactoe2")["State"]["ExitCode"]
            say(f"tictactoe2 was stopped in the middle of a game: exit code {code} after {time.monotonic() - began:.1f} s")
            assert code == 0

    before = len(audience.failures)
    play(new_room(), while_one_stops)
    say(f"the game went on to its end; {audience.answers} requests by now, {len(audience.failures) - before} lost")
    audience.leave()
    if audience.failures:
        raise SystemExit("lost: " + "; ".join(sorted(set(audience.failures))[:10]) + f" ({len(audience.failures)} in all)")


def healthy(service):
    return state(service)["State"].get("Health", {}).get("Status") == "healthy"


def serves():
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).status == 200
    except OSError:
        return False


def main():
    if not have_docker():
        print("no Docker engine with compose: skipped")
        return 77
    try:
        walk()
    finally:
        if "--keep" not in sys.argv:
            compose("down", "--volumes", "--timeout", "40")
            say("down")
    left = docker("ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=" + ROOT.name)
    assert not left or "--keep" in sys.argv, left
    say("nothing was lost")
    return 0


def have_docker():
    try:
        return all(subprocess.run(["docker", *words], capture_output=True).returncode == 0
                   for words in (["info"], ["compose", "version"]))
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
