"""What a running server meets in the system it runs on: processes that do not end, what cannot be had, what an app hoards."""
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import APPSERVE, START_SECONDS, Server, app, environment  # noqa: E402

PRLIMIT = shutil.which("prlimit")


class Worker(unittest.TestCase):
    def test_one_that_does_not_end_is_killed_and_the_stop_is_one(self):
        with Server(app("hello"), "--shutdown-grace", "0s") as server:
            os.kill(server.worker, signal.SIGSTOP)  # an end it cannot take part in
            server.stop()
        self.assertRegex(server.output, r"W5026\] worker 1 \(pid \d+\) does not end; it is killed")

    @unittest.skipUnless(PRLIMIT, "no prlimit here")
    def test_one_whose_app_hoards_descriptors_is_replaced_and_what_they_are_of_is_told(self):
        few = ("--nofile=400", APPSERVE, "--connection-limit", "100")
        with Server(*few, app("hostile"), "--threads", "1", program=PRLIMIT) as server:
            before = server.worker
            self.assertEqual(server.get("/hoard-descriptors").text, "kept\n")
            server.wait_for_output(r"W5016\] this worker has \d+ of 400 descriptors open, \d of them connections: "
                                   r"\d+ /dev/null, ")
            server.wait_for_output(rf"W6002\] worker 1 \(pid {before}\) was told to end: replaced")
            self.assertEqual(server.get("/").text, "well\n")

    def test_one_whose_app_hoards_memory_is_replaced_and_nobody_is_refused(self):
        with Server(app("hostile"), "--threads", "1", "--max-memory", "300 MiB") as server, server.connect() as other:
            before = server.worker
            other.send_request("GET", "/")
            self.assertEqual(other.read_response().text, "well\n")
            self.assertEqual(server.get("/hoard-memory").text, "kept\n")
            server.wait_for_output(r"W5015\] this worker has \d+ MiB in use; server\.max_memory is 300 MiB")
            server.wait_for_output(rf"W6002\] worker 1 \(pid {before}\) was told to end: replaced")
            self.assertEqual(server.get("/").text, "well\n")


@unittest.skipUnless(PRLIMIT, "no prlimit here")
class System(unittest.TestCase):
    def test_a_start_that_gets_no_process_says_so(self):
        nobody = []
        if os.getuid() == 0:  # root has no limit; its checkout may be closed to others
            nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search",
                      "--ambient-caps=+dac_read_search"]
        result = subprocess.run([*nobody, PRLIMIT, "--nproc=1", APPSERVE, "--listen", "127.0.0.1:0", app("hello")],
                                capture_output=True, text=True, timeout=START_SECONDS,
                                env=environment({"ASAN_OPTIONS": "detect_leaks=0"}))  # that takes a process of its own
        self.assertRegex(result.stderr, r"error\[E6008\]: .*Resource temporarily unavailable")
        self.assertEqual(result.returncode, 71)


if __name__ == "__main__":
    unittest.main()
