"""How long a connection lasts, what 100-continue does, and how answers are framed."""
import unittest

from wire import HELLO, PROBE, WireTest, chunked, get, post


class Persistence(WireTest):
    def test_close_is_seen_in_any_spelling(self):
        for value in ("close", "Close", "\tclose\t", "x, close", "close,", "keep-alive, close", "close, keep-alive"):
            self.check([(value, get(f"Host: a\r\nConnection: {value}\r\n") + PROBE,
                         [(200, HELLO, {"connection": "close"})], "closed")])
        self.check([
            ("second line", get("Host: a\r\nConnection: x\r\nConnection: close\r\n") + PROBE, [200], "closed"),
            ("with content", post("Connection: close\r\nContent-Length: 4\r\n", b"wire") + PROBE, [(200, b"wire")], "closed"),
            ("followed by garbage", get("Host: a\r\nConnection: close\r\n") + b"\0\xff\r\n" * 9, [(200, HELLO)], "closed"),
        ])

    def test_other_options_leave_it_open(self):
        for value in ("keep-alive", "closed", "x-close", "\"close\"", "upgrade", "content-length"):
            self.check([(value, get(f"Host: a\r\nConnection: {value}\r\n"), [(200, HELLO, {"connection": None})], "open")])

    def test_http_1_0(self):
        keep = {"connection": "Keep-Alive"}
        self.check([
            ("closes", get(line="GET / HTTP/1.0") + PROBE, [(200, HELLO, {"connection": "close"})], "closed"),
            ("stays when asked", get("Connection: Keep-Alive\r\n", "GET / HTTP/1.0"), [(200, HELLO, keep)], "open"),
            ("echo stays too", post("Connection: keep-alive\r\nContent-Length: 4\r\n", b"wire", "POST /echo HTTP/1.0"),
             [(200, b"wire", keep)], "open"),
            ("a stream ends with the connection", get("Connection: keep-alive\r\n", "GET /stream HTTP/1.0"),
             [(200, b"line 1\nline 2\nline 3\nline 4\nline 5\n",
               {"transfer-encoding": None, "content-length": None, "connection": "close"})], "closed"),
        ])

    def test_upgrades_nobody_speaks_are_ignored(self):
        for protocol in ("websocket", "h2c", "TLS/1.0", "x/1, y/2"):
            self.check([(protocol, post(f"Connection: Upgrade\r\nUpgrade: {protocol}\r\nContent-Length: 4\r\n", b"wire") + PROBE,
                         [(200, b"wire"), (200, HELLO)], "open")])

    def test_empty_lines_behind_the_last_request_are_no_request(self):
        for lines in (b"\r", b"\r\n", b"\r\n\r\n"):
            for step in (None, 1):
                with self.subTest(lines, step=step), self.converse() as conversation:
                    conversation.send(post("Content-Length: 4\r\n", b"wire") + lines, step)
                    self.check_answer(conversation.answer(), (200, b"wire"))
                    conversation.half_close()
                    self.assertEqual(conversation.rest(), b"")

    def test_a_pipeline_is_answered_in_order(self):
        many = b"".join(post("Content-Length: 3\r\n", b"%03d" % n) for n in range(100))
        self.check([
            ("a hundred", many, [(200, b"%03d" % n) for n in range(100)], "open"),
            ("slow first", get(line="GET /slow?ms=100 HTTP/1.1") + post("Content-Length: 1\r\n", b"x") + get(),
             [(200, HELLO), (200, b"x"), (200, HELLO)], "open"),
            ("mixed", chunked(b"1\r\na\r\n0\r\n\r\n") + get(line="GET /status/204 HTTP/1.1") + get(line="GET /none HTTP/1.1") + get(),
             [(200, b"a"), (204, b""), 404, (200, HELLO)], "open"),
            ("good, then bad, then good", get() + b"nonsense\r\n\r\n" + get(), [(200, HELLO), (400, None, {"connection": "close"})],
             "closed"),
        ])


