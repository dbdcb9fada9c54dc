"""./dev says in one sentence why it cannot go on. Runs it with a PATH on which things are missing."""
import os
import subprocess
import unittest

from harness import ROOT, folder

TOOLS = ("sh", "dirname", "cat", "nproc", "awk", "grep", "env", "find", "mkdir")


class Dev(unittest.TestCase):
    def run_dev(self, command, **fakes):
        """Runs ./dev with only the listed tools; a fake is the text of a shell script."""
        with folder() as path:
            for tool in TOOLS:
                for place in ("/usr/bin", "/bin"):
                    if os.path.exists(f"{place}/{tool}") and not (path / tool).exists():
                        (path / tool).symlink_to(f"{place}/{tool}")
            for name, script in fakes.items():
                (path / name.replace("_", "-")).write_text(f"#!/bin/sh\n{script}\n")
                (path / name.replace("_", "-")).chmod(0o755)
            return subprocess.run([ROOT / "dev", command], capture_output=True, text=True, timeout=60,
                                  stdin=subprocess.DEVNULL, env={"PATH": str(path)})

    def assert_ends_with_a_sentence(self, result, *parts):
        self.assertEqual(result.returncode, 1, result)
        last = result.stderr.strip().splitlines()[-1]
        self.assertTrue(last.startswith("dev: "), result)
        for part in parts:
            self.assertIn(part, last)

    nothing_is_installed = {"dpkg_query": "exit 1"}
    root = {"id": "echo 0"}

    def test_without_apt_it_lists_what_to_install(self):
        self.assert_ends_with_a_sentence(self.run_dev("serve", **self.root), "no apt-get", "cmake", "libasio-dev")

    def test_without_root_and_sudo_it_gives_the_command_to_run_as_root(self):
        result = self.run_dev("serve", id="echo 1000", apt_get="exit 0", **self.nothing_is_installed)
        self.assert_ends_with_a_sentence(result, "needs root", "apt-get install", "cmake")

    def test_with_a_sudo_that_wants_a_password_nobody_can_type_it_gives_the_command(self):
        result = self.run_dev("test", id="echo 1000", apt_get="exit 0", sudo="exit 1", **self.nothing_is_installed)
        self.assert_ends_with_a_sentence(result, "sudo asks for a password", "doctest-dev")

    def test_without_network_it_says_so(self):
        result = self.run_dev("serve", **self.root, **self.nothing_is_installed, apt_cache="exit 1",
                              apt_get='case "$*" in *update) exit 100 ;; esac')
        self.assert_ends_with_a_sentence(result, "is the network up?")

    def test_a_package_apt_does_not_know_is_named(self):
        result = self.run_dev("serve", **self.root, **self.nothing_is_installed, apt_get="exit 0",
                              apt_cache='case "$*" in *libcli11-dev) exit 1 ;; esac')
        self.assert_ends_with_a_sentence(result, "'libcli11-dev'")

    def test_a_failing_install_is_tried_once_more_with_new_lists(self):
        result = self.run_dev("serve", **self.root, **self.nothing_is_installed, apt_cache="exit 0",
                              apt_get='case "$*" in *install*) exit 100 ;; esac')
        self.assert_ends_with_a_sentence(result, "could not install")
        self.assertEqual(result.stdout.count("apt-get update"), 1, result.stdout)

    def test_when_nothing_is_missing_neither_apt_nor_root_is_needed(self):
        result = self.run_dev("serve", id="echo 1000", dpkg_query="echo installed", apt_get="exit 99",
                              cmake="echo cmake was asked; exit 1", ninja="exit 1")
        self.assertNotIn("installing", result.stdout)
        self.assertNotIn("root", result.stderr)

    def test_an_unknown_command_points_to_help(self):
        self.assert_ends_with_a_sentence(self.run_dev("sevre"), "unknown command 'sevre'", "./dev help")


if __name__ == "__main__":
    unittest.main()
