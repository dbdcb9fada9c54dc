"""ABI 1.0 is frozen in v1_0/ and fixtures/: what was built with it loads and serves for as long as the major is 1."""
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from harness import APPS, BUILD, ROOT, Server, app, folder, run  # noqa: E402

FROZEN = HERE / "v1_0"
CURRENT = ROOT / "sdk" / "include"
CC, CXX = os.environ.get("CC", "cc"), os.environ.get("CXX", "c++")
CLANG, CLANGXX = shutil.which("clang-19"), shutil.which("clang++-19")
LIBCXX = CLANGXX and list(Path("/usr/lib").glob("llvm-19/include/c++/v1/string"))
ABIDIFF = shutil.which("abidiff")
MACHINES = {b"\x3e": b"\xb7", b"\xb7": b"\x3e"}  # e_machine of x86-64 and aarch64, each other's stranger


def compile(source, out, *options, compiler=CC, include=FROZEN, language=("-std=c99", "-D_DEFAULT_SOURCE")):
    command = [*compiler.split(), *language, "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
               "-Wl,-z,defs", f"-I{include}", str(source), "-o", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}:\n{done.stderr}")
    return out


def compile_cpp(source, out, *options, compiler=CXX, **more):
    return compile(source, out, *options, compiler=compiler, language=("-std=c++17",), **more)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(folder())


class PluginsOfThen(Folder):
    """Built with the header of 1.0, run by this server."""

    def check_every_function(self, library):
        config = self.folder / "config.toml"
        config.write_text(f'[[app]]\nload = "{library}:app"\n[app.config]\ngreeting = "read from the settings"\n')
        with Server("--config", config, "--threads", "2") as server:
            for path, text in (("/", "every function of 1.0"), ("/timer", "later"), ("/cancel", "later"),
                               ("/post", "later"), ("/offload", "later"), ("/fd", "later"), ("/stream", "one two"),
                               ("/pieces", "released"), ("/nothing", "no such thing")):
                with self.subTest(path=path):
                    self.assertEqual(server.get(path).text, text + "\n")
            self.assertEqual(server.get("/stream").header("x-fixture"), "1.0")
            self.assertEqual(server.request("POST", "/body", body=b"as it came").text, "as it came")
            self.assertEqual(server.request("POST", "/count", body=b"x" * 300_000).text, "all of it\n")
            self.assertEqual(server.get("/fail").status, 500)
        self.assertIn("read from the settings", server.output)
        self.assertIn("the fixture fails on purpose", server.output)
        self.assertIn("destroyed after every loop", server.output)

    def test_c_uses_every_function(self):
        self.check_every_function(compile(HERE / "fixtures" / "every.c", self.folder / "libevery.so"))

    @unittest.skipUnless(CLANG, "clang-19 is not installed")
    def test_c_by_clang_uses_every_function(self):
        self.check_every_function(compile(HERE / "fixtures" / "every.c", self.folder / "libevery.so", compiler=CLANG))

    def check_cpp(self, compiler, *options):
        library = compile_cpp(HERE / "fixtures" / "cpp.cpp", self.folder / "libcpp.so", *options, compiler=compiler)
        with Server("--call", f"{library}:create_app", "--threads", "1") as server:
            self.assertEqual([server.get("/a").text for _ in range(2)], ["/a 1\n", "/a 2\n"])
            self.assertEqual((server.get("/throw").status, server.get("/throw").text), (418, "inside"))

    def test_cpp(self):
        self.check_cpp(CXX)

    @unittest.skipUnless(CLANGXX, "clang-19 is not installed")
    def test_cpp_by_clang(self):
        self.check_cpp(CLANGXX)

    @unittest.skipUnless(LIBCXX, "libc++-19-dev is not installed")
    def test_cpp_by_clang_with_the_other_standard_library(self):
        self.check_cpp(CLANGXX, "-stdlib=libc++")

    @unittest.skipUnless(LIBCXX, "libc++-19-dev is not installed")
    def test_two_standard_libraries_and_c_serve_side_by_side(self):
        c = compile(HERE / "fixtures" / "every.c", self.folder / "libevery.so")
        gnu = compile_cpp(HERE / "fixtures" / "cpp.cpp", self.folder / "libgnu.so")
        llvm = compile_cpp(HERE / "fixtures" / "cpp.cpp", self.folder / "libllvm.so", "-stdlib=libc++", compiler=CLANGXX)
        with Server("--mount", f"/c={c}:app", "--mount-call", f"/gnu={gnu}:create_app",
                    "--mount-call", f"/llvm={llvm}:create_app", "--threads", "1") as server:
            self.assertEqual(server.get("/c/").text, "every function of 1.0\n")
            for mount in ("/gnu", "/llvm"):
                self.assertEqual(server.get(f"{mount}/x").text, "/x 1\n")
                self.assertEqual(server.get(f"{mount}/throw").status, 418)


