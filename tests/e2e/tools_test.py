"""What appserve tells without serving: inspect, explain, and the manual."""
import json
import unittest

from harness import APPS, run


class Inspect(unittest.TestCase):
    def test_names_each_app_with_the_command_that_serves_it(self):
        library = APPS / "libtictactoe.so"
        told = run("inspect", library)
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn(f"appserve --call {library}:create_app\n", told.stdout)
        self.assertIn("libsqlite3.so.0  /", told.stdout)
        self.assertEqual(told.stderr, "")

    def test_json_says_the_same_to_programs(self):
        told = json.loads(run("inspect", "--json", APPS / "libhello_c.so").stdout)
        self.assertEqual(told["language"], "C")
        self.assertEqual(told["apps"], [{"symbol": "app", "call": False}])
        self.assertTrue(all(needed["path"] for needed in told["needs"]))

    def test_an_app_that_cannot_be_served_is_told_with_the_exit_code_of_a_start(self):
        told = run("inspect", f"{APPS}/libhello.so:nosuch")
        self.assertEqual(told.returncode, 65)
        self.assertIn("error[E1020]", told.stderr)
        self.assertIn("libhello.so:app", told.stdout)


class Explain(unittest.TestCase):
    def test_prints_the_page_of_a_code(self):
        told = run("explain", "E1020")
        self.assertEqual(told.returncode, 0)
        self.assertTrue(told.stdout.startswith("E1020 no such symbol\n"))

    def test_a_code_that_does_not_exist_is_an_error(self):
        self.assertEqual(run("explain", "E9999").returncode, 64)


class Manual(unittest.TestCase):
    def test_the_build_made_the_manual_and_the_completions(self):
        share = APPS.parent / "share"
        self.assertEqual((share / "appserve.1").read_text(), run("man").stdout)
        for shell, name in (("bash", "appserve"), ("zsh", "_appserve"), ("fish", "appserve.fish")):
            self.assertEqual((share / name).read_text(), run("completion", shell).stdout)


if __name__ == "__main__":
    unittest.main()
