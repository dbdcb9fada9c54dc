"""A client that is not ours: curl, as people use it."""
import json
import shutil
import subprocess
import unittest

from harness import Server, app, folder


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--mount", f"/={app('torture')}", "--mount", f"/hello={app('hello')}",
                            "--mount", f"/info={app('info')}")
        cls.server.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None, None, None)

    def curl(self, *args, **more):
        result = subprocess.run(["curl", "-sS", "--max-time", "30", *args], capture_output=True, timeout=60, **more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_the_headers_of_an_answer(self):
        text = self.curl("-i", f"{self.server.url}/hello/").decode()
        self.assertTrue(text.startswith("HTTP/1.1 200 OK\r\n"), text)
        self.assertRegex(text, r"(?im)^date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$")
        self.assertRegex(text, r"(?im)^server: appserve")
        self.assertTrue(text.endswith("\r\n\r\nHello, World!\n"), text)

    def test_json(self):
        self.assertIsInstance(json.loads(self.curl(f"{self.server.url}/info/GetMyInfo")), dict)

    def test_an_upload_from_a_file_and_one_from_a_pipe(self):
        content = bytes(range(256)) * 2000
        with folder() as tmp:
            (tmp / "upload").write_bytes(content)
            self.assertEqual(self.curl("-T", tmp / "upload", "-X", "POST", f"{self.server.url}/echo"), content)
        self.assertEqual(self.curl("-T", "-", "-X", "POST", f"{self.server.url}/echo", input=content), content)

    def test_one_connection_for_several_urls(self):
        opened = self.curl("-w", "%{num_connects} ", "-o", "/dev/null", f"{self.server.url}/",
                           "-o", "/dev/null", f"{self.server.url}/json")
        self.assertEqual(opened, b"1 0 ")

    def test_http_1_0_and_head(self):
        self.assertEqual(self.curl("--http1.0", f"{self.server.url}/"), b"hello\n")
        self.assertIn(b"200 OK", self.curl("-I", f"{self.server.url}/"))


if __name__ == "__main__":
    unittest.main()