class PluginsOfToday(unittest.TestCase):
    """Run by a host of 1.0, whose tables end at the edge of memory."""

    def ask(self, name, symbol, *paths):
        done = subprocess.run([BUILD / "bin" / "old_host", APPS / f"lib{name}.so", symbol, *paths],
                              capture_output=True, text=True, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_hello_in_c_and_cpp(self):
        self.assertIn("/ 200 Hello", self.ask("hello_c", "app", "/"))
        self.assertIn("/hello/Ada 200 Hello, Ada!", self.ask("hello", "app", "/", "/hello/Ada"))

    def test_the_game_with_its_tasks_and_blocking_work(self):
        told = self.ask("tictactoe", "create_app", "/rooms", "/rooms/none", "/")
        self.assertIn('/rooms 200 {"rooms":[]}', told)
        self.assertIn("/rooms/none 404", told)
        self.assertIn("<!doctype html>", told)

    def test_the_others(self):
        self.assertIn("/GetMyInfo 200", self.ask("info", "app", "/GetMyInfo"))
        self.assertRegex(self.ask("echo", "app", "/"), r"^/ \d\d\d ")


class Refused(Folder):
    """In one sentence and before anything of the library has run: its constructor would leave a file behind."""

    def check(self, library, *words):
        caught = self.folder / "caught"
        told = run(f"{library}:app", env={"FIXTURE_CAUGHT": str(caught)})
        self.assertEqual(told.returncode, 65, told.stderr)
        for word in words:
            self.assertIn(word, told.stderr)
        self.assertFalse(caught.exists(), "a constructor has run")

    def fixture(self, *options):
        return compile(HERE / "fixtures" / "constructor.c", self.folder / "libfixture.so", *options)

    def test_the_trap_works(self):
        caught = self.folder / "caught"
        run(f"{self.fixture()}:app", env={"FIXTURE_CAUGHT": str(caught)})
        self.assertTrue(caught.exists())

    def test_a_library_that_needs_a_newer_minor(self):
        self.check(self.fixture("-DAS_ABI=0x00010063u", "-DAS_ABI_MIN=0x00010063u"), "error[E1011]",
                   "libfixture.so needs appserve ABI 1.99 or newer; this server has ABI 1.",
                   "nothing of the library has been run")

    def test_a_library_of_another_major(self):
        self.check(self.fixture("-DAS_ABI=0x00020000u", "-DAS_ABI_MIN=0x00020000u"), "error[E1010]",
                   "libfixture.so was built for appserve ABI 2.0; this server has ABI 1.",
                   "nothing of the library has been run")

    def test_a_library_for_another_machine(self):
        library = self.fixture()
        data = bytearray(library.read_bytes())
        data[18:19] = MACHINES[bytes(data[18:19])]  # e_machine
        library.write_bytes(data)
        self.check(library, "error[E1007]", "libfixture.so is built for", "; this host is")

    def test_a_library_of_another_word_size_or_byte_order(self):
        for offset, name in ((4, "EI_CLASS"), (5, "EI_DATA")):
            with self.subTest(name):
                library = self.fixture()
                data = bytearray(library.read_bytes())
                data[offset] = 3 - data[offset]
                library.write_bytes(data)
                self.check(library, "error[E10")

    def test_a_newer_minor_that_can_do_with_1_0_is_not_refused(self):
        caught = self.folder / "caught"
        told = run(f"{self.fixture('-DAS_ABI=0x00010063u')}:app", env={"FIXTURE_CAUGHT": str(caught)})
        self.assertTrue(caught.exists())
        self.assertIn("error[E2005]", told.stderr)  # the fixture's create() fails: it was reached


class SideBySide(Folder):
    def test_equal_names_with_different_layouts_do_not_meet(self):
        script = self.folder / "app.map"
        script.write_text("{ global: app; local: *; };\n")
        compilers = [CXX] + ([CLANGXX] if CLANGXX else [])
        for compiler in compilers:
            with self.subTest(compiler=compiler):
                twins = [compile(HERE / "fixtures" / "twin.cpp", self.folder / f"libtwin{n}.so", f"-DTWIN={n}",
                                 f"-Wl,--version-script={script}", "-fvisibility-inlines-hidden", compiler=compiler,
                                 include=CURRENT, language=("-std=c++20",)) for n in (1, 2)]
                with Server(*(f"--mount=/{n}={twin}:app" for n, twin in enumerate(twins, 1))) as server:
                    self.assertEqual(server.get("/1/").text, "twin 1 11 11\n")
                    self.assertEqual(server.get("/2/").text, "twin 2 ann22 ann22\n")


class Header(Folder):
    def test_it_is_c99_and_cpp_to_the_letter_for_every_compiler(self):
        for compiler, language, standards in ((CC, "c", ("c99", "c11")), (CXX, "c++", ("c++11", "c++20")),
                                              (CLANG, "c", ("c99", "c11")), (CLANGXX, "c++", ("c++11", "c++20"))):
            for standard in standards if compiler else ():
                for header in (FROZEN, CURRENT):
                    with self.subTest(compiler=compiler, standard=standard, header=header.name):
                        done = subprocess.run(
                            [*compiler.split(), f"-std={standard}", "-pedantic-errors", "-Wall", "-Wextra", "-Werror",
                             f"-I{header}", "-fsyntax-only", "-x", language, "-"],
                            input="#include <appserve/abi.h>\nextern int nothing;\n", text=True, capture_output=True)
                        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_member_of_every_struct_has_its_offset_asserted(self):
        text = re.sub(r"/\*.*?\*/", "", (CURRENT / "appserve" / "abi.h").read_text(), flags=re.S)
        asserted = (HERE.parent / "sdk" / "abi_layout.h").read_text()
        structs = re.findall(r"typedef struct (as_\w+) \{(.*?)\n?\} \1;", text, re.S)
        self.assertGreater(len(structs), 8)
        for name, body in structs:
            self.assertIn(f"ABI_SIZE({name},", asserted)
            body = re.sub(r"#.*", "", body)
            for declaration in filter(str.strip, body.split(";")):
                function = re.search(r"\(\*(\w+)\)", declaration)
                members = [function[1]] if function else re.findall(r"(\w+)(?:\[\w+\])?\s*(?:,|$)", declaration.strip())
                self.assertTrue(members, declaration)
                for member in members:
                    self.assertIn(f"ABI_OFFSET({name}, {member},", asserted)


@unittest.skipUnless(ABIDIFF, "abidiff (abigail-tools) is not installed")
class Abidiff(Folder):
    """Today's header, asked for 1.0, is the frozen one to the last bit: later minors are behind #if AS_ABI >= AS_ABI_1_n."""
    SOURCE = "#include <appserve/abi.h>\n" + "".join(f"AS_EXPORT {name} frozen_{name};\n" for name in (
        "as_host", "as_app", "as_req", "as_resp", "as_config", "as_error", "as_note", "as_buf", "as_field",
        "as_factory_fn", "as_route_fn"))

    def library(self, name, header):
        source = self.folder / f"{name}.c"
        source.write_text(self.SOURCE)
        return compile(source, self.folder / f"lib{name}.so", "-g", "-DAS_ABI=0x00010000u", include=header)

    def difference(self, header):
        return subprocess.run([ABIDIFF, self.library("then", FROZEN), self.library("now", header)],
                              capture_output=True, text=True)

    def changed(self, old, new):
        header = self.folder / "changed"
        (header / "appserve").mkdir(parents=True, exist_ok=True)
        text = (FROZEN / "appserve" / "abi.h").read_text()
        self.assertIn(old, text)
        (header / "appserve" / "abi.h").write_text(text.replace(old, new))
        return header

    def test_today_is_1_0_for_whoever_asks_for_1_0(self):
        told = self.difference(CURRENT)
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_a_member_of_a_later_minor_is_no_difference(self):
        told = self.difference(self.changed(
            "    uint64_t (*now_ns)(void); ",
            "    uint64_t (*now_ns)(void);\n#if AS_ABI >= 0x00010001u\n    int (*more)(void);\n#endif\n"))
        self.assertEqual(told.returncode, 0, told.stdout)

    def test_breaks_are_found(self):
        for name, change in {
                "a member in between": ("    int32_t  (*end)(as_req *);",
                                        "    int32_t  (*more)(void); int32_t  (*end)(as_req *);"),
                "a member for everybody": ("    uint64_t (*now_ns)(void); ", "uint64_t (*now_ns)(void); int (*more)(void);"),
                "another type": ("    int64_t  content_length;         /* -1: unknown",
                                 "    double content_length; /* -1: unknown"),
                "another parameter": ("int32_t  (*end)(as_req *);", "int32_t  (*end)(as_req *, int);"),
                "a member that is gone": ("    void    *user;                   /* the plugin's; NULL at first */\n", "")
        }.items():
            with self.subTest(name):
                self.assertNotEqual(self.difference(self.changed(*change)).returncode, 0)


if __name__ == "__main__":
    unittest.main()
