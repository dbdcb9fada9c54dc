"""What `appserve ctl` asks of a running server, and how another program takes its place."""
import os
import shutil
import signal
import subprocess
import unittest

from harness import APPS, APPSERVE, Server, environment, folder, run, wait_until
from supervisor_test import Load


class WithRuntimeFolder(unittest.TestCase):
    def setUp(self):
        tmp = folder()
        self.tmp = tmp.__enter__()
        self.addCleanup(tmp.__exit__, None, None, None)
        self.library = self.tmp / "libtorture.so"
        shutil.copy(f"{APPS}/libtorture.so", self.library)

    def serve(self, *more, program=APPSERVE):
        return Server("--runtime-dir", self.tmp / "run", *more, f"{self.library}:app", program=program)

    def ctl(self, *words):
        return run("ctl", *words, "--runtime-dir", self.tmp / "run")


class Control(WithRuntimeFolder):
    def test_status_tells_who_serves_what(self):
        with self.serve() as server:
            result = self.ctl("status")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(f"appserve pid {server.process.pid}   generation 1", result.stdout)
            self.assertIn(f"listens  127.0.0.1:{server.port}", result.stdout)
            self.assertRegex(result.stdout, rf"worker 1  pid {server.worker}  generation 1  serving")

    def test_reload_and_wait_says_how_it_went_with_the_exit_code_of_a_start(self):
        with self.serve() as server:
            result = self.ctl("reload", "--wait")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("generation 2 serves", result.stdout)
            self.library.write_bytes(self.library.read_bytes()[:5000])
            result = self.ctl("reload", "--wait")
            self.assertEqual(result.returncode, 65, result.stderr)
            self.assertIn("error[E1006]: libtorture.so is truncated", result.stderr)
            self.assertEqual(server.get("/").status, 200)

    def test_stop_stops(self):
        with self.serve() as server:
            self.assertEqual(self.ctl("stop").returncode, 0)
            server.wait()

    def test_a_worker_that_cannot_be_replaced_is_tried_again_later(self):
        with self.serve() as server:
            (copies,) = (self.tmp / "run").glob("appserve-copy-*")
            copies.rename(self.tmp / "away")
            self.library.rename(self.tmp / "away.so")
            os.kill(server.worker, signal.SIGKILL)
            server.wait_for_output(r"E6003. worker 1 cannot be started: .E1001. no library .*; next try in 1 s")
            (self.tmp / "away").rename(copies)
            self.assertEqual(server.get("/").status, 200)  # it waited in the queue
            server.wait_for_output("W6002. worker 1 .* replaced by pid")

    def test_nobody_to_ask_is_told(self):
        result = self.ctl("status")
        self.assertEqual(result.returncode, 69)
        self.assertIn("error[E6011]: no server answers in", result.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_strangers_are_refused(self):
        with self.serve() as server:
            for path in (self.tmp, self.tmp / "run"):
                path.chmod(0o755)
            (socket,) = (self.tmp / "run").glob("ctl-*.sock")
            self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
            socket.chmod(0o666)  # an administrator's mistake
            result = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", APPSERVE, "ctl", "stop",
                                     "--runtime-dir", self.tmp / "run"], capture_output=True, text=True,
                                    env=environment({}))
            self.assertNotEqual(result.returncode, 0)
            self.assertEqual(server.get("/").status, 200)

    def test_a_change_of_the_library_is_served_at_once_in_development(self):
        with self.serve("--reload") as server:
            before = server.worker
            shutil.copy(f"{APPS}/libtorture.so", self.library)
            server.wait_for_output("generation 2 serves")
            wait_until(lambda: before not in server.workers, what="the old worker's end")


class Upgrade(WithRuntimeFolder):
    def setUp(self):
        super().setUp()
        self.program = self.tmp / "bin" / "appserve"
        self.program.parent.mkdir()
        shutil.copy(APPSERVE, self.program)

    def replace_program(self, content=None):
        new = self.tmp / "new"
        if content is None:
            shutil.copy(APPSERVE, new)
        else:
            new.write_text(content)
            new.chmod(0o755)
        new.rename(self.program)

    def test_another_program_takes_over_under_the_same_pid_and_nothing_is_lost(self):
        with self.serve(program=self.program) as server, Load(server, threads=2) as load:
            wait_until(lambda: load.answers > 20, what="load")
            first = server.worker
            self.replace_program()
            result = self.ctl("upgrade", "--wait")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("generation 2 serves", result.stdout)
            self.assertNotIn("deleted", os.readlink(f"/proc/{server.process.pid}/exe"))
            wait_until(lambda: len(server.workers) == 1 and server.worker != first, what="the old worker's end")
            server.send(signal.SIGUSR2)
            server.wait_for_output("generation 3 serves")
            wait_until(lambda: len(server.workers) == 1, what="one worker")
            os.kill(server.worker, signal.SIGTERM)
            server.wait_for_output("was told to end: replaced")
            count = load.answers
            wait_until(lambda: load.answers > count + 20, what="load afterwards")
        self.assertEqual(load.failures, [])

    def test_a_program_that_cannot_take_over_changes_nothing(self):
        with self.serve(program=self.program) as server:
            worker = server.worker
            self.replace_program("#!/bin/sh\necho something else\n")
            result = self.ctl("upgrade", "--wait")
            self.assertEqual(result.returncode, 71)
            self.assertIn("error[E6010]:", result.stderr)
            self.program.unlink()
            server.send(signal.SIGUSR2)
            server.wait_for_output("E6010. .*No such file")
            self.assertEqual(server.worker, worker)
            self.assertEqual(server.get("/").status, 200)

    def test_a_successor_with_a_broken_configuration_keeps_the_old_workers(self):
        config = self.tmp / "config.toml"
        good = f'[server]\nruntime_dir = "{self.tmp}/run"\n[[app]]\nload = "{self.library}:app"\n'
        config.write_text(good)
        with Server("--config", config, program=self.program) as server:
            config.write_text(good + "[limits]\nbodie = 3\n")
            self.assertEqual(self.ctl("upgrade", "--wait").returncode, 78)
            server.wait_for_output(r"E6001. reload failed: .E3002.")
            self.assertEqual(server.get("/").status, 200)
            os.kill(server.worker, signal.SIGKILL)
            server.wait_for_output("replaced by")
            self.assertEqual(server.get("/").status, 200)


if __name__ == "__main__":
    unittest.main()
