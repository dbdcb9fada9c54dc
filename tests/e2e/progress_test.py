"""What takes long shows that it goes on: in place on a terminal, in lines elsewhere."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import unittest

from harness import APPSERVE, STOP_SECONDS, app, environment, folder, run

CLEAR = "\r\033[K"


class Terminal:
    """appserve on a terminal of its own, as wide as asked for."""

    def __init__(self, *args, env=None, columns=80):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        variables = environment({"NO_COLOR": "", "TERM": "xterm", **(env or {})})
        self.process = subprocess.Popen([APPSERVE, *map(str, args)], stdin=slave, stdout=slave, stderr=slave,
                                        env=variables, start_new_session=True)
        os.close(slave)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        if kind is not None:
            print(repr(self.text))

    def see(self, pattern):
        while not (found := re.search(pattern, self.text)):
            self._read()
        return found

    def _read(self):
        try:
            piece = os.read(self.master, 4096)
        except OSError:  # the last program has left it
            piece = b""
        if not piece:
            raise AssertionError(f"it ended without more words: {self.text!r}")
        self.text += piece.decode()

    def end(self, expected=0):
        try:
            while True:
                self._read()
        except AssertionError:
            pass
        assert self.process.wait(STOP_SECONDS) == expected, (self.process.returncode, self.text)
        return self.text


def let_go(fifo, times=1):
    for _ in range(times):
        os.close(os.open(fifo, os.O_WRONLY))


class Waiting(unittest.TestCase):
    """Of an app whose creation takes as long as the test wants."""

    def setUp(self):
        self.folder = folder()
        self.tmp = self.folder.__enter__()
        self.addCleanup(self.folder.__exit__, None, None, None)
        self.fifo = self.tmp / "fifo"
        os.mkfifo(self.fifo)
        self.env = {"PATIENT_WAITS": str(self.fifo)}
        self.run = ["--runtime-dir", str(self.tmp / "run"), "--listen", "127.0.0.1:0"]

    def test_a_start_counts_its_seconds_in_place_and_leaves_no_trace(self):
        with Terminal(*self.run, app("patient"), env=self.env) as screen:
            line = r"\r\033\[K\033\[2m  creating libpatient\.so:app   {} s\033\[0m"
            seconds = int(screen.see(line.format(r"(\d+)"))[1])
            screen.see(line.format(seconds + 1))
            let_go(self.fifo)
            screen.see("stop with Ctrl-C")
            after = screen.text.rsplit("s\033[0m", 1)[1]
            self.assertTrue(after.startswith(CLEAR), after)
            screen.process.send_signal(signal.SIGTERM)
            screen.end()

    def test_a_line_longer_than_the_terminal_is_cut_before_its_seconds(self):
        with Terminal(*self.run, app("patient"), env=self.env, columns=30) as screen:
            line = screen.see(r"\033\[2m(  creating [^\033]*\d s)\033\[0m")[1]
            self.assertEqual(len(line), 29)
            let_go(self.fifo)
            screen.see("Ctrl-C")
            screen.process.send_signal(signal.SIGTERM)
            screen.end()

    def test_without_colour_there_are_lines_and_no_sequences(self):
        for extra in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            with self.subTest(extra), Terminal(*self.run, app("patient"), env={**self.env, **extra}) as screen:
                screen.see(r"  creating libpatient\.so:app, \d+ s so far\r\n")
                let_go(self.fifo)
                screen.see("Ctrl-C")
                screen.process.send_signal(signal.SIGTERM)
                self.assertNotIn("\033", screen.end())

    def test_a_log_of_objects_has_it_as_objects(self):
        with subprocess.Popen([APPSERVE, *self.run, "--log-format", "json", app("patient")], stderr=subprocess.PIPE,
                              text=True, env=environment(self.env)) as server:
            line = next(text for text in server.stderr if "so far" in text)
            self.assertRegex(line, r'^\{.*"text":"creating libpatient\.so:app, \d+ s so far"\}$')
            let_go(self.fifo)
            next(text for text in server.stderr if "ready" in text)
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(STOP_SECONDS), 0)

    def test_a_reload_is_counted_where_the_server_runs_and_where_it_was_asked_for(self):
        with Terminal(*self.run, app("patient"), env=self.env) as screen:
            let_go(self.fifo)
            screen.see("Ctrl-C")
            with Terminal("ctl", "reload", "--wait", *self.run[:2]) as asking:
                asking.see(r"  waiting  for new workers   \d+ s")
                screen.see(r"  creating libpatient\.so:app   \d+ s")
                let_go(self.fifo)
                self.assertTrue(re.search(r"\d s.*\r\033\[Kreloaded: generation 2", asking.end(), re.S), asking.text)
            screen.see(r"reloaded: generation 2")
            screen.process.send_signal(signal.SIGTERM)
            screen.end()

    def test_check_and_the_list_of_routes_count_too(self):
        for words in (["check", *self.run, app("patient")], ["inspect", "--routes", app("patient"), *self.run[:2]]):
            with self.subTest(words[0]), Terminal(*words, env=self.env) as screen:
                screen.see(r"  creating libpatient\.so:app   \d+ s")
                let_go(self.fifo)
                last = screen.end().rsplit("s\033[0m", 1)[1]
                self.assertTrue(last.startswith(CLEAR), last)

    def test_a_start_that_fails_after_a_while_takes_its_count_away_before_it_says_why(self):
        with Terminal(*self.run, "--start-timeout", "2s", app("patient"), env=self.env) as screen:
            text = screen.end(75)
            self.assertRegex(text, r"\d s\033\[0m(.|\n)*\r\033\[K.*E2004")


class Stopping(unittest.TestCase):
    def test_a_stop_counts_what_it_waits_for(self):
        with folder() as tmp, Terminal("--runtime-dir", tmp / "run", "--listen", "127.0.0.1:0", "--call",
                                       app("probe", "create_app")) as screen:
            url = screen.see(r"curl -i (http://\S+)")[1]
            with subprocess.Popen(["curl", "-s", url + "wait"], stdout=subprocess.DEVNULL) as client:
                self.addCleanup(client.wait)
                screen.see(r"wait has begun")
                screen.process.send_signal(signal.SIGINT)
                screen.see(r"  draining 1 request in flight \(a second signal stops now\)   \d+ s")
                screen.process.send_signal(signal.SIGINT)
                self.assertIn("stopped", screen.end().rsplit(CLEAR, 1)[1])


if __name__ == "__main__":
    unittest.main()
