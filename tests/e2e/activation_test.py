"""Sockets that somebody else made: a service manager's (without one: a launcher that speaks its protocol), or fd:N."""
import os
import shutil
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from harness import APPSERVE, Server, activation, app, environment, folder, wait_until
from supervisor_test import Load


def listening(address=("127.0.0.1", 0)):
    s = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    s.bind(address)
    s.listen(1024)
    return s


class Manager:
    """Hears what a server tells its service manager."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(30)

    def hear(self, wanted):
        while (said := self.socket.recv(4096).decode().split("\n")[0]) != wanted:
            if said != "WATCHDOG=1":
                raise AssertionError(f"heard {said}, not {wanted}")


class Activation(unittest.TestCase):
    def setUp(self):
        tmp = folder()
        self.tmp = tmp.__enter__()
        self.addCleanup(tmp.__exit__, None, None, None)

    def socket(self, *address):
        s = listening(*address)
        self.addCleanup(s.close)
        return s

    def serve(self, given, *more, listen="systemd", **options):
        return Server("--runtime-dir", self.tmp / "run", *more, app("torture"), listen=listen, given=given, **options)

    def test_all_sockets_that_were_given_are_served(self):
        path = str(self.tmp / "given.sock")
        tcp, unix = self.socket(), self.socket(path)
        with self.serve({"http": tcp, "local": unix}, "--workers", "2", "--threads", "2") as server:
            self.assertEqual(server.port, tcp.getsockname()[1])
            for address in (tcp.getsockname(), path):
                with server.connect(address) as client:
                    client.send_request("GET", "/")
                    self.assertEqual(client.read_response().status, 200)
            for pid in [server.process.pid, *server.workers]:
                names = {word.split(b"=")[0] for word in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
                if pid != server.process.pid:  # whose environment is shown as it was at its start
                    self.assertFalse({b"LISTEN_PID", b"LISTEN_FDS", b"LISTEN_FDNAMES"} & names)
        self.assertTrue(os.path.exists(path), "the path is the giver's")

    def test_restarts_refuse_nobody(self):
        tcp = self.socket()
        with self.serve({"http": tcp}) as server, Load(server) as load:
            wait_until(lambda: load.answers > 20, what="load")
            for _ in range(3):
                server.stop()
                count = load.answers
                server = self.serve({"http": tcp}).__enter__()
                self.addCleanup(server.__exit__, None, None, None)
                wait_until(lambda: load.answers > count + 20, what="load after a restart")
        self.assertEqual(load.failures, [])

    def test_a_server_that_is_alone_leaves_the_socket_as_it_found_it(self):
        tcp = self.socket()
        for _ in range(2):
            with self.serve({"http": tcp}, "--no-supervisor") as server:
                self.assertEqual(server.get("/").status, 200)

    def test_workers_without_their_supervisor_leave_the_socket_to_its_giver(self):
        tcp = self.socket()
        with self.serve({"http": tcp}) as server:
            worker = server.worker
            server.send(signal.SIGKILL)
            wait_until(lambda: not Path(f"/proc/{worker}/exe").exists(), what="the worker's end")
            server._finish()
        with self.serve({"http": tcp}) as server:
            self.assertEqual(server.get("/").status, 200)

    def test_a_name_picks_one_and_another_one_is_for_the_admin(self):
        public, private = self.socket(), self.socket()
        with self.serve({"http": public, "admin": private}, "--admin-listen", "systemd:admin",
                        listen="systemd:http") as server:
            self.assertEqual(server.port, public.getsockname()[1])
            with server.connect(private.getsockname()) as client:
                client.send_request("GET", "/livez")
                self.assertEqual(client.read_response().status, 200)

    def test_reload_and_upgrade_keep_sockets_and_manager(self):
        program, manager = self.tmp / "appserve", Manager(self.tmp / "notify")
        self.addCleanup(manager.socket.close)
        shutil.copy(APPSERVE, program)
        env = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"}
        with self.serve({"http": self.socket()}, program=program, env=env) as server, Load(server) as load:
            manager.hear("READY=1")
            for generation, number in enumerate((signal.SIGHUP, signal.SIGUSR2, signal.SIGUSR2, signal.SIGHUP), 2):
                server.send(number)
                manager.hear("RELOADING=1")
                manager.hear("READY=1")
                server.wait_for_output(f"generation {generation} serves")
                with server.connect() as client:
                    client.send_request("GET", "/")
                    self.assertEqual(client.read_response().status, 200)
            self.assertEqual(manager.socket.recv(4096), b"WATCHDOG=1")
            load.__exit__()
            server.stop()
            manager.hear("STOPPING=1")
        self.assertEqual(load.failures, [])

    def test_a_reload_may_ask_for_a_given_socket_again(self):
        tcp = self.socket()
        config = self.tmp / "config.toml"
        write = lambda listen: config.write_text(f'[server]\nlisten = {listen}\n[[app]]\nload = "{app("torture")}"\n')
        write('["systemd", "127.0.0.1:0"]')
        with Server("--config", config, "--runtime-dir", self.tmp / "run", listen=None,
                    given={"http": tcp}) as server:
            for generation, listen in ((2, '["127.0.0.1:0"]'), (3, '["systemd"]')):
                write(listen)
                server.send(signal.SIGHUP)
                server.wait_for_output(f"generation {generation} serves")
            with server.connect(tcp.getsockname()) as client:
                client.send_request("GET", "/")
                self.assertEqual(client.read_response().status, 200)

    def test_a_descriptor_by_its_number(self):
        tcp = self.socket()
        os.set_inheritable(tcp.fileno(), True)
        shell = ["/bin/sh", "-c", f'exec 7<&{tcp.fileno()}; exec "$0" "$@"', APPSERVE, "--listen", "fd:7",
                 "--runtime-dir", self.tmp / "run", app("torture")]
        with subprocess.Popen(shell, pass_fds=[tcp.fileno()], stderr=subprocess.PIPE, text=True,
                              env=environment({})) as process:
            try:
                with socket.create_connection(tcp.getsockname(), timeout=60) as client:
                    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 "))
            finally:
                process.terminate()
                process.communicate()
            self.assertEqual(process.returncode, 0)

    def refused(self, given, listen, prefix=None):
        command = [*(prefix or activation(given)), APPSERVE, "--listen", listen, app("torture")]
        result = subprocess.run(command, pass_fds=[s.fileno() for s in given.values()], capture_output=True, text=True,
                                timeout=60, env=environment({"LISTEN_PID": "1", "LISTEN_FDS": "1"} if prefix else {}))
        self.assertEqual(result.returncode, 78, result.stderr)
        return result.stderr

    def test_what_cannot_be_listened_on_is_told(self):
        udp, bound, tcp = socket.socket(type=socket.SOCK_DGRAM), socket.socket(), self.socket()
        self.addCleanup(udp.close)
        self.addCleanup(bound.close)
        bound.bind(("127.0.0.1", 0))
        said = self.refused({}, "systemd")
        self.assertIn("error[E4009]: cannot listen on systemd: the service manager gave this process no sockets", said)
        self.assertIn("systemd-socket-activate -l 8080", said)
        self.assertRegex(self.refused({}, "systemd", ["env"]), "LISTEN_PID is '1' and this is process [0-9]+")
        self.assertIn("the service manager gave web", self.refused({"web": tcp}, "systemd:http"))
        self.assertIn("descriptor 3: it is not a stream socket", self.refused({"udp": udp}, "systemd"))
        self.assertIn("descriptor 3: it does not listen", self.refused({"bound": bound}, "systemd:bound"))
        self.assertIn("cannot listen on fd:9: descriptor 9: it is not open", self.refused({}, "fd:9"))


if __name__ == "__main__":
    unittest.main()
