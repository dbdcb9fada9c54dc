"""Files over real sockets: large ones by sendfile, slow readers, changed files; uploads however large."""
import os
import unittest

from harness import APPS, Server, folder

MEGABYTE = b"".join(b"%07d\n" % i for i in range(131072))


def shelf(tmp, *more):
    (tmp / "shelf").mkdir()
    (tmp / "config.toml").write_text(f"""[limits]
body = "64 MiB"
[[app]]
load = "{APPS}/libshelf.so:create_app"
call = true
url_prefix = "/shelf"
[app.config]
folder = "shelf"
""")
    # Memory is looked at: what ASan keeps of freed memory is not the server's.
    return Server("--config", "config.toml", *more, cwd=tmp, env={"ASAN_OPTIONS": "quarantine_size_mb=1"})


class Download(unittest.TestCase):
    def test_a_large_file_arrives_whole_also_at_a_slow_reader(self):
        with folder() as tmp, shelf(tmp) as server:
            (tmp / "shelf" / "large.txt").write_bytes(MEGABYTE * 8)
            with server.connect() as client:
                client.send_request("GET", "/shelf/files/large.txt")
                head = client.read_head()
                self.assertEqual(head.header("content-length"), str(len(MEGABYTE) * 8))
                self.assertEqual(client.read_exactly(len(MEGABYTE) * 8), MEGABYTE * 8)
                client.send_request("GET", "/shelf/files/large.txt", "Range: bytes=1000000-1000007")
                part = client.read_response()
                self.assertEqual((part.status, part.body), (206, (MEGABYTE * 8)[1000000:1000008]))
                client.send_request("GET", "/shelf/files/large.txt", "Range: bytes=8-15,8388600-")
                parts = client.read_response()
                self.assertIn(b"bytes 8-15/8388608\r\n\r\n0000001\n\r\n", parts.body)
                client.send_request("HEAD", "/shelf/files/large.txt")
                self.assertEqual(client.read_response("HEAD").header("content-length"), str(len(MEGABYTE) * 8))
                client.send_request("GET", "/shelf/files/large.txt", f"If-None-Match: {head.header('etag')}")
                self.assertEqual(client.read_response().status, 304)

    def test_readers_that_leave_in_the_middle_leave_nothing_open(self):
        with folder() as tmp, shelf(tmp, "--threads", "1") as server:
            (tmp / "shelf" / "large.txt").write_bytes(MEGABYTE * 8)
            descriptors = f"/proc/{server.process.pid}/fd"
            server.get("/shelf/files/large.txt")
            before = len(os.listdir(descriptors))
            for _ in range(20):
                with server.connect() as client:
                    client.send_request("GET", "/shelf/files/large.txt")
                    client.read_head()
            server.get("/shelf/files/large.txt")
            self.assertLessEqual(len(os.listdir(descriptors)), before + 2)

    def test_a_file_that_shrinks_while_it_is_sent_cuts_the_connection(self):
        with folder() as tmp, shelf(tmp) as server:
            (tmp / "shelf" / "large.txt").write_bytes(MEGABYTE * 64)
            with server.connect() as client:
                client.send_request("GET", "/shelf/files/large.txt")
                client.read_head()
                os.truncate(tmp / "shelf" / "large.txt", 1000)
                with self.assertRaises(ConnectionError):
                    client.read_exactly(len(MEGABYTE) * 64)
            server.wait_for_output("a file became shorter while it was sent")


class Upload(unittest.TestCase):
    def test_what_is_put_there_is_there(self):
        with folder() as tmp, shelf(tmp) as server:
            body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="../a & b.txt"\r\n\r\n' + MEGABYTE * 4 +
                    b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename=".hidden"\r\n\r\nx\r\n--b--\r\n')
            answer = server.request("POST", "/shelf/", "Content-Type: multipart/form-data; boundary=b", body=body)
            self.assertEqual(answer.status, 422)
            self.assertEqual(os.listdir(tmp / "shelf"), ["a & b.txt"])
            self.assertEqual(server.get("/shelf/files/a%20%26%20b.txt").body, MEGABYTE * 4)
            self.assertIn('<a href="files/a%20%26%20b.txt">a&#32;&#38;&#32;b.txt</a>', server.get("/shelf/").text)

    def test_a_large_upload_needs_no_memory(self):
        with folder() as tmp, shelf(tmp, "--threads", "1") as server:
            server.get("/shelf/")
            before = server.resident_kib()
            body = b'--b\r\nContent-Disposition: form-data; name="f"; filename=f\r\n\r\n' + MEGABYTE * 48 + b"\r\n--b--\r\n"
            self.assertEqual(server.request("POST", "/shelf/", "Content-Type: multipart/form-data; boundary=b", body=body).status, 303)
            self.assertLess(server.resident_kib() - before, 24 * 1024)


if __name__ == "__main__":
    unittest.main()
