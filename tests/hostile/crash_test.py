"""Deaths by plugin: each leaves a short report that names the plugin, the function and the request."""
import os
import re
import signal
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import Server, app, run  # noqa: E402

HANDLE, TIMER, POSTED, WORK = "handle()", "a timer's callback", "a posted function", "blocking work"

# deed: (code, what is said of the signal, a part of the function's name, where, is the request known)
DEATHS = {
    "crash-segv": ("E5017", r": SIGSEGV at 0x18 in ", "crash_segv", HANDLE, True),
    "crash-write": ("E5017", r": SIGSEGV at 0x18 in ", "crash_write", HANDLE, True),
    "crash-call": ("E5017", r": SIGSEGV at 0x0 in ", "crash_call", HANDLE, True),
    "crash-bus": ("E5017", r": SIGBUS sent by process \d+ in ", "crash_bus", HANDLE, True),
    "crash-ill": ("E5017", r": SIGILL in ", "crash_ill", HANDLE, True),
    "crash-fpe": ("E5017", r": SIGFPE \(division by zero\) in ", "crash_fpe", HANDLE, True),
    "crash-abort": ("E5018", r": SIGABRT in ", "crash_abort", HANDLE, True),
    "crash-terminate": ("E5018", r": SIGABRT \(std::terminate: std::logic_error: no way out\) in ", "crash_terminate",
                        HANDLE, True),
    "crash-thread": ("E5018", r": SIGABRT \(std::terminate: std::logic_error: in a thread of my own\) in ",
                     "crash_thread", None, False),
    "crash-overflow": ("E5017", r": SIGSEGV \(stack overflow, \d+ MiB\) in ", "recurse", HANDLE, True),
    "crash-timer": ("E5017", r": SIGSEGV at 0x18 in ", "crash_timer", TIMER, True),
    "crash-posted": ("E5017", r": SIGSEGV at 0x18 in ", "crash_posted", POSTED, True),
    "crash-offload": ("E5017", r": SIGSEGV at 0x18 in ", "crash_offload", WORK, True),
    "crash-exit": ("E5019", r" called exit\(3\) in handle\(\)$", "crash_exit", HANDLE, True),
    "crash-exit-thread": ("E5019", r" called exit\(3\) ", "crash_exit_thread", None, False),
}


# how libdies.so ends a start: (the first line, exit code)
STARTS = {
    "loading-segv": (r"error\[E2002\]: libdies\.so: SIGSEGV at 0x18 in \S*die\S*\+0x\w+$", 70),
    "loading-exit": (r"error\[E2003\]: libdies\.so called exit\(3\) while loading$", 70),
    "creating-segv": (r"error\[E2007\]: libdies\.so: SIGSEGV at 0x18 in \S*die\S*\+0x\w+$", 70),
    "creating-overflow": (r"error\[E2007\]: libdies\.so: SIGSEGV \(stack overflow, \d+ MiB\) in \S*recurse\S*$", 70),
    "creating-exit": (r"error\[E2003\]: libdies\.so called exit\(3\) in create\(\)$", 70),
}


class Crash(unittest.TestCase):
    def death(self, deed):
        """The output of a server that met its end by this deed."""
        with Server("--no-supervisor", "--threads", "1", app("hostile"), env={"ASAN_OPTIONS": "detect_leaks=0"}) as server:
            with server.connect() as client:
                client.send_request("GET", f"/{deed}?x=1")
                self.assertTrue(client.is_closed_by_peer())
            server.process.wait(30)
            server._finish()
            self.assertNotEqual(server.process.returncode, 0)
            return server.output

    def test_every_death_is_told(self):
        with ThreadPoolExecutor(4) as pool:  # most of it is starting
            outputs = dict(zip(DEATHS, pool.map(self.death, DEATHS)))
        for deed, (code, what, function, where, known) in DEATHS.items():
            with self.subTest(deed):
                output = outputs[deed]
                report = re.search(r"^error\[E50.*\n(?:  .*\n)*", output, re.M)
                self.assertIsNotNone(report, output)
                first = report[0].splitlines()[0]
                self.assertTrue(first.startswith(f"error[{code}]: libhostile.so"), report[0])
                self.assertRegex(first, what)
                self.assertIn(function, report[0])
                if where:
                    self.assertIn(f"\n  app      libhostile.so:app, in {where}\n", report[0])
                if known:
                    self.assertRegex(report[0], rf"\n  request  GET /{deed}\?x=1 request \w{{16}}\n")
                self.assertRegex(report[0], r"\n  #0  ")

    def test_a_start_that_dies_has_its_code(self):
        for how, (line, code) in STARTS.items():
            with self.subTest(how):
                result = run(app("dies"), "--listen", "127.0.0.1:0", env={"DIES": how})
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertRegex(result.stderr, re.compile("^" + line, re.M))
                self.assertIn("\n  #0  ", result.stderr)

    def test_what_a_library_changes_in_the_process_is_named(self):
        result = run(app("dies"), "--listen", "127.0.0.1:0", env={"DIES": "creating-signal"})
        self.assertEqual(result.returncode, 70)
        self.assertIn("error[E2008]: libdies.so changed what happens at SIGSEGV\n", result.stderr)
        with Server("--no-supervisor", app("dies"), env={"DIES": "creating-changes"}) as server:
            for what in ("changed what happens at SIGUSR2", "changed which signals are blocked", "changed the umask",
                         "changed the current folder to /", "changed the locale to C.UTF-8",
                         "changed standard descriptor 0"):
                self.assertIn(f"[W2008] libdies.so {what}\n", server.output)
            self.assertIn("[W2009] libdies.so started a process\n", server.output)
            child = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
            for pid in child:
                os.kill(int(pid), signal.SIGKILL)

    def test_an_app_that_closes_the_servers_descriptors_ends_the_worker(self):
        with Server("--no-supervisor", "--threads", "1", app("hostile"), env={"ASAN_OPTIONS": "detect_leaks=0"}) as server:
            with server.connect() as client:
                client.send_request("GET", "/close-descriptors")
                server.wait_for_output(r"W5022\] an app closed descriptors of the server; loop 0 has lost its sockets")
            server.process.wait(30)
            server._finish()
            self.assertEqual(server.process.returncode, 70)

    def test_a_crash_at_the_very_end_does_not_change_the_exit_status(self):
        with Server("--no-supervisor", app("dies"), env={"DIES": "destroying-segv"}) as server:
            server.stop()
        self.assertRegex(server.output, r"warning\[W5025\]: libdies\.so: SIGSEGV at 0x18 in \S*die")

    def test_a_supervisor_tells_these_too_and_replaces_the_worker(self):
        with Server("--threads", "1", app("hostile"), env={"ASAN_OPTIONS": "detect_leaks=0"}) as server:
            with server.connect() as client:
                client.send_request("GET", "/close-descriptors")
                server.wait_for_output(r"W5022\] an app closed descriptors of the server; loop 0 has lost its sockets")
            server.wait_for_output(r"W6002\] worker 1 .* exited 70 by itself: replaced by pid")
            self.assertEqual(server.get("/").status, 200)
        with Server(app("dies"), env={"DIES": "destroying-segv"}) as server:
            server.stop()
        self.assertRegex(server.output, r"warning\[W5025\]: libdies\.so: SIGSEGV at 0x18 in \S*die")


if __name__ == "__main__":
    unittest.main()
