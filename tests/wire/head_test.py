"""Request lines, targets, fields and Host: what is let through, what is refused, and with which status."""
import unittest

from wire import HELLO, PROBE, WireTest, get


class RequestLine(WireTest):
    def test_what_is_served(self):
        self.check([
            ("plain", get(), [(200, HELLO)], "open"),
            ("later minor versions", get(line="GET / HTTP/1.3"), [(200, HELLO)], "open"),
            ("an empty line before", b"\r\n" + get() + b"\r\n" + get(), [200, 200], "open"),
            ("query", get(line="GET /inspect?a=%00&b=[]{}|^`\\ HTTP/1.1"),
             [(200, b"GET /inspect?a=%00&b=[]{}|^`\\\nhost: a\n")], "open"),
            ("absolute form", get(line="GET http://b:80/inspect HTTP/1.1"), [(200, b"GET http://b:80/inspect\nhost: b:80\n")], "open"),
            ("absolute form without a path", get(line="GET HTTP://b HTTP/1.1"), [(200, HELLO)], "open"),
            ("long target", get(line="GET /?" + "q" * 8000 + " HTTP/1.1"), [(200, HELLO)], "open"),
        ])

    def test_what_is_refused(self):
        cases = {
            400: ["GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/\tHTTP/1.1", "GET /", "GET",
                  "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.01", "GET / HTTP/one", "GET / HTTPS/1.1", "GET / XTTP/1.1",
                  "GET / HTTP/1.1 HTTP/1.1", "G(T / HTTP/1.1", "G\xe9T / HTTP/1.1", "GET a HTTP/1.1", "GET * HTTP/1.1",
                  "GET a:80 HTTP/1.1", "GET ?a HTTP/1.1", "GET /a#b HTTP/1.1", "GET /%g0 HTTP/1.1", "GET /%0 HTTP/1.1",
                  "GET /?%xy HTTP/1.1", "GET /%00 HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1", "GET /a\tb HTTP/1.1",
                  "GET /\"a\" HTTP/1.1", "GET /<a> HTTP/1.1", "GET /a\\b HTTP/1.1", "GET http://u:p@a/ HTTP/1.1",
                  "GET http:///a HTTP/1.1", "GET http://a:port/ HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET http://[::/ HTTP/1.1"],
            414: ["GET /" + "a" * 9000 + " HTTP/1.1", "GET /?" + "a" * 100000 + " HTTP/1.1"],
            421: ["GET https://a/ HTTP/1.1"],
            501: ["get / HTTP/1.1", "BREW / HTTP/1.1", "CONNECT a:80 HTTP/1.1", "X" * 5000 + " / HTTP/1.1"],
            505: ["GET / HTTP/0.9", "GET / HTTP/2.0", "GET / HTTP/9.9", "PRI * HTTP/2.0"],
        }
        for status, lines in cases.items():
            self.check([(line[:60], get(line=line) + PROBE, [status], "closed") for line in lines])

    def test_a_path_that_leads_out_of_the_root_ends_the_connection(self):
        for path in ("/../x", "/a/../..", "/%2e%2e/x", "/a/..%2fx", "/a%5c..%5cx"):
            self.check([(path, get(line=f"GET {path} HTTP/1.1") + PROBE, [(400, None, {"connection": "close"})], "closed")])

    def test_other_protocols_are_refused_at_once(self):
        self.check([
            ("TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", [400], "closed"),
            ("SSH", b"SSH-2.0-wire\r\n", [400], "closed"),
            ("HTTP/0.9", b"GET /\r\n", [400], "closed"),
            ("line feeds", b"\n", [400], "closed"),
            ("many empty lines", b"\r\n" * 1000, [400], "closed"),
            ("PROXY protocol", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", [400], "closed"),
            ("JSON", b'{"a": 1}\r\n', [400], "closed"),
        ])


class Fields(WireTest):
    def test_what_the_app_sees(self):
        line = "GET /inspect HTTP/1.1"
        self.check([
            ("order, case, duplicates", get("Host: a\r\nX-B: 1\r\nX-A: Two\r\nx-b: 3\r\n", line),
             [(200, b"GET /inspect\nhost: a\nx-b: 1\nx-a: Two\nx-b: 3\n")], "open"),
            ("white space around values", get("Host:\ta \r\nX:  \t v w\t\tx \t\r\nY:\r\n", line),
             [(200, b"GET /inspect\nhost: a\nx: v w\t\tx\ny: \n")], "open"),
            ("8-bit octets", get("Host: a\r\nX: \xfc\x80\r\n", line), [(200, b"GET /inspect\nhost: a\nx: \xfc\x80\n")], "open"),
            ("underscores vanish", get("Host: a\r\nX_Forwarded_For: 6.6.6.6\r\nContent_Length: 3\r\n", line),
             [(200, b"GET /inspect\nhost: a\n")], "open"),
            ("the absolute form's host, not the other", get("Host: fake\r\n", "GET http://real:81/inspect HTTP/1.1"),
             [(200, b"GET http://real:81/inspect\nhost: real:81\n")], "open"),
        ])

    def test_what_is_refused(self):
        for field in ("X : y", "X\t: y", ": y", "X", "X Y: z", "X: y\r\n z", "X: y\r\n\tz", "X(: y", "X\xe4: y", "X\0: y", "X: \0",
                      "X: a\rb", "X: a\x01b", "X: a\x7fb", "X: a\nY: b", "\x0bX: y", "\"X\": y"):
            self.check([(repr(field), get(f"Host: a\r\n{field}\r\n") + PROBE, [400], "closed")])
        self.check([
            ("white space first", get(" Host: a\r\nHost: a\r\n"), [400], "closed"),
            ("CRLF CR", b"GET / HTTP/1.1\r\nHost: a\r\n\r" + PROBE, [400], "closed"),
            ("line feeds only", b"GET / HTTP/1.1\nHost: a\n\n", [400], "closed"),
            ("many fields", get("Host: a\r\n" + "X: y\r\n" * 101), [431], "closed"),
            ("a long field", get("Host: a\r\nX: " + "y" * 40000 + "\r\n"), [431], "closed"),
            ("a long name", get("Host: a\r\n" + "x" * 40000 + ": y\r\n"), [431], "closed"),
        ])

    def test_limits_are_not_off_by_one(self):
        def of_size(size):
            return get("Host: a\r\nX: " + "y" * (size - len(get("Host: a\r\nX: \r\n"))) + "\r\n")
        self.check([
            ("99 fields", get("Host: a\r\n" + "X: y\r\n" * 98), [200], "open"),
            ("100 fields", get("Host: a\r\n" + "X: y\r\n" * 99), [200], "open"),
            ("101 fields", get("Host: a\r\n" + "X: y\r\n" * 100), [431], "closed"),
            ("a head of 32 KiB - 1", of_size(32767), [200], "open"),
            ("a head of 32 KiB", of_size(32768), [200], "open"),
            ("a head of 32 KiB + 1", of_size(32769), [431], "closed"),
            ("a target of 8 KiB - 1", get(line="GET /?" + "a" * 8189 + " HTTP/1.1"), [200], "open"),
            ("a target of 8 KiB", get(line="GET /?" + "a" * 8190 + " HTTP/1.1"), [200], "open"),
            ("a target of 8 KiB + 1", get(line="GET /?" + "a" * 8191 + " HTTP/1.1"), [414], "closed"),
        ])


class Host(WireTest):
    def test_valid_hosts(self):
        for host in ("a", "a:80", "a:", "", "A.example.", "127.0.0.1:8080", "[::1]", "[2001:db8::1]:443", "a_b", "%61", "a!$&'()*+,;=~"):
            self.check([(host, get(f"Host: {host}\r\n"), [(200, HELLO)], "open")])
        self.check([("none in HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", [(200, HELLO)], "closed")])

    def test_invalid_hosts(self):
        for host in ("a b", "a/", "a?", "a#", "a@b", "a:b", "a:80:80", "::1", "[::1", "[g::]", "http://a", "a\\b", "a\"", "<a>", "a:65536",
                     "\xe4", "a\tb"):
            self.check([(host, get(f"Host: {host}\r\n") + PROBE, [400], "closed"),
                        (host + " in HTTP/1.0", get(f"Host: {host}\r\n", "GET / HTTP/1.0") + PROBE, [400], "closed")])
        self.check([
            ("none", get("X: y\r\n") + PROBE, [400], "closed"),
            ("two", get("Host: a\r\nHost: a\r\n") + PROBE, [400], "closed"),
            ("two in HTTP/1.0", get("Host: a\r\nHost: b\r\n", "GET / HTTP/1.0"), [400], "closed"),
            ("absolute form without one", get("", "GET http://a/ HTTP/1.1"), [400], "closed"),
        ])


if __name__ == "__main__":
    unittest.main()
