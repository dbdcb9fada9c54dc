"""README.md: every command in it works, every output in it is what comes out. A block that nobody runs is a failure."""
import os
import re
import shlex
import shutil
import subprocess
import unittest

from harness import APPS, APPSERVE, ROOT, Installed, Server, folder, run

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.M | re.S)


def blocks(language, containing=""):
    return [text for kind, text in BLOCKS if kind == language and containing in text]


def commands(text):
    """[(command, its output)] of a console block; a $ that ends in a backslash goes on in the next line."""
    found = re.findall(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", text, re.M | re.S)
    return [(command, output) for command, output in found]


def without_volatile(text):
    """Dates, pids, durations, ports and paths differ from run to run."""
    for pattern in (r"pid \d+", r"\d+ ms", r"\d+ threads?", r"\S*/(?=lib\w+\.so)", r":\d{4,5}\b", r"abi [^,]*, [^,]*, ",
                    r"(?i)date: .*", r"\d+ routes"):
        text = re.sub(pattern, "~", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


class Readme(unittest.TestCase):
    def test_every_block_is_known_here(self):
        known = (
            ("cpp", "APPSERVE_APP(app)"), ("sh", "./dev test"), ("console", "$ ./dev serve"), ("console", "$ curl"),
            ("console", "$ appserve"), ("sh", "cmake --install"), ("sh", "c++ hello.cpp"), ("cmake", "appserve_add_app"),
            ("sh", "docker compose up"),
        )
        for kind, text in BLOCKS:
            self.assertTrue(any(kind == k and part in text for k, part in known), f"no test runs:\n{text}")

    def test_hello_is_the_plugin_we_ship(self):
        self.assertIn((ROOT / "plugins/hello/hello.cpp").read_text(), blocks("cpp"))

    def test_the_commands_of_dev_exist(self):
        usage = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
        for name in set(re.findall(r"\./dev (\w+)", README)) - {"help"}:
            self.assertRegex(usage, rf"(?m)^  {name}\b")

    def test_options_named_in_the_table_exist(self):
        table = README.split("## From waitress-serve")[1].split("Not there yet")[0]
        for row in re.findall(r"^\| `?.*", table, re.M):
            typed, ours = row.split("|")[1:3]
            ours += typed if "the same" in ours else ""
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours):
                self.assertNotIn("unknown option", run(option).stderr)

    def test_paths_named_in_the_documents_exist(self):
        for document in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"):
            for path in re.findall(r"[(`]([\w.]+(?:/[\w.-]+)+/?)[)`]", (ROOT / document).read_text()):
                if path.split("/")[0] in ("server", "sdk", "plugins", "tests", "docs", "cmake", "deploy", ".ci", "bench"):
                    self.assertTrue((ROOT / path).exists(), f"{document} names {path}")


class Serving(unittest.TestCase):
    def test_what_serve_prints_and_what_curl_then_gets(self):
        with folder() as tmp:
            shutil.copy(ROOT / "config.toml", tmp)
            with Server("--config", "config.toml", "--color", "never", cwd=tmp) as server:
                shown = without_volatile(commands(blocks("console", "$ ./dev serve")[0])[0][1])
                printed = without_volatile(server.output)
                for line in shown:
                    words = line.split()
                    if words[0] in ("loaded", "mounted", "ready"):
                        self.assertTrue(any(line in p for p in printed), f"{line!r} is not in {printed}")
                for command, output in commands(blocks("console", "$ curl")[0]):
                    self.assertTrue(command.startswith("curl "))
                    got = subprocess.run(command.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}"), shell=True,
                                         capture_output=True, text=True, timeout=60)
                    self.assertEqual(got.returncode, 0, got.stderr)
                    if output.lstrip().startswith("{"):
                        self.assertEqual(re.findall(r'"\w+":', got.stdout), re.findall(r'"\w+":', output))
                    else:
                        self.assertEqual(got.stdout, output)

    def test_the_messages_shown_are_the_messages_printed(self):
        for text in blocks("console", "$ appserve"):
            for command, output in commands(text):
                result = run(*shlex.split(command)[1:], cwd=APPS)
                self.assertNotEqual(result.returncode, 0)
                printed = [line for line in result.stderr.splitlines() if not line.startswith("20")]  # the log's
                self.assertEqual(printed, output.splitlines())


class EmptyFolder(unittest.TestCase):
    """What a newcomer does after installing, with an install of this build in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.enter, cls.installed = folder(), Installed()
        cls.tmp = cls.enter.__enter__()
        cls.installed.__enter__()
        cls.env, cls.prefix = cls.installed.env, cls.installed.prefix

    @classmethod
    def tearDownClass(cls):
        cls.installed.__exit__()
        cls.enter.__exit__(None, None, None)

    def write_project(self, name):
        project = self.tmp / name
        project.mkdir()
        (project / "hello.cpp").write_text(blocks("cpp", "APPSERVE_APP")[0])
        return project

    def assert_says_hello(self, *args, **more):
        with Server(*args, **more) as server:
            self.assertEqual(server.get("/hello/Ada").text, "Hello, Ada!\n")

    def test_the_one_line_build(self):
        project = self.write_project("oneline")
        build, serve = blocks("sh", "c++ hello.cpp")[0].strip().split(" && ")
        subprocess.run(build, shell=True, cwd=project, env=self.env, check=True)
        self.assert_says_hello(*shlex.split(serve)[1:], cwd=project)

    def test_the_cmake_build(self):
        project = self.write_project("cmake")
        (project / "CMakeLists.txt").write_text(blocks("cmake")[0])
        for command in ("cmake -B build", "cmake --build build"):
            subprocess.run(command.split(), cwd=project, env=self.env, check=True, capture_output=True)
        self.assert_says_hello("libhello.so:app", cwd=project)

    def test_the_installed_server_finds_its_own_apps(self):
        installed = self.prefix / "bin" / "appserve"
        self.assertEqual(subprocess.run([installed, "--version"], capture_output=True, check=True).stdout,
                         subprocess.run([APPSERVE, "--version"], capture_output=True, check=True).stdout)
        with Server("libhello.so:app", cwd=self.tmp, program=installed) as server:
            self.assertEqual(server.get("/").text, "Hello, World!\n")


if __name__ == "__main__":
    unittest.main()
