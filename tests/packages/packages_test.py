"""The Debian packages, unpacked into an empty folder: the server serves its samples, and the SDK builds an app for it."""
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import BUILD, ROOT, Server, folder  # noqa: E402


def output(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(folder())
        output(os.environ.get("CPACK", "cpack"), "-B", cls.folder / "made", "--config", BUILD / "CPackConfig.cmake",
               "-D", "CPACK_STRIP_FILES=OFF", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none", cwd=BUILD)
        cls.server, cls.sdk = sorted((cls.folder / "made").glob("*.deb"), key=lambda path: "dev" in path.name)
        cls.root = cls.folder / "root"
        for package in (cls.server, cls.sdk):
            output("dpkg-deb", "-x", package, cls.root)

    def field(self, package, name):
        return output("dpkg-deb", "-f", package, name).strip()

    def test_the_server_depends_on_what_it_links_and_the_sdk_on_no_machine(self):
        self.assertEqual(self.field(self.server, "Package"), "appserve")
        self.assertRegex(self.field(self.server, "Depends"), r"libsqlite3-0.*libstdc\+\+6")
        self.assertEqual(self.field(self.sdk, "Package"), "appserve-dev")
        self.assertEqual(self.field(self.sdk, "Architecture"), "all")

    def test_everything_is_where_debian_wants_it(self):
        for path in ("bin/appserve", "lib/appserve/libhello.so", "lib/appserve/healthcheck",
                     "share/man/man1/appserve.1",
                     "share/bash-completion/completions/appserve", "share/doc/appserve/examples/config.toml",
                     "include/appserve/app.hpp", "lib/pkgconfig/appserve.pc"):
            self.assertTrue((self.root / "usr" / path).is_file(), path)
        self.assertEqual({path.name for path in self.root.iterdir()}, {"usr"})

    def test_a_sample_is_served_by_its_name_alone(self):
        with Server("libhello.so:app", program=self.root / "usr/bin/appserve", cwd=self.folder) as server:
            self.assertEqual(server.get("/").status, 200)

    def test_an_app_is_built_with_the_sdk_and_served_by_the_server(self):
        shutil.copy(ROOT / "plugins" / "hello_c" / "hello_c.c", self.folder)
        env = {**os.environ, "PKG_CONFIG_PATH": str(self.root / "usr/lib/pkgconfig")}
        flags = output("pkg-config", "--cflags", "--libs", "appserve-c", env=env).split()
        output("cc", "hello_c.c", *flags, "-o", "libmine.so", cwd=self.folder)
        with Server("libmine.so:app", program=self.root / "usr/bin/appserve", cwd=self.folder) as server:
            self.assertEqual(server.get("/").status, 200)


if __name__ == "__main__":
    unittest.main()
