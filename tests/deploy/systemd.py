#!/usr/bin/env python3
"""The units of deploy/systemd under the real systemd, from the installed package: start, readiness, reload and restart
under load, upgrade, watchdog, stop, and a start by a client.

    sudo tests/deploy/systemd.py

Needs root, systemd as process 1 and the package appserve; without them it says so and ends with 77. It writes
/etc/appserve/walk.toml and a drop-in for appserve@walk, and takes them away again. Nothing else runs it.
"""
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

NAME, PORT = "walk", 8080
SERVICE, SOCKET = f"appserve@{NAME}.service", f"appserve@{NAME}.socket"
CONFIG = Path(f"/etc/appserve/{NAME}.toml")
DROP_IN = Path(f"/run/systemd/system/{SERVICE}.d/walk.conf")
RUNTIME = f"/var/cache/appserve/{NAME}"
MOST_EXPOSED = 1.5
TOML = """[server]
workers = 2
threads = 2

[[app]]
load = "libtictactoe.so:create_app"
call = true

[app.config]
state = "sqlite:games.db"
"""


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}\n{journal()}")
    return done


def journal():
    return subprocess.run(["journalctl", "--no-pager", "-n", "40", "-u", SERVICE], capture_output=True, text=True).stdout


def fact(name, unit=SERVICE):
    return run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()


def wait_until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come true in {seconds} s\n{journal()}")
        time.sleep(0.05)
    return found


def get(path="/", timeout=60):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


class Load:
    """A request every few milliseconds, each on a connection of its own; what is not answered 200 is lost."""

    def __enter__(self):
        self.answers, self.lost, self.over, self.slowest = 0, [], False, 0.0
        self.threads = [threading.Thread(target=self.run) for _ in range(4)]
        for thread in self.threads:
            thread.start()
        return self

    def run(self):
        while not self.over:
            began = time.monotonic()
            try:
                status = get("/rooms")
                if status != 200:
                    self.lost.append(status)
            except OSError as error:
                self.lost.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.answers += 1
            time.sleep(0.005)

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()

    def told(self):
        if self.lost:
            raise SystemExit(f"{len(self.lost)} of {self.answers} requests were lost: {sorted(set(map(str, self.lost)))[:5]}\n{journal()}")
        return f"{self.answers} requests, 0 lost, the slowest took {self.slowest * 1000:.0f} ms"


def timed(*words):
    began = time.monotonic()
    run(*words)
    return f"{(time.monotonic() - began) * 1000:.0f} ms"


def rating():
    text = run("systemd-analyze", "security", "--no-pager", SERVICE, check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", text)[1])
    say(f"systemd-analyze security {SERVICE}: {exposure}")
    if exposure > MOST_EXPOSED:
        raise SystemExit(text)


def start():
    took = timed("systemctl", "start", SOCKET, SERVICE)
    assert get() == 200
    assert fact("ActiveState") == "active" and fact("NotifyAccess") == "main"
    say(f"started and ready after {took}; {fact('StatusText') or 'no status text'}")
    main = fact("MainPID")
    owner = Path(f"/proc/{main}").stat().st_uid
    assert owner != 0, "it runs as root"
    environment = Path(f"/proc/{children(main)[0]}/environ").read_bytes()
    assert b"LISTEN_FDS=" not in environment and b"NOTIFY_SOCKET=" not in environment
    say(f"runs as uid {owner}; its workers see neither LISTEN_FDS nor NOTIFY_SOCKET")


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def reload():
    with Load() as load:
        wait_until(lambda: load.answers > 100, "load")
        took = [timed("systemctl", "reload", SERVICE) for _ in range(5)]
        time.sleep(1)
    say(f"5 reloads ({', '.join(took)}): {load.told()}")
    CONFIG.write_text(TOML + "\n[limits]\nbodie = 3\n")
    failed = run("systemctl", "reload", SERVICE, check=False)
    assert failed.returncode != 0, "a reload with a broken configuration was said to be well"
    assert "E3002" in journal(), journal()
    assert fact("ActiveState") == "active" and get() == 200
    CONFIG.write_text(TOML)
    run("systemctl", "reload", SERVICE)
    say("a reload with a broken configuration fails, says why (E3002), and changes nothing")


def upgrade():
    main = fact("MainPID")
    with Load() as load:
        wait_until(lambda: load.answers > 100, "load")
        run("appserve", "ctl", "upgrade", "--wait", "--runtime-dir", RUNTIME)
        run("systemctl", "reload", SERVICE)
        time.sleep(1)
    assert fact("MainPID") == main and fact("ActiveState") == "active"
    say(f"upgrade under the same pid, then a reload: {load.told()}")


def restart():
    with Load() as load:
        wait_until(lambda: load.answers > 100, "load")
        took = [timed("systemctl", "restart", SERVICE) for _ in range(5)]
        time.sleep(1)
    say(f"5 restarts ({', '.join(took)}): {load.told()}")


def watchdog():
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    DROP_IN.write_text("[Service]\nWatchdogSec=4s\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", SERVICE)
    time.sleep(10)
    assert fact("NRestarts") == "0", "the watchdog bit a server that was well"
    say("10 s with WatchdogSec=4s: left alone")
    began = time.monotonic()
    for worker in children(fact("MainPID")):
        os.kill(int(worker), signal.SIGSTOP)  # its loops answer no more, and it cannot say so
        wait_until(lambda: Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", "its stop")
    assert get() == 200  # it waited in the queue
    say(f"workers that hang: started anew by systemd, the waiting request was answered after "
        f"{time.monotonic() - began:.1f} s; restarts: {fact('NRestarts')}, result: {fact('Result')}")
    assert fact("NRestarts") == "1"
    DROP_IN.unlink()
    run("systemctl", "daemon-reload")


def stop():
    with Load() as load:
        wait_until(lambda: load.answers > 100, "load")
        load.over = True
    took = timed("systemctl", "stop", SERVICE)
    assert fact("Result") == "success" and fact("ExecMainStatus") == "0", journal()
    say(f"stopped after {took}: {fact('Result')}, exit code {fact('ExecMainStatus')}")
    began = time.monotonic()
    assert fact("ActiveState") == "inactive" and get() == 200
    say(f"the next client started it: answered after {(time.monotonic() - began) * 1000:.0f} ms")
    run("systemctl", "stop", SERVICE, SOCKET)
    try:
        get()
        raise SystemExit("somebody still listens")
    except ConnectionRefusedError:
        pass


def main():
    if os.geteuid() != 0 or not Path("/run/systemd/system").is_dir() or not shutil.which("appserve"):
        print("not root, no systemd, or the package appserve is not installed: skipped")
        return 77
    CONFIG.parent.mkdir(exist_ok=True)
    CONFIG.write_text(TOML)
    try:
        run("systemctl", "daemon-reload")
        for step in (rating, start, reload, upgrade, restart, watchdog, stop):
            step()
    finally:
        subprocess.run(["systemctl", "stop", SERVICE, SOCKET], capture_output=True)
        for file in (CONFIG, DROP_IN):
            file.unlink(missing_ok=True)
        subprocess.run(["systemctl", "daemon-reload"])
    say("all well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
