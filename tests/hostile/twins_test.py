"""Two apps whose C++ names are equal and whose layouts are not live side by side."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from harness import Server, app  # noqa: E402


class Twins(unittest.TestCase):
    def test_neither_sees_the_others_statics_inlines_or_tables(self):
        with Server("--mount", f"/small={app('twin_small')}", "--mount", f"/large={app('twin_large')}",
                    "--mount", f"/again={app('twin_large')}") as server:
            self.assertEqual(server.get("/small/").text, "small 1001 1001 1001\n")
            self.assertEqual(server.get("/large/").text, "large 2001 2001 2001\n")
            self.assertEqual(server.get("/small/").text, "small 1002 1002 1002\n")
            self.assertEqual(server.get("/again/").text, "large 2002 2002 2002\n")  # one copy, so shared


if __name__ == "__main__":
    unittest.main()
