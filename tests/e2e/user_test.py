"""server.user: the supervisor binds as root, workers give the rights up for good."""
import os
import shutil
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from harness import APPS, Client, Server, app, environment, folder, run, wait_until

NOBODY = 65534
# LeakSanitizer traces the process, which one that works as somebody else does not let itself be.
NO_LEAK_CHECK = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))}


def status(pid):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


class Rights(unittest.TestCase):
    def test_nobody_but_root_becomes_another_user(self):
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        else:
            command = []
        result = subprocess.run([*command, APPS.parent / "bin" / "appserve", "--user", "root", app("hello")],
                                capture_output=True, text=True, env=environment({}), timeout=60)
        if "Permission denied" in result.stderr and "E4020" not in result.stderr:
            self.skipTest("the build folder is closed to others")
        self.assertEqual(result.returncode, 77, result.stderr)
        self.assertIn("error[E4020]: server.user: only root can become 'root'", result.stderr)

    def test_workers_get_no_new_rights_whoever_they_are(self):
        with Server(app("torture")) as server:
            self.assertEqual(status(server.worker)["NoNewPrivs"], "1")
        with Server("--no-supervisor", app("torture")) as server:
            self.assertEqual(status(server.process.pid)["NoNewPrivs"], "1")

    def test_a_user_that_is_not_there_is_told(self):
        result = run("--user", "nobody-of-that-name", app("hello"))
        self.assertEqual(result.returncode, 77, result.stderr)
        self.assertIn("error[E4020]: server.user: there is no user 'nobody-of-that-name'", result.stderr)
        result = run("--user", str(os.geteuid()), "--group", "no-such-group", app("hello"))
        self.assertEqual(result.returncode, 77, result.stderr)
        self.assertIn("there is no group 'no-such-group'", result.stderr)


@unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
class AsRoot(unittest.TestCase):
    def setUp(self):
        tmp = folder()
        self.tmp = tmp.__enter__()
        self.addCleanup(tmp.__exit__, None, None, None)
        self.tmp.chmod(0o755)
        self.library = self.tmp / "libtorture.so"
        shutil.copy(f"{APPS}/libtorture.so", self.library)
        self.run = self.tmp / "run"
        self.run.mkdir()
        os.chown(self.run, NOBODY, NOBODY)

    def serve(self, *more, **options):
        return Server("--runtime-dir", self.run, "--user", str(NOBODY), *more, f"{self.library}:app", env=NO_LEAK_CHECK,
                      **options)

    def assert_is_nobody(self, pid):
        facts = status(pid)
        self.assertEqual(facts["Uid"].split(), [str(NOBODY)] * 4)
        self.assertEqual(facts["Gid"].split(), [str(NOBODY)] * 4)
        self.assertNotIn("0", facts["Groups"].split())
        self.assertEqual(int(facts["CapPrm"], 16), 0)
        self.assertEqual(int(facts["CapEff"], 16), 0)
        self.assertEqual(facts["NoNewPrivs"], "1")

    def test_a_low_port_is_bound_and_the_workers_are_nobody(self):
        port = next(p for p in range(700, 1000) if self.is_free(p))
        with self.serve("--workers", "2", listen=f"127.0.0.1:{port}") as server:
            self.assertEqual(server.get("/").status, 200)
            for pid in server.workers:
                self.assert_is_nobody(pid)
            self.assertEqual(status(server.process.pid)["Uid"].split()[1], str(NOBODY))  # it comes back for ports only
            self.assertNotIn("W4021", server.output)

    @staticmethod
    def is_free(port):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    def test_files_belong_to_the_user_so_that_everything_goes_on_afterwards(self):
        logs, path = self.tmp / "logs", self.run / "clients.sock"
        logs.mkdir()
        os.chown(logs, NOBODY, NOBODY)
        config = self.tmp / "config.toml"
        config.write_text(f'[server]\nuser = "{NOBODY}"\nruntime_dir = "{self.run}"\n[log]\nerror = "{logs}/error"\n'
                          f'access = "{logs}/access"\n[[app]]\nload = "{self.library}:app"\n')
        config.chmod(0o600)  # for root alone: there may be secrets in it
        program = self.tmp / "appserve"
        shutil.copy(APPS.parent / "bin" / "appserve", program)
        port = next(p for p in range(700, 1000) if self.is_free(p))
        with subprocess.Popen([program, "--config", config, "--listen", f"127.0.0.1:{port}", "--listen", f"unix:{path}"],
                              env=environment(NO_LEAK_CHECK)) as process:
            try:
                said = lambda text: wait_until(
                    lambda: (logs / "error").exists() and text in (logs / "error").read_text(), 60, text)
                said("ready")
                for file in (logs / "error", path, next(self.run.glob("ctl-*.sock"))):
                    self.assertEqual(file.lstat().st_uid, NOBODY, file)
                self.ask(port)
                wait_until(lambda: (logs / "access").exists() and "GET /" in (logs / "access").read_text())
                for name in ("error", "access"):
                    (logs / name).rename(logs / f"{name}.1")
                process.send_signal(signal.SIGUSR1)
                wait_until(lambda: (logs / "error").exists() and (logs / "access").exists(), what="new log files")
                for generation, number in ((2, signal.SIGHUP), (3, signal.SIGUSR2), (4, signal.SIGHUP)):
                    process.send_signal(number)
                    said(f"generation {generation} serves")
                    self.ask(port)
                config.write_text(config.read_text().replace(str(NOBODY), "root"))
                result = run("ctl", "reload", "--wait", "--runtime-dir", self.run)
                self.assertEqual(result.returncode, 77, result.stderr)
                self.assertIn("only a restart changes it", result.stderr)
                self.ask(port)
            finally:
                process.terminate()
            self.assertEqual(process.wait(60), 0)
        self.assertEqual([f.name for f in self.run.iterdir()], [], "nothing is left behind")

    def ask(self, port):
        with Client(("127.0.0.1", port)) as client:
            client.send_request("GET", "/")
            self.assertEqual(client.read_response().status, 200)

    def test_alone_it_gives_the_rights_up_too(self):
        with self.serve("--no-supervisor") as server:
            self.assertEqual(server.get("/").status, 200)
            self.assert_is_nobody(server.process.pid)

    def test_apps_as_root_are_warned_about_once(self):
        with Server(app("torture")) as server:
            self.assertEqual(server.output.count("W4021"), 1)
        with Server("--user", "root", app("torture")) as server:
            self.assertNotIn("W4021", server.output)

    def test_check_warns_as_a_start_does(self):
        check = "check", "--listen", "127.0.0.1:0", "--runtime-dir", self.run, f"{self.library}:app"
        self.assertEqual(run(*check).stderr.count("warning[W4021]: running as root"), 1)
        self.assertNotIn("W4021", run(*check, "--user", str(NOBODY), env=NO_LEAK_CHECK).stderr)

    def test_a_folder_that_is_not_the_users_is_told(self):
        os.chown(self.run, 0, 0)
        result = run("--runtime-dir", self.run, "--user", str(NOBODY), f"{self.library}:app", "--listen", "127.0.0.1:0")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(str(self.run), result.stderr)


if __name__ == "__main__":
    unittest.main()
