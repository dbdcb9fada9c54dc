"""Deaths by plugin: each leaves a short report that names the plugin, the function and the request."""
import re
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import Server, app  # noqa: E402

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


if __name__ == "__main__":
    unittest.main()