class Continue(WireTest):
    def test_the_app_asks_for_content(self):
        for expect in ("100-continue", "100-CONTINUE", "\t100-continue "):
            for fields, content in (("Content-Length: 4\r\n", b"wire"), ("Transfer-Encoding: chunked\r\n", b"4\r\nwire\r\n0\r\n\r\n")):
                with self.subTest(expect, fields=fields), self.converse() as conversation:
                    conversation.send(post(f"Expect: {expect}\r\n{fields}"))
                    self.check_answer(conversation.answer(), 100)
                    conversation.send(content)
                    self.check_answer(conversation.answer(), (200, b"wire"))
                    self.check_left(conversation, "open")

    def test_it_is_not_sent_when_it_would_be_wrong(self):
        wait = "Expect: 100-continue\r\n"
        self.check([
            ("no content", post(wait), [(200, b"")], "open"),
            ("no content, by length", post(wait + "Content-Length: 0\r\n"), [(200, b"")], "open"),
            ("too much content", post(wait + "Content-Length: 99999999999\r\n"), [413], "closed"),
            ("bad length", post(wait + "Content-Length: x\r\n"), [400], "closed"),
            ("bad host", get("Host: a b\r\nContent-Length: 4\r\n" + wait, "POST /echo HTTP/1.1"), [400], "closed"),
            ("a method the path has not", post(wait + "Content-Length: 4\r\n", line="POST /none HTTP/1.1"),
             [(405, None, {"connection": "close"})], "closed"),
        ])
        for version in ("1.0", "1.1"):  # in one piece: the content has come already
            with self.subTest(version), self.converse() as conversation:
                conversation.send(post(wait + "Content-Length: 4\r\n", b"wire", f"POST /echo HTTP/{version}"))
                self.check_answer(conversation.answer(), (200, b"wire"))

    def test_a_request_that_waits_for_nothing_leaves_the_next_alone(self):
        """Once a server swallowed the next request, and merged the heads of both."""
        sent = post("Expect: 100-continue\r\nX-First: 1\r\n", line="POST /inspect HTTP/1.1")
        sent += get("Host: b\r\nX-Second: 2\r\n", "GET /inspect HTTP/1.1")
        self.check([("two heads", sent, [(200, b"POST /inspect\nhost: a\nexpect: 100-continue\nx-first: 1\n"),
                                         (200, b"GET /inspect\nhost: b\nx-second: 2\n")], "open")])

    def test_other_expectations_fail(self):
        for value in ("200-ok", "100-continue-please", "100-continue, more", "100"):
            self.check([(value, post(f"Expect: {value}\r\nContent-Length: 4\r\n", b"wire"), [417], "closed")])


class Answers(WireTest):
    def test_no_content_where_none_may_be(self):
        self.check([
            ("HEAD", get(line="HEAD / HTTP/1.1"), [(200, b"", {"content-length": "6"})], "open"),
            ("HEAD of a stream", get(line="HEAD /stream HTTP/1.1"), [(200, b"")], "open"),
            ("HEAD of nothing", get(line="HEAD /none HTTP/1.1"), [(404, b"")], "open"),
            ("HEAD that is refused", get("Host: a b\r\n", "HEAD / HTTP/1.1"), [(400, b"")], "closed"),
            ("204", get(line="GET /status/204 HTTP/1.1"), [(204, b"")], "open"),
            ("304", get(line="GET /status/304 HTTP/1.1"), [(304, b"")], "open"),
            ("205", get(line="GET /status/205 HTTP/1.1"), [(205, b"", {"content-length": "0"})], "open"),
        ])

    def test_a_stream_is_chunked(self):
        self.check([("stream", get(line="GET /stream HTTP/1.1"),
                     [(200, b"line 1\nline 2\nline 3\nline 4\nline 5\n", {"transfer-encoding": "chunked", "content-length": None})],
                     "open")])

    def test_the_answer_to_the_octet(self):
        with self.converse() as conversation:
            conversation.send(get("Host: a\r\nConnection: close\r\n", "GET /plaintext HTTP/1.1"))
            head, _, content = conversation.rest().partition(b"\r\n\r\n")
            self.assertEqual(content, b"Hello, World!")
            lines = head.split(b"\r\n")
            self.assertEqual(lines[0], b"HTTP/1.1 200 OK")
            names = sorted(line.split(b":")[0].lower() for line in lines[1:])
            self.assertEqual(names, [b"connection", b"content-length", b"content-type", b"date", b"server"])

    def test_a_refusal_says_what_is_wrong(self):
        with self.converse() as conversation:
            conversation.send(get("Host: a\r\nHost: b\r\n"))
            answer = conversation.answer()
            self.assertEqual(answer.values("connection"), ["close"])
            self.assertTrue(answer.values("content-type")[0].startswith("text/plain"))
            self.assertIn(b"Bad Request\r\n\r\nHost is given twice\r\n", answer.content)


if __name__ == "__main__":
    unittest.main()
