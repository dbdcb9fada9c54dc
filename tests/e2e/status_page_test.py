"""The status page as an operator meets it: the real server under some load, a real browser."""
import os
import sys
import threading
import unittest

from admin_test import Watched
from harness import ROOT, app

sys.path.insert(0, str(ROOT / "tests" / "plugins"))
import webdriver  # noqa: E402
from webdriver import wait_until  # noqa: E402

SCREENSHOTS = os.environ.get("SCREENSHOTS", "screenshots")


class Load:
    """A few requests of every kind, until it is stopped; one that stays open."""

    def __init__(self, server):
        self.server, self.over = server, threading.Event()
        self.open = server.connect()
        self.open.send_request("GET", "/probe/wait?for=ever&amp;more")
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        targets = ["/", "/hello/ann", "/hello/bob", "/probe/", "/probe/blocking", "/nowhere", "/probe/throw"]
        with self.server.connect() as client:
            while not self.over.wait(0.004):
                for target in targets:
                    client.send_request("GET", target)
                    client.read_response()

    def stop(self):
        self.over.set()
        self.thread.join()
        self.open.close()


CONTRASTS = """
  const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const paper = (e) => {
    const c = numbers(getComputedStyle(e).backgroundColor);
    return c.length === 4 && c[3] === 0 ? paper(e.parentElement) : c;
  };
  return [...document.querySelectorAll('h1, h2, p, th, td, b, span, button')]
    .filter((e) => e.checkVisibility() && e.textContent.trim())
    .map((e) => [light(numbers(getComputedStyle(e).color)), light(paper(e)), e.outerHTML.slice(0, 80)])
    .map(([a, b, text]) => [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), text]).filter(([ratio]) => ratio < 4.5);"""


class StatusPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        driver = webdriver.Driver()
        cls.addClassCleanup(driver.close)
        cls.light = webdriver.Browser(driver)
        cls.addClassCleanup(cls.light.close)
        cls.dark = webdriver.Browser(driver, dark=True)
        cls.addClassCleanup(cls.dark.close)
        cls.light.viewport(1100, 1000)
        cls.dark.viewport(360, 740, scale=2, touch=True)

    def serve(self, *args, **options):
        """The server and the address of its page."""
        server = Watched("--mount", f"/={app('hello')}", "--mount-call", f"/probe={app('probe', 'create_app')}",
                         "--instance", "blue", "--threads", "2", "--shutdown-grace", "0s", *args, **options)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server, server.wait_for_output(r"\badmin\s+(http://\S+)")[1]

    def see(self, browser, text):
        wait_until(lambda: browser.text("#health") == text, f"the words {text!r}")

    def test_it_shows_what_happens(self):
        server, url = self.serve()
        load = Load(server)
        self.addCleanup(load.stop)
        for browser in (self.light, self.dark):
            browser.open(url)
        for browser in (self.light, self.dark):
            self.see(browser, "serving")
            wait_until(lambda: browser.run("return (document.querySelector('.curve').getAttribute('d') ?? '').length") > 40,
                       "some seconds of curves")
        light = self.light
        self.assertEqual(light.text("#instance"), "blue")
        self.assertIn("/probe/wait?for=ever&amp;more", light.text("#flight"), "texts of clients are texts")
        for route in ("/hello/{name}", "/throw", "/blocking"):
            self.assertIn(route, light.text("#routes"))
        self.assertIn("serving", light.text("#workers"))
        self.assertIn("E5001", light.text("#events"))
        rates = light.run("return [...document.querySelectorAll('figcaption b')].map(b => b.textContent)")
        self.assertEqual(len(rates), 6)
        self.assertRegex(rates[0], r"^[1-9][\d.]*( k)? /s$")
        self.assertTrue(all(rate != "–" for rate in rates), rates)
        label = light.run("return document.querySelector('figure svg').getAttribute('aria-label')")
        self.assertRegex(label, r"^Requests: now .* /s; the last \d+ seconds$")

        for name, browser in (("light", self.light), ("dark", self.dark)):
            browser.screenshot(f"{SCREENSHOTS}/status-{name}.png")
            self.assertEqual([entry["message"] for entry in browser.log()], [], "the console")
            loaded = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
            self.assertEqual([one for one in loaded if not one.startswith(url)], [])
            width = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
            self.assertLessEqual(width[0], width[1], "no sideways scrolling")
            self.assertEqual(browser.run(CONTRASTS), [], "contrast of texts")
        papers = [b.run("return getComputedStyle(document.body).backgroundColor") for b in (self.light, self.dark)]
        self.assertEqual(papers, ["rgb(247, 247, 245)", "rgb(19, 21, 24)"])

        light.run("document.querySelector('[aria-checked=true]').focus()")
        light.press("Right", "Right")
        wait_until(lambda: "/hello" not in light.text("#routes") and "/throw" in light.text("#routes"), "one app's routes")
        light.run("document.querySelector('summary').click()")
        self.assertIn("server.threads", light.text("#settings"))
        light.click("#pause")
        self.assertEqual(light.run("return document.querySelector('#pause').getAttribute('aria-pressed')"), "true")
        self.dark.open("about:blank")

    def test_a_token_is_asked_for_and_kept_and_a_server_that_is_gone_is_said(self):
        server, url = self.serve(env={"APPSERVE_ADMIN__TOKEN": "s3cret"})
        self.light.open(url)
        wait_until(lambda: self.light.shown("#unlock"), "the question")
        self.assertFalse(self.light.shown("#content"))
        self.light.run("document.querySelector('#token').value = 's3cret'; document.querySelector('#unlock').requestSubmit()")
        self.see(self.light, "serving")
        self.light.reload()
        self.see(self.light, "serving")
        self.assertFalse(self.light.shown("#unlock"))
        server.stop()
        self.see(self.light, "no answer")
        self.light.open("about:blank")  # it asks no more
        self.light.log()


if __name__ == "__main__":
    if webdriver.missing():
        print("SKIPPED: " + webdriver.missing())
        sys.exit(77)
    unittest.main()
