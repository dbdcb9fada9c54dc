"""A request costs no more instructions than it did: bench/instructions.py, held against the figures below."""
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
sys.path.insert(0, str(ROOT / "bench"))
import instructions  # noqa: E402

# User instructions per request, by version of g++.
BUDGET = {
    "12": {"plaintext": 5239, "pipelined": 4745, "routed": 5951, "json": 6262, "browser": 13877,
           "logged": 7429},
}
SLACK = 0.05


def compiler():
    """The major version of the g++ that built the server."""
    flags = (BUILD / "CMakeCache.txt").read_text()
    path = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", flags, re.M)[1]
    return subprocess.run([path, "-dumpversion"], capture_output=True, text=True, check=True).stdout.split(".")[0].strip()


class Instructions(unittest.TestCase):
    def test_no_kind_of_request_costs_more_than_before(self):
        self.assertTrue((BUILD / "bin/appserve").exists(), "there is no release build; try ./dev build")
        figures = {name: round(value) for name, value in instructions.measure_all(BUILD).items()}
        print(f"\ninstructions per request: {figures}", file=sys.stderr)
        budget = BUDGET.get(compiler())
        if budget is None:
            self.skipTest(f"no figures for g++ {compiler()}")
        for name, most in budget.items():
            with self.subTest(name):
                self.assertLess(figures[name], most * (1 + SLACK),
                                f"{name}: {figures[name]} instructions a request, {most} before. If they are well spent, "
                                "write the new figure into tests/speed/instructions_test.py and say what they pay for")
                self.assertGreater(figures[name], most * (1 - 2 * SLACK),
                                   f"{name} costs {figures[name]} instructions now, {most} before: well done. Write it "
                                   "down in tests/speed/instructions_test.py, so that it stays so")


if __name__ == "__main__":
    unittest.main()
