#!/usr/bin/env python3
"""The C++ of docs/guide as programs: pages.py GUIDE OUTPUT writes a header, and is the tests' reader of pages.

All C++ blocks of a page are one app. A block is, by what it begins with:
    app., auto, const, }    part of the function that makes the app
    TEST_CASE               a test of that app (after a struct, say, it is not one)
    anything else           code beside that function; a function create_app is another app, served beside the page's
Includes are collected; `using namespace appserve;` and the macros that export an app are taken away.
"""
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page, language):
    return [text for kind, text in BLOCK.findall(page) if kind == language]


def name_of(path):
    return path.stem.replace("-", "_")


def program(path):
    """(includes, code of the app, code of the tests) of one page; None when it has no C++."""
    includes, beside, inside, tests = [], [], [], []
    for number, text in enumerate(blocks(path.read_text(), "cpp")):
        includes += re.findall(r"^#include .*", text, re.M)
        text = re.sub(r"^(#include .*|using namespace appserve;|APPSERVE_FACTORY\(.*)\n", "", text, flags=re.M).strip("\n")
        whole = re.fullmatch(r"APPSERVE_APP\(app\) \{\n(.*)\n\}", text, re.S)
        if whole:
            inside.append(whole[1])
        elif text.startswith("App create_app("):
            beside.append(text.replace("create_app", f"create_app_{number}"))
            inside.append(f"app.mount(\"/\", create_app_{number}(config));")
        elif text.startswith("TEST_CASE"):
            tests.append(text)
        elif re.match(r"(app\.|auto |const )", text):
            inside.append(text)
        elif text:
            beside.append(text)
    if not inside:
        return None
    app = "\n".join([*beside, "App create_app([[maybe_unused]] const Config& config) {", "App app;", *inside, "return app;", "}"])
    return includes, app, "\n".join(tests)


def write(guide, output):
    pages = {name_of(path): found for path in sorted(guide.glob("*.md")) if (found := program(path))}
    text = "// Made by tests/guide/pages.py from docs/guide.\n#include <appserve/app.hpp>\n"
    text += "".join(f"{line}\n" for line in sorted({line for includes, _, _ in pages.values() for line in includes}))
    text += "#include <atomic>\n#include <memory>\n"
    text += '#pragma GCC diagnostic ignored "-Wmissing-declarations"\n'  # pages show functions as authors write them
    for name, (_, app, tests) in pages.items():
        text += f"namespace guide_{name} {{\nusing namespace appserve;\n{app}\n"
        text += f"#ifdef GUIDE_TESTS\n{tests}\n#endif\n}}\n" if tests else "}\n"
        text += f"#ifndef GUIDE_TESTS\nappserve::App create_{name}(const appserve::Config& c) {{ return guide_{name}::create_app(c); }}\n"
        text += f"APPSERVE_FACTORY(create_{name});\n#endif\n"
    if not output.exists() or output.read_text() != text:
        output.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
