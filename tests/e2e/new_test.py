"""`appserve new`: each template builds, passes its tests and serves, in an empty folder, with an installed SDK."""
import shutil
import subprocess
import unittest

from harness import Installed, Server, folder, run

ANSWERS = {"minimal": ("/hello/Ada", "Hello, Ada!\n"), "api": ("/notes", "[]"), "game": ("/", None),
           "c": ("/", "Hello from my-app2!\n")}


class New(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installed = Installed()
        cls.installed.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.installed.__exit__()

    def test_every_template_builds_tests_and_serves(self):
        for kind, (path, answer) in ANSWERS.items():
            with self.subTest(kind), folder() as tmp:
                made = run("new", "my-app2", "--template", kind, cwd=tmp)
                self.assertEqual(made.returncode, 0, made.stderr)
                project = tmp / "my-app2"
                files = sorted(str(p.relative_to(project)) for p in project.rglob("*") if p.is_file())
                self.assertEqual(files, [line.strip() for line in made.stdout.split("\n\n")[0].splitlines()[1:]])
                self.assertFalse([f for f in files if "myapp" in (project / f).read_text()])
                for command in made.stdout.split("\n\n")[1].splitlines()[2:-1]:
                    done = subprocess.run(command, shell=True, cwd=project, env=self.environment(), text=True,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    self.assertEqual(done.returncode, 0, done.stdout)
                with Server("--config", "config.toml", cwd=project) as server:
                    got = server.get(path)
                    self.assertEqual(got.text, answer if answer is not None else (project / "static/index.html").read_text())

    def environment(self):
        ccache = {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CMAKE_C_COMPILER_LAUNCHER": "ccache"}
        return {**self.installed.env, **(ccache if shutil.which("ccache") else {})}

    def test_nothing_is_overwritten(self):
        with folder() as tmp:
            (tmp / "there").mkdir()
            refused = run("new", "there", cwd=tmp)
            self.assertEqual(refused.returncode, 64)
            self.assertEqual(refused.stderr, "error[E3023]: the folder 'there' cannot be made: it exists already\n")
            self.assertFalse(list((tmp / "there").iterdir()))

    def test_a_bad_name_or_template_is_refused_with_what_works(self):
        with folder() as tmp:
            for args, word in ((["a/b"], "begins with a letter"), (["1st"], "begins with a letter"),
                               (["x", "--template", "api2"], "there are api, c, game, minimal")):
                refused = run("new", *args, cwd=tmp)
                self.assertEqual(refused.returncode, 64)
                self.assertIn("E3021", refused.stderr)
                self.assertIn(word, refused.stderr)
            self.assertFalse(list(tmp.iterdir()))


if __name__ == "__main__":
    unittest.main()
