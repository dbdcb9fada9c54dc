#!/usr/bin/env python3
"""What an author can name in the SDK's headers says what it is: every public type, function and member function, and every
function of abi.h. A comment above a declaration, beside it, or at the head of its paragraph counts; what C++ itself explains
(special member functions, operators of iterators, awaiter's three) does not need one. usage: docstrings_test.py SOURCE"""
import re
import sys
from pathlib import Path

NEEDS_NONE = re.compile(
    r"~|operator|= delete|= default|\bfriend\b|\busing\b|await_(ready|suspend|resume)|\b(begin|end|size|empty|what)\(\)")


def undocumented(path):
    lines = path.read_text().split("\n")
    found, paragraph_has_comment, hidden, access = [], False, 0, []
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        text = line.strip()
        if re.match(r"namespace detail(::\w+)? \{", text):
            hidden = 1
        elif text.startswith("}  // namespace detail"):
            hidden = 0
        if hidden:
            continue
        if not text:
            paragraph_has_comment = False
            continue
        if text.startswith(("//", "/*", "*")):
            paragraph_has_comment = True
            continue
        if text in ("public:", "private:", "protected:"):
            access = [(i, a) for i, a in access if i < indent] + [(indent, text)]
            paragraph_has_comment = False
            continue
        owner = re.match(r"(?:class|struct|union|enum class|enum) (?:\[\[nodiscard\]\] )?([\w:]+)[^;]*\{$", text)
        visible = all(a == "public:" for _, a in access)
        if indent == 0:
            access = []
        documented = paragraph_has_comment or "//" in text or "/*" in text
        if owner and indent == 0:
            if not documented and "::" not in owner[1]:
                found.append((number, text))
            access = [(1, "private:" if text.startswith("class") else "public:")]
            paragraph_has_comment = False
        elif indent == 0 and re.match(r"(?:\[\[noreturn\]\] )?(?:inline(?! namespace)|constexpr|template|[\w:<>]+ \w+\()", text) and not documented:
            if not text.startswith("template") and "::" not in text.split("(")[0].split()[-1]:
                found.append((number, text))
        elif indent == 2 and visible and access and re.match(r"[\w:\[\]&<>,* ]+ [\w]+\(.*", text) and not documented:
            name = re.search(r"(\w+)\(", text)[1]
            if not NEEDS_NONE.search(text) and not text.startswith(("return", "if ", "for ", "explicit")) and name[0].islower():
                found.append((number, text))
    return found


def undocumented_abi(path):
    text = path.read_text()
    found = []
    for table in ("as_host", "as_app"):
        body = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (table, table), text, re.S)[1]
        for paragraph in re.split(r"\n(?=    /\*)|\n\n", body):
            if "(*" in paragraph and "/*" not in paragraph:
                found.append((table, paragraph.strip().split("\n")[0]))
    return found


def main(source):
    include = source / "sdk" / "include" / "appserve"
    public = sorted(include.glob("*.hpp")) + sorted((include / "detail").glob("*.hpp"))
    bad = [f"{path.relative_to(source)}:{number}: {text}" for path in public for number, text in undocumented(path)]
    bad += [f"abi.h: {table}: {text}" for table, text in undocumented_abi(include / "abi.h")]
    print("\n".join(bad) or "every public declaration has a comment")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
