"""The guide's pages for operators: console blocks are run beside a server, in its folder, and print what is shown ("…" is
anything); pages with commands for systemd, Docker or Kubernetes say which program of tests/deploy tries them."""
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import APPS, APPSERVE, ROOT, Server, environment, folder  # noqa: E402
from pages import blocks  # noqa: E402

GUIDE = ROOT / "docs" / "guide"
WITH_MACHINES = ("systemd", "docker", "kubernetes")


def commands(text):
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", text, re.M)


class Operators(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        tmp = folder()
        self.tmp = tmp.__enter__()
        self.addCleanup(tmp.__exit__, None, None, None)
        self.config = self.tmp / "config.toml"
        self.good = (f'[server]\nruntime_dir = "{self.tmp}/run"\n[[app]]\nload = "{APPS}/libhello.so:app"\n')
        self.config.write_text(self.good)

    def serve(self):
        return Server("--config", self.config, cwd=self.tmp)

    def check(self, block):
        for command, shown in commands(block):
            with self.subTest(command=command):
                result = subprocess.run(command.replace("APPS/", f"{APPS}/"), shell=True, cwd=self.tmp, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                                        env={**environment({}), "PATH": f"{APPSERVE.parent}:/usr/bin:/bin"})
                if shown:
                    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("…"))
                    self.assertRegex(result.stdout, f"^{pattern}")
                else:
                    self.assertEqual(result.returncode, 0, result.stdout)

    def page(self, name):
        return blocks((GUIDE / f"{name}.md").read_text(), "console")

    def test_reload(self):
        well, broken = self.page("reload")
        with self.serve():
            self.check(well)
            self.config.write_text(f'[server]\nruntime_dir = "{self.tmp}/run"\n[[app]]\nload = "{APPS}/libhello.so:app"\n'
                                   "[limits]\nbodie = 3\n")
            self.check(broken)
            self.config.write_text(self.good)

    def test_troubleshooting(self):
        explain, look = self.page("troubleshooting")
        self.check(explain)
        with self.serve():
            self.check(look)

    def test_commands_for_other_machines_name_who_tries_them(self):
        for name in WITH_MACHINES:
            text = (GUIDE / f"{name}.md").read_text()
            programs = re.findall(r"`(tests/deploy/\w+\.py)`", text)
            self.assertTrue(programs, name)
            for program in programs:
                self.assertTrue((ROOT / program).is_file(), program)
            self.assertIn("not part of `./dev test`" if name != "kubernetes" else "not run on a cluster", text)

    def test_every_code_a_page_names_is_one(self):
        known = (ROOT / "server" / "base" / "fault.hpp").read_text()
        for path in GUIDE.glob("*.md"):
            for severity, number in re.findall(r"\b([EWN])(\d{4})\b", path.read_text()):
                self.assertIn(f"Fault{{'{severity}', {number},", known, path.name)


if __name__ == "__main__":
    unittest.main()
