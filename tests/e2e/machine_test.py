"""What the machine does not allow: descriptors, ports, the queue of newcomers."""
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from harness import APPSERVE, Server, app, environment, folder, run

PRLIMIT = shutil.which("prlimit", path="/usr/bin:/bin")
UNPRIVILEGED = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
SANITIZED = b"libubsan" in subprocess.run(["ldd", APPSERVE], capture_output=True, check=False).stdout


def with_files(limit, *args):
    return Server(f"--nofile={limit}", APPSERVE, app("hello"), *args, program=PRLIMIT)


class Machine(unittest.TestCase):
    def test_the_limit_of_descriptors_is_raised_as_far_as_the_system_lets(self):
        with with_files("64:400", "--connection-limit", "100") as server:
            files = Path(f"/proc/{server.worker}/limits").read_text()
            self.assertRegex(files, r"Max open files\s+356\s+400")
            self.assertNotIn("W4040", server.output)

    @unittest.skipIf(SANITIZED, "UBSan needs a descriptor whenever it sees a class for the first time")
    def test_newcomers_without_a_descriptor_get_503_and_others_are_served_on(self):
        with with_files("64:64", "--threads", "1") as server:
            server.wait_for_output(r"W4040.*may open 64 files.*limits\.connections = 10000 needs 10256")
            first, crowd = server.connect(), []
            self.assertEqual(hello(first), 200)
            while len(crowd) < 64:
                crowd.append(server.connect())
            server.wait_for_output(r"W4011")
            self.assertEqual(crowd[-1].read_response().status, 503)
            self.assertEqual(hello(first), 200)
            for client in crowd:
                client.close()
            self.assertEqual(server.get("/").status, 200)
            first.close()

    def test_a_backlog_that_the_kernel_cuts_is_told(self):
        most = int(Path("/proc/sys/net/core/somaxconn").read_text())
        if most >= 65535:
            self.skipTest("this kernel takes any backlog")
        with Server(app("hello"), "--backlog", "65535") as server:
            server.wait_for_output(rf"W4010.*cut to {most}: raise sysctl net\.core\.somaxconn")

    def test_a_stale_unix_socket_is_removed_and_who_everybody_may_be_is_told(self):
        with folder() as tmp:
            def serve():
                return Server(app("hello"), "--trusted-proxy", "*", "--unix-socket", tmp / "s", listen=None)
            with serve() as killed:
                killed.wait_for_output(r"W3015.*everybody is a trusted proxy")
                for pid in (killed.process.pid, *killed.workers):
                    os.kill(pid, signal.SIGKILL)
                killed.process.wait()
            with serve() as server, server.connect(str(tmp / "s")) as client:
                server.wait_for_output(r"N4005")
                self.assertEqual(hello(client), 200)

    def test_a_folder_for_copies_that_cannot_be_one(self):
        refused = run(app("hello"), "--listen", "127.0.0.1:0", "--runtime-dir", "/proc/none")
        self.assertIn("E4008", refused.stderr)
        self.assertEqual(refused.returncode, 77)

    def test_a_port_that_only_root_may_have(self):
        if int(UNPRIVILEGED.read_text()) <= 1:
            self.skipTest("anybody may have any port here")
        without_the_right = ["setpriv", "--bounding-set=-net_bind_service"] if os.geteuid() == 0 else []
        refused = subprocess.run([*without_the_right, APPSERVE, app("hello"), "--listen", "127.0.0.1:1",
                                  "--runtime-dir", "/tmp"], timeout=60, capture_output=True, text=True,
                                 env=environment({}))
        self.assertIn("E4002", refused.stderr)
        self.assertEqual(refused.returncode, 77)


def hello(client):
    client.send_request("GET", "/")
    return client.read_response().status


if __name__ == "__main__":
    unittest.main()
