"""Where a message ends: lengths, chunks, and everything two parsers could read differently."""
import time
import unittest

from wire import HELLO, PROBE, WireTest, chunked, get, post

NEXT = PROBE


class Served(WireTest):
    def test_lengths(self):
        self.check([
            ("plain", post("Content-Length: 4\r\n", b"wire") + NEXT, [(200, b"wire"), (200, HELLO)], "open"),
            ("zero", post("Content-Length: 0\r\n") + NEXT, [(200, b""), 200], "open"),
            ("absent", post("") + NEXT, [(200, b""), 200], "open"),
            ("many zeros", post("Content-Length: 00000000000000000004\r\n", b"wire"), [(200, b"wire")], "open"),
            ("white space around", post("Content-Length: \t 4 \t\r\n", b"wire"), [(200, b"wire")], "open"),
            ("odd case", post("cONTENT-lENGTH:4\r\n", b"wire"), [(200, b"wire")], "open"),
            ("a request as content", post(f"Content-Length: {len(NEXT)}\r\n", NEXT), [(200, NEXT)], "open"),
            ("any octets", post("Content-Length: 256\r\n", bytes(range(256))), [(200, bytes(range(256)))], "open"),
            ("content of GET", post(f"Content-Length: {len(NEXT)}\r\n", NEXT, "GET / HTTP/1.1"), [(200, HELLO)], "open"),
            ("three in a row", post("Content-Length: 1\r\n", b"a") + post("Content-Length: 2\r\n", b"bc") + NEXT,
             [(200, b"a"), (200, b"bc"), (200, HELLO)], "open"),
        ])

    def test_chunks(self):
        self.check([
            ("two chunks", chunked(b"2\r\nwi\r\n2\r\nre\r\n0\r\n\r\n") + NEXT, [(200, b"wire"), 200], "open"),
            ("upper and lower hexadecimal", chunked(b"A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"),
             [(200, b"01234567890123456789a")], "open"),
            ("leading zeros", chunked(b"0004\r\nwire\r\n000\r\n\r\n"), [(200, b"wire")], "open"),
            ("empty", chunked(b"0\r\n\r\n"), [(200, b"")], "open"),
            ("framing inside the content", chunked(b"9\r\n\r\n0\r\n\r\nab\r\n0\r\n\r\n"), [(200, b"\r\n0\r\n\r\nab")], "open"),
            ("extensions", chunked(b"4;x;y=z;q=\"a;\\\"b\"\r\nwire\r\n0;last\r\n\r\n"), [(200, b"wire")], "open"),
            ("white space about extensions", chunked(b"4 ;x = y\t; z\r\nwire\r\n0\r\n\r\n"), [(200, b"wire")], "open"),
            ("trailers are no headers", post("Transfer-Encoding: chunked\r\n", b"0\r\nX-Trailer: t\r\nHost: b\r\n\r\n",
                                             "POST /inspect HTTP/1.1"),
             [(200, b"POST /inspect\nhost: a\ntransfer-encoding: chunked\n")], "open"),
            ("trailers change nothing", chunked(b"4\r\nwire\r\n0\r\nConnection: close\r\nContent-Length: 9\r\n\r\n"),
             [(200, b"wire")], "open"),
            ("coding in odd case", post("transfer-ENCODING:\tCHUNKED\t\r\n", b"0\r\n\r\n"), [(200, b"")], "open"),
        ])


    def test_the_limit_of_content_is_not_off_by_one(self):
        mib = 1 << 20
        for size, status in ((mib - 1, 200), (mib, 200), (mib + 1, 413)):
            content = b"w" * size
            left = "open" if status == 200 else "closed"
            answer = (status, content if status == 200 else None)
            self.check([
                (f"{size} by length", post(f"Content-Length: {size}\r\n", content), [answer], left),
                (f"{size} in one chunk", chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (size, content)), [answer], left),
            ])
        half = b"80000\r\n" + b"w" * (mib // 2) + b"\r\n"
        self.check([
            ("1 MiB in two chunks", chunked(half * 2 + b"0\r\n\r\n"), [(200, b"w" * mib)], "open"),
            ("1 MiB of content, more on the wire", chunked(b"1\r\nw\r\n" * 50000 + b"0\r\n\r\n"), [(200, b"w" * 50000)],
             "open"),
        ])

    def test_the_limit_of_chunk_overhead_is_not_off_by_one(self):
        for size, status in ((16383, 200), (16384, 200), (16385, 400)):
            extension = b"1;" + b"x" * (size - 1) + b"\r\nw\r\n0\r\n\r\n"
            trailer = b"1\r\nw\r\n0\r\nX:" + b"y" * (size - 3) + b"\r\n\r\n"
            for sent in (extension, trailer):
                self.check([(f"{size}", chunked(sent), [status], "open" if status == 200 else "closed")])


class Refused(WireTest):
    """Each of these is answered once, and what follows it is never read as a request."""

    def check_refused(self, cases):
        self.check([(title, sent + NEXT, [(status, None, {"connection": "close"})], "closed")
                    for title, status, sent in cases])

    def test_lengths(self):
        for value in ("+4", "-4", "0x4", "4.0", "4,4", "4, 5", "4 4", "4;", "", "four", "4\x0b", "\xb2", "1e1", "4_0",
                      "18446744073709551620", "9" * 300):
            self.check_refused([(value, 400, post(f"Content-Length: {value}\r\n", b"wire"))])
        self.check_refused([
            ("twice the same", 400, post("Content-Length: 4\r\nContent-Length: 4\r\n", b"wire")),
            ("twice, different", 400, post("Content-Length: 4\r\nContent-length: 0\r\n", b"wire")),
            ("too much", 413, post("Content-Length: 1099511627776\r\n")),
        ])

    def test_codings(self):
        self.check_refused([
            ("unknown before chunked", 501, post("Transfer-Encoding: br, chunked\r\n", b"0\r\n\r\n")),
            ("unknown alone", 400, post("Transfer-Encoding: br\r\n")),
            ("chunked before another", 400, post("Transfer-Encoding: chunked, br\r\n", b"0\r\n\r\n")),
            ("chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n")),
            ("two lines", 400, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
            ("empty", 400, post("Transfer-Encoding: \r\n")),
            ("with parameters", 400, post("Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n")),
            ("with length", 400, post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n")),
            ("with length first", 400, post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
            ("with a length that is none", 400, post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
            ("HTTP/1.0", 400, post("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n",
                                   "POST /echo HTTP/1.0")),
            ("form feed", 400, post("Transfer-Encoding: \x0cchunked\r\n", b"0\r\n\r\n")),
            ("space in the name", 400, post("Transfer-Encoding : chunked\r\n", b"0\r\n\r\n")),
            ("folded", 400, post("Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n")),
            ("behind a bare CR", 400, post("X: y\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
        ])

    def test_chunks(self):
        for size in (b"", b"g", b"-1", b"+4", b"0x4", b" 4", b"4 ", b"4 x", b"4\t", b"4,", b"4;", b"4;=", b"4;x=", b"4;x y",
                     b"4;x=\"y", b"4;\x01", b"00000000000000004", b"4\n"):
            self.check_refused([(repr(size), 400, chunked(size + b"\r\nwire\r\n0\r\n\r\n"))])
        self.check_refused([
            ("size ends in LF", 400, chunked(b"4\nwire\r\n0\r\n\r\n")),
            ("data too long", 400, chunked(b"4\r\nwires\r\n0\r\n\r\n")),
            ("data too short", 400, chunked(b"5\r\nwire\r\n0\r\n\r\n")),
            ("data ends in LF", 400, chunked(b"4\r\nwire\n0\r\n\r\n")),
            ("trailer without a name", 400, chunked(b"0\r\n: x\r\n\r\n")),
            ("trailer without a colon", 400, chunked(b"0\r\nx\r\n\r\n")),
            ("folded trailer", 400, chunked(b"0\r\nA: b\r\n c\r\n\r\n")),
            ("end in LF", 400, chunked(b"0\r\n\n")),
            ("too much announced", 413, chunked(b"ffffffffffff\r\n")),
            ("more than 64 bits announced", 413, chunked(b"fffffffffffffffff\r\n")),
            ("endless extension", 400, chunked(b"1;" + b"x" * 40000)),
            ("endless trailers", 400, chunked(b"0\r\n" + b"A: b\r\n" * 5000)),
        ])

    def test_content_that_ends_early_is_not_served(self):
        for sent in (post("Content-Length: 5\r\n", b"wire"), chunked(b"4\r\nwire\r\n"), chunked(b"5\r\nwire"),
                     get()[:-1], get()[:-2], b"GET / HT"):
            with self.subTest(sent), self.converse() as conversation:
                conversation.send(sent)
                conversation.half_close()
                self.assertNotIn(b" 200 ", conversation.rest().split(b"\r\n")[0])

    def test_content_nobody_wanted_is_dropped_or_ends_the_connection(self):
        line = "POST /none HTTP/1.1"
        for size in (1, 1000, 60_000, 1 << 20):
            content = b"w" * size
            for title, sent in (("by length", post(f"Content-Length: {size}\r\n", content, line)),
                                ("in one chunk", post("Transfer-Encoding: chunked\r\n",
                                                      b"%x\r\n%s\r\n0\r\n\r\n" % (size, content), line))):
                if size <= 1 << 16:
                    self.check([(f"{size} {title}", sent + NEXT, [405, (200, HELLO)], "open")])
                else:
                    self.check([(f"{size} {title}", sent + NEXT, [(405, None, {"connection": "close"})], "closed")])

    def test_content_nobody_wanted_that_ends_early_ends_the_connection_at_once(self):
        for sent in (post("Content-Length: 9\r\n", b"wire", "POST /none HTTP/1.1"),
                     post("Transfer-Encoding: chunked\r\n", b"9\r\nwire", "POST /none HTTP/1.1")):
            with self.subTest(sent), self.converse() as conversation:
                conversation.send(sent)
                self.check_answer(conversation.answer(), 405)
                conversation.half_close()
                began = time.monotonic()
                self.assertEqual(conversation.rest(), b"")
                self.assertLess(time.monotonic() - began, 3)  # late content would have 5 s


if __name__ == "__main__":
    unittest.main()
