"""docs/guide: every command shown works and prints what is shown; nothing in it is left without a test."""
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / name) for name in ("e2e", "support")]
from harness import APPS, ROOT, Server, folder  # noqa: E402
from pages import BLOCK, blocks, name_of, program  # noqa: E402
from redis_server import RedisServer  # noqa: E402

GUIDE = ROOT / "docs" / "guide"
PAGES = {name_of(path): path for path in sorted(GUIDE.glob("*.md"))}
FOR_OPERATORS = ("coming-from-waitress.md", "logs-and-metrics.md", "behind-a-proxy.md", "checking.md", "developing.md",  # held against the server by tests/e2e
                 "systemd.md", "docker.md", "kubernetes.md", "reload.md", "troubleshooting.md")  # by operators_test.py
TEMPLATES = ROOT / "sdk" / "template"
VOLATILE = re.compile(r"^(date|server|content-length|content-type|connection|allow|accept-ranges|vary): .*\n", re.I | re.M)


def commands(text):
    """[(command, its output)] of a console block."""
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", text, re.M)


class Commands(unittest.TestCase):
    maxDiff = None

    def test_every_command_prints_what_the_page_shows(self):
        with_code = [name for name, path in PAGES.items() if program(path)]
        redis = RedisServer().start()
        self.addCleanup(redis.close)
        apps = "".join(f'[[app]]\nload = "{APPS}/libguide.so:create_{name}"\ncall = true\nurl_prefix = "/{name}"\n' +
                       (f'[app.config]\nredis = "{redis.url}"\n' if name == "redis" else "") for name in with_code)
        tmp = self.enterContext(folder())
        (tmp / "guide.toml").write_text(apps)
        with Server("--config", tmp / "guide.toml", cwd=Path(__file__).parent) as server:
            for name in with_code:
                for command, output in (c for b in blocks(PAGES[name].read_text(), "console") for c in commands(b)):
                    with self.subTest(page=name, command=command):
                        self.check(command.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}/{name}"), output)

    def check(self, command, output):
        got = subprocess.run(command.replace("curl ", "curl -sS "), shell=True, capture_output=True, text=True, timeout=60)
        self.assertEqual(got.returncode, 0, got.stderr)
        printed = VOLATILE.sub("", got.stdout.replace("\r\n", "\n"))
        if output.startswith("HTTP/"):  # the shown lines, in this order
            for line in output.split("\n"):
                self.assertIn(line.lower(), printed.lower())
        else:
            self.assertEqual(printed.rstrip("\n"), output.rstrip("\n"))


class Text(unittest.TestCase):
    def test_what_is_not_run_here_is_what_another_test_runs(self):
        """CMake, TOML and shell blocks: the templates' and the README's, which are built and run."""
        tested = [path.read_text() for path in TEMPLATES.rglob("*") if path.is_file()] + [(ROOT / "README.md").read_text()]
        for path in PAGES.values():
            if path.name in FOR_OPERATORS:
                continue
            for kind, text in BLOCK.findall(path.read_text()):
                if kind in ("cmake", "sh"):
                    for line in filter(None, re.split(r"\n| && ", text)):
                        self.assertTrue(any(line in t for t in tested), f"{path.name}: nobody runs {line!r}")
                else:
                    self.assertIn(kind, ("cpp", "console", "toml"), path.name)

    def test_pages_link_to_what_exists_and_the_list_has_them_all(self):
        listed = (GUIDE / "README.md").read_text()
        for path in PAGES.values():
            if path.name != "README.md":
                self.assertIn(f"({path.name})", listed)
            for link in re.findall(r"\]\(([\w./-]+\.\w+)\)", path.read_text()):
                self.assertTrue((path.parent / link).exists(), f"{path.name} links to {link}")


if __name__ == "__main__":
    unittest.main()
