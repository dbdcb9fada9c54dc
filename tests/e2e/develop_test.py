"""`appserve dev`: builds, serves, builds again on save, shows what is wrong; and that production shows nothing of it."""
import re
import shutil
import time
import unittest

from harness import Installed, Server, folder, run, wait_until

APP = """#include <appserve/app.hpp>

#include <stdexcept>

using namespace appserve;

namespace {
int room(int number) {
  if (number > 0) throw std::runtime_error("no such room");  // the throw
  return number;
}
}  // namespace

APPSERVE_APP(app) {
  app.get("/", [] { return "one\\n"; });
  app.get("/page", [] { return Response::html("<p>hello</p>"); });
  app.get("/rooms/{number}", [](int number) { return std::to_string(room(number)); });
  app.get("/later/{number}", [](int number) -> Task<std::string> {
    co_await sleep(std::chrono::milliseconds(1));
    co_return std::to_string(room(number));
  });
  app.get("/pool/{number}", [](int number) -> Task<std::string> {
    co_return std::to_string(co_await blocking([=] { return room(number); }));
  });
}
"""
PAGE = "Accept: text/html,application/xhtml+xml"
THROW = f"app.cpp:{APP[:APP.index('// the throw')].count(chr(10)) + 1}"


class Project:
    """A new app's folder, with an installed SDK."""

    def __init__(self, tmp, installed):
        self.path = tmp / "myapp"
        assert run("new", "myapp", cwd=tmp).returncode == 0
        ccache = {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache"} if shutil.which("ccache") else {}
        self.env = {**installed.env, **ccache}
        self.save(APP)

    def save(self, text):
        (self.path / "app.cpp").write_text(text)

    def server(self, *args):
        return Server(*args, cwd=self.path, env=self.env)


class Develop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enter = Installed()
        cls.installed = cls.enter.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.enter.__exit__()

    def assert_shows_the_throw(self, server, target, route):
        page = server.get(target, PAGE)
        self.assertEqual(page.status, 500)
        self.assertTrue(page.header("content-type").startswith("text/html"))
        for part in ("std::runtime_error: no such room", f"route {route}", "<h2>Thrown at</h2>", THROW, "room(int)",
                     "application/xhtml+xml", "/_appserve/dev.js"):
            self.assertIn(part, page.text)
        text = server.get(target)
        self.assertTrue(text.header("content-type").startswith("text/plain"))
        self.assertIn(THROW, text.text)

    def test_a_day_at_work(self):
        with folder() as tmp:
            project = Project(tmp, self.installed)
            with project.server("dev") as server:
                wait_until(lambda: server.get("/").text == "one\n", 60, "the first build")
                self.assertEqual(server.get("/page").text,
                                 "<p>hello</p><script src=\"/_appserve/dev.js\"></script>\n")
                self.assert_shows_the_throw(server, "/rooms/7", "/rooms/{number}")
                self.assert_shows_the_throw(server, "/later/7", "/later/{number}")
                self.assert_shows_the_throw(server, "/pool/7", "/pool/{number}")

                with server.connect() as browser:
                    browser.send_request("GET", "/_appserve/dev")
                    self.assertEqual(browser.read_head().header("content-type"), "text/event-stream")
                    self.see(browser)
                    project.save(APP.replace("one", "two"))
                    self.see(browser)
                    self.assertEqual(server.get("/").text, "two\n")

                    project.save(APP.replace("return number;", "return numbr;"))
                    self.see(browser)
                    self.assertRegex(server.output, r"BUILD FAILED +what was built last keeps serving")
                    self.assertRegex(server.output, r"app\.cpp:\d+:\d+: error: ‘numbr’|app\.cpp:\d+:\d+: error: .*numbr")
                    broken = server.get("/", PAGE)
                    self.assertEqual(broken.status, 500)
                    self.assertRegex(broken.text, r'<span class="place">\S*app\.cpp:\d+:\d+:</span> error: .*numbr')
                    self.assertIn("data-change=", broken.text)
                    self.assertEqual(server.get("/").text, "two\n")

                    project.save(APP)
                    self.see(browser)
                    self.assertEqual(server.get("/", PAGE).text, "one\n")

                    config = project.path / "config.toml"
                    config.write_text(config.read_text().replace("[server]\n", "[server]\nthraeds = 1\n"))
                    self.see(browser)
                    refused = server.get("/", PAGE).text
                    self.assertIn("<h1>The app does not start</h1>", refused)
                    self.assertIn("E3002", refused)
                    self.assertEqual(server.get("/").text, "one\n")

                    before = time.monotonic()
                    server.stop()  # a page that waits for news does not hold it up
                    self.assertLess(time.monotonic() - before, 15)

            with Server("build/libmyapp.so:app", cwd=project.path) as server:  # the same library in production
                self.assertEqual(server.get("/page").text, "<p>hello</p>")
                self.assertEqual(server.get("/_appserve/dev").status, 404)
                self.assertEqual(server.get("/_appserve/dev.js").status, 404)
                for target in ("/rooms/7", "/later/7", "/pool/7"):
                    failed = server.get(target, PAGE)
                    self.assertEqual(failed.status, 500)
                    self.assertRegex(failed.text, r"\AInternal Server Error\n\nrequest \w+\n\Z")
                    self.assertFalse([h for h in failed.headers if "room" in str(h) or "app.cpp" in str(h)])

    def see(self, browser):
        """The number of the next state, as a page hears of it."""
        text = ""
        while not (found := re.search(r"data: (\d+)\n\n", text)):
            text += browser.read_chunk().decode()
        return found[1]

    def test_an_app_of_one_file_needs_no_project(self):
        with folder() as tmp:
            source = tmp / "hello.cpp"
            source.write_text(APP.split("#include <stdexcept>")[0] + """
APPSERVE_APP(app) {
  app.get("/", [] { return "one\\n"; });
}
""")
            env = {**self.installed.env, "CXX": "ccache c++" if shutil.which("ccache") else "c++"}
            with Server("dev", "hello.cpp:app", cwd=tmp, env=env) as server:
                wait_until(lambda: server.get("/").text == "one\n", 60, "the first build")
                source.write_text(source.read_text().replace("one", "two"))
                wait_until(lambda: server.get("/").text == "two\n", 60, "the second build")
                source.write_text(source.read_text().replace("return", "retrun"))
                wait_until(lambda: "BUILD FAILED" in server.output, 60, "the third build")
                self.assertRegex(server.get("/", PAGE).text, r'<span class="place">hello\.cpp:\d+:\d+:</span> error: .*retrun')
                self.assertEqual(server.get("/").text, "two\n")

    def test_without_the_sdk_it_says_what_to_install(self):
        with folder() as tmp:
            (tmp / "hello.cpp").write_text(APP)
            with Server("dev", "hello.cpp:app", cwd=tmp, env={"PKG_CONFIG_LIBDIR": str(tmp)}) as server:
                server.wait_for_output("The SDK is missing: install the package appserve-dev")

    def test_the_environment_alone_does_not_switch_it_on(self):
        with folder() as tmp, Server("libhello.so:app", env={"APPSERVE_DEV": str(tmp)}, cwd=tmp) as server:
            self.assertEqual(server.get("/_appserve/dev.js").status, 404)

    def test_a_folder_without_a_project_is_told(self):
        with folder() as tmp:
            told = run("dev", "libhello.so:app", cwd=tmp)
            self.assertEqual(told.returncode, 64)
            self.assertIn("error[E3012]: no CMakeLists.txt in this folder", told.stderr)

    def test_a_taken_port_ends_it_with_the_code_of_a_start(self):
        with folder() as tmp:
            project = Project(tmp, self.installed)
            with Server("libhello.so:app", cwd=tmp) as other:
                told = run("dev", "--listen", f"127.0.0.1:{other.port}", cwd=project.path)
            self.assertEqual(told.returncode, 69)
            self.assertIn("error[E4001]", told.stderr)


if __name__ == "__main__":
    unittest.main()
