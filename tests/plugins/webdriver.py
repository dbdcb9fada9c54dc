"""Just enough of a W3C WebDriver client to drive Debian's chromium, from the standard library alone."""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Space": "\ue00d", "Tab": "\ue004", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014",
        "Down": "\ue015"}
CHROMIUM_FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                  "--disable-quic", "--disable-extensions", "--no-proxy-server",
                  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


def missing():
    """Why no browser can be driven here; empty if one can."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return ""
    return "chromium is not installed: apt install chromium chromium-driver"


def wait_until(condition, what, seconds=20):
    """The first true value of condition(); what a person would see in the browser has no event to wait for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.03)


def _request(method, url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        answer = json.load(error)["value"]
        raise RuntimeError(f"{method} {url}: {answer['error']}: {answer['message'].splitlines()[0]}") from None


class Driver:
    """A running chromedriver."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)
        wait_until(self._ready, "chromedriver")

    def _ready(self):
        if self._process.poll() is not None:
            raise RuntimeError("chromedriver ended at once")
        try:
            return _request("GET", self.url + "/status")["ready"]
        except OSError:
            return False

    def close(self):
        self._process.terminate()
        self._process.wait(10)


class Browser:
    """One chromium with a profile of its own: another person, as far as the page can tell."""

    def __init__(self, driver, width=1100, height=900, dark=False, flags=()):
        self._profile = tempfile.mkdtemp(prefix="appserve-browser-")
        options = {"args": [*CHROMIUM_FLAGS, *flags, f"--window-size={width},{height}",
                            f"--user-data-dir={self._profile}"]}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options,
                        "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            session = _request("POST", driver.url + "/session", {"capabilities": {"alwaysMatch": capabilities}})
        except BaseException:
            shutil.rmtree(self._profile, ignore_errors=True)
            raise
        self._url = f"{driver.url}/session/{session['sessionId']}"
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def close(self):
        _request("DELETE", self._url)
        shutil.rmtree(self._profile, ignore_errors=True)

    def devtools(self, command, **parameters):
        return _request("POST", self._url + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def viewport(self, width, height, scale=1, touch=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                      mobile=touch)

    def network(self, online):
        self.devtools("Network.enable")
        self.devtools("Network.emulateNetworkConditions", offline=not online, latency=0, downloadThroughput=-1,
                      uploadThroughput=-1)

    def open(self, url):
        _request("POST", self._url + "/url", {"url": url})

    def reload(self):
        _request("POST", self._url + "/refresh", {})

    def url(self):
        return _request("GET", self._url + "/url")

    def run(self, script, *arguments):
        return _request("POST", self._url + "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        found = _request("POST", self._url + "/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def click(self, selector):
        _request("POST", f"{self._url}/element/{self.find(selector)}/click", {})

    def text(self, selector):
        return _request("GET", f"{self._url}/element/{self.find(selector)}/text")

    def shown(self, selector):
        return self.run("const e = document.querySelector(arguments[0]); return !!e && e.checkVisibility()", selector)

    def press(self, *names):
        actions = []
        for name in names:
            key = KEYS.get(name, name)
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        _request("POST", self._url + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def log(self):
        """What the browser's console has to complain about since the last call."""
        return _request("POST", self._url + "/se/log", {"type": "browser"})

    def screenshot(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(_request("GET", self._url + "/screenshot")))
