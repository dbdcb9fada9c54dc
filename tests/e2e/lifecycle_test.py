"""Starting, stopping, and what happens to those who are being served meanwhile."""
import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

from harness import APPS, APPSERVE, STOP_SECONDS, Server, app, environment, folder, run, wait_until


def read_until(descriptor, mark):
    text = ""
    while mark not in text:
        text += os.read(descriptor, 4096).decode()
    return text


class Start(unittest.TestCase):
    def test_on_a_terminal_it_says_where_it_serves_what_to_try_and_how_to_stop(self):
        terminal, slave = pty.openpty()
        with subprocess.Popen([APPSERVE, "--listen", "127.0.0.1:0", app("hello")], stdin=slave, stdout=slave,
                              stderr=slave, env=environment({}), start_new_session=True) as process:
            os.close(slave)
            text = read_until(terminal, "Ctrl-C")
            url = re.search(r"ready +(http://127\.0\.0\.1:\d+)", text)[1]
            self.assertIn(f"curl -i {url}/", text)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(STOP_SECONDS), 0)
        os.close(terminal)

    def test_version_and_help_are_answers_not_errors(self):
        version = run("--version")
        self.assertEqual((version.returncode, version.stderr), (0, ""))
        self.assertRegex(version.stdout, r"^appserve \d+\.\d+\.\d+")
        usage = run("--help")
        self.assertEqual((usage.returncode, usage.stderr), (0, ""))
        for option in ("--listen", "--threads", "--url-prefix", "--mount", "--config", "--unix-socket", "--call"):
            self.assertIn(option, usage.stdout)


    def test_what_cannot_be_printed_is_a_failure(self):
        for words in (["--help"], ["--version"], ["check", app("hello"), "--listen", "127.0.0.1:0"]):
            with self.subTest(words[0]), open("/dev/full", "w") as full:
                done = subprocess.run([APPSERVE, *words], stdout=full, stderr=subprocess.DEVNULL, env=environment({}))
                self.assertEqual(done.returncode, 74)


class Stop(unittest.TestCase):
    def test_each_stop_signal_ends_it_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number), Server(app("hello")) as server:
                server.get("/")
                server.stop(number)

    def test_what_is_being_served_is_finished(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=1000")
            self.assertEqual(server.get("/").status, 200)  # by now the slow one is with the app
            server.send(signal.SIGTERM)
            response = client.read_response()
            self.assertEqual(response.text, "hello\n")
            self.assertTrue(client.is_closed_by_peer())
            server.wait()

    def test_a_big_answer_on_its_way_is_finished(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/big?n=4194304")
            client.read_until(b"\r\n\r\n")
            server.send(signal.SIGTERM)
            self.assertEqual(len(client.read_exactly(4194304)), 4194304)
            server.wait()

    def test_idle_connections_do_not_hold_it_up(self):
        with Server(app("torture")) as server, server.connect() as idle, server.connect() as used:
            used.send_request("GET", "/")
            used.read_response()
            server.send(signal.SIGTERM)
            self.assertTrue(used.is_closed_by_peer())
            self.assertTrue(idle.is_closed_by_peer())
            server.wait()

    def is_refused(self, server):
        try:
            server.get("/")
            return False
        except ConnectionError:
            return True

    def test_nobody_new_is_let_in_while_it_stops(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=1500")
            self.assertEqual(server.get("/").status, 200)
            server.send(signal.SIGTERM)
            wait_until(lambda: self.is_refused(server), what="new connections are refused")
            self.assertEqual(client.read_response().status, 200)
            server.wait()

    def test_a_second_signal_ends_it_at_once(self):
        with Server(app("torture")) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=60000")
            self.assertEqual(server.get("/").status, 200)
            server.send(signal.SIGINT)
            server.wait_for_output("drain|stopp")
            server.send(signal.SIGINT)
            server.wait()

    def test_the_grace_period_ends_even_those_who_never_end(self):
        with Server(app("torture"), env={"APPSERVE_SHUTDOWN__GRACE": "500ms"}) as server, server.connect() as client:
            client.send_request("GET", "/slow?ms=60000")
            self.assertEqual(server.get("/").status, 200)
            server.stop()
            with self.assertRaises(ConnectionError):
                client.read_response()
        self.assertRegex(server.output, r"W6004\] the grace is over: 1 connections are cut")


class Library(unittest.TestCase):
    def test_overwriting_a_loaded_library_does_not_hurt(self):
        with folder() as tmp:
            library = tmp / "libhello.so"
            shutil.copy(f"{APPS}/libhello.so", library)
            with Server(f"{library}:app") as server:
                self.assertEqual(server.get("/").status, 200)
                with open(library, "r+b") as file:  # in place, the worst way
                    size = len(file.read())
                    file.seek(0)
                    file.write(b"\xff" * size)
                self.assertEqual(server.get("/hello/Ada").text, "Hello, Ada!\n")
                with open(library, "wb"):
                    pass
                self.assertEqual(server.get("/hello/Bob").text, "Hello, Bob!\n")


if __name__ == "__main__":
    unittest.main()
