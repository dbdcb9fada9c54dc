"""What a plugin may do wrong and the server survives: for each deed the client's answer, the log, and that it serves on."""
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import Server, app, folder  # noqa: E402

CLOSED = "closed"  # no answer, or a cut one: the connection ends

# deed: (status or CLOSED, body pattern, log pattern or None: the log stays silent)
ANSWERED = r"E5006\] libhostile\.so:app: {}: the request is answered already"
MISUSES = {
    "respond-twice": (200, r"^first\n$", ANSWERED.format("respond")),
    "respond-after-end": (200, r"^streamed\n$", r"E5006\] libhostile\.so:app: end: only once, after begin\(\)"),
    "write-before-begin": (200, r"^write -7\n$", r"E5006\] libhostile\.so:app: write: only between begin"),
    "nothing": (500, r"request \w+\n$", r"E5003\] GET /nothing request \w+: the handler ended without a response"),
    "refuse": (500, r"request \w+\n$", r"E5001\] GET /refuse request \w+: handle\(\) returned -9"),
    "nonsense": (500, r"request \w+\n$", r"E5001\] GET /nonsense request \w+: handle\(\) returned 4711"),
    "stream-without-end": (CLOSED, "", r"E5003\] GET /stream-without-end request \w+: .*without an end"),
    "release-then-use": (200, r"^released\n$", r"E5006\] libhostile\.so:app: respond: after release\(\)"),
    "release-and-ok": (200, r"^released\n$", r"E5006\] libhostile\.so:app: handle: returned AS_OK after release"),
    "use-when-over": (200, r"^in time\n$", r"E5006\] libhostile\.so:app: body_next: after release\(\)"),
    "wrong-thread": (200, r"^respond -7\n$", r"E5006\] libhostile\.so:app: respond: .*another thread"),
    "cancel-timer-twice": (200, r"^cancelled\n$", None),
    "close-twice": (200, r"^wait -7\n$", r"E5006\] libhostile\.so:app: fd_close: twice"),
    "throw-std": (500, r"request \w+\n$", r"E5001\] GET /throw-std request \w+: an exception crossed .*: boom"),
    "throw-int": (500, r"request \w+\n$", r"E5001\] GET /throw-int request \w+: an exception crossed"),
    "throw-bad-alloc": (500, r"request \w+\n$", r"E5001\] GET /throw-bad-alloc request \w+: .*bad_alloc"),
    **{f"head-{kind}": (500, r"request \w+\n$", rf"E5008\] GET /head-{kind} request \w+: one of the response's fields")
       for kind in ("cr", "lf", "nul", "name", "empty", "length", "te", "type")},
    **{f"status-{kind}": (500, r"request \w+\n$", rf"W5009\] GET /status-{kind} request \w+: a response cannot have")
       for kind in ("0", "99", "100", "600", "huge")},
    "body-with-204": (204, r"^$", None),
    "too-long": (200, r"^01234$", r"W5007\] GET /too-long request \w+: the body is longer"),
    "too-short": (CLOSED, "", r"W5007\] GET /too-short request \w+: the body is shorter"),
    "negative-length": (200, r"^0123456789$", None),
    "struct-sizes": (200, r"^respond -1\n$", None),
    "huge-sizes": (200, r"^worst -1\n$", None),
    "nulls": (200, r"^worst -1\n$", r"E5006\] libhostile\.so:app: write: only between begin"),
    "block": (200, r"^blocked\n$", r"W5010\] loop 0 was held \d+ ms by GET /block \(libhostile\.so:app, request \w+\); "
              r"other requests waited; it was in  .* < block < handle\n"),
    "spin": (200, r"^spun\n$", r"W5010\] loop 0 was held \d+ ms by GET /spin .* it was in  (.* < )?spin < handle\n"),
    "chatter": (200, r"^said\n$", r"noise"),
}


class Misuse(unittest.TestCase):
    def check(self, server, deed):
        status, body, log = MISUSES[deed]
        before = len(server.output)
        with server.connect() as client:
            client.send_request("GET", f"/{deed}")
            if status == CLOSED:
                with self.assertRaises(ConnectionError):
                    client.read_response()
            else:
                answer = client.read_response()
                self.assertEqual(answer.status, status)
                self.assertRegex(answer.text, body)
                self.assertIsNone(answer.header("x-evil"))
        self.assertEqual(server.get("/").text, "well\n")
        if log:
            server.wait_for_output(log)
        else:
            self.assertNotRegex(server.output[before:], r"\[[EW]\d")

    def test_every_misuse_has_its_answer_its_line_and_no_other_victim(self):
        with Server("--threads", "1", app("hostile")) as server:
            for deed in MISUSES:
                with self.subTest(deed):
                    self.check(server, deed)


if __name__ == "__main__":
    unittest.main()
