#!/usr/bin/env python3
"""Reads every #include of server/, sdk/, plugins/ and tests/ and says where the house's plan is broken.

    layers.py ROOT           exit status 1 and one line per finding when an arrow points the wrong way
    layers.py ROOT --mirror  the same when a source has no test of its own

The plan (docs/architecture.md): rooms on floors, arrows only down, no circles, one door per library.
"""
import re
import sys
from pathlib import Path

# A file may include its own room and every floor below; rooms that share a floor do not know each other.
FLOORS = [["base"], ["trace"], ["scoreboard", "supervisor", "http", "loop"], ["service"],
          ["net", "app", "middleware", "journal", "admin", "dev"], ["runtime"], ["config"], ["."]]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# library: (what an include of it looks like, the rooms that may)
DOORS = {
    "llhttp": (r"llhttp\.h", ["http"]),
    "Asio": (r"asio(\.hpp|/.*)", ["loop", "service", "net", "app", "middleware", "journal", "admin", "dev", "runtime", "."]),
    "toml++": (r"toml\+\+(\.h|/.*)", ["config"]),
    "CLI11": (r"CLI/.*", ["config"]),
    "spdlog": (r"spdlog/.*", ["base"]),
    "RapidJSON": (r"rapidjson/.*", ["config", "."]),
    "SQLite": (r"sqlite3\.h", []),
    "dlopen": (r"dlfcn\.h", ["app", "."]),
    "the ABI": (r"appserve/abi\.h", ["app"]),
}
# What the SDK's headers may use besides the standard library, and which of them.
SDK_DOORS = (
    (r"rapidjson/.*", r".*json.*"),
    (r"hiredis/hiredis\.h", r"redis_.*"),
    (r"openssl/.*", r"session\.hpp"),
    (r"asio(/.*)?\.hpp", r"asio\.hpp"),
    (r"(netdb|netinet/in|netinet/tcp|sys/socket|sys/un)\.h", r"redis_.*"),
    (r"(dlfcn|poll|pthread|sys/eventfd)\.h", r"test.*"),
    (r"(fcntl\.h|sys/.*|linux/openat2\.h)", r"(open|temporary)_file\.hpp"),
)
SDK_HEADER = re.compile(r"appserve/(?!abi\.h$)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
SOURCES = (".cpp", ".hpp", ".c", ".h")


def includes(path):
    """(line, delimiter, name) of each include of a file."""
    text = path.read_text(encoding="utf-8")
    return [(text.count("\n", 0, m.start(1)) + 1, m[1], m[2]) for m in INCLUDE.finditer(text)]


def room_of(relative):
    """'http' for http/gate.cpp, '.' for main.cpp."""
    return relative.parts[0] if len(relative.parts) > 1 else "."


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in SOURCES) if folder.is_dir() else []


def check_server(root):
    server = root / "server"
    arrows = {}
    for path in sources(server):
        relative = path.relative_to(server)
        room = room_of(relative)
        if room not in FLOOR:
            yield f"server/{relative}:1: the room '{room}' is on no floor; add it to tests/architecture/layers.py"
            continue
        for line, delimiter, name in includes(path):
            where = f"server/{relative}:{line}"
            if delimiter == '"' and (server / name).is_file():
                arrows.setdefault(str(relative), []).append(name)
                yield from check_arrow(where, room, room_of(Path(name)), name)
            elif delimiter == '"' and name.startswith("embedded/"):
                pass  # a text of the tree (cmake/Embed.cmake)
            elif delimiter == '"':
                yield f"{where}: \"{name}\" is not a file below server/ (write the path from there)"
            else:
                yield from check_doors(where, room, name)
    yield from circles(arrows, "files")
    yield from circles(folders_of(arrows), "rooms")


def check_arrow(where, room, target, name):
    if target != room and FLOOR.get(target, 0) >= FLOOR[room]:
        way = "sideways" if FLOOR[target] == FLOOR[room] else "up"
        yield f"{where}: {room} includes {way}: {name}"


def check_doors(where, room, name):
    if SDK_HEADER.match(name):
        yield f"{where}: the server includes no C++ header of the SDK: {name}"
    for library, (pattern, rooms) in DOORS.items():
        if re.fullmatch(pattern, name) and room not in rooms:
            yield f"{where}: {library} has its door in {', '.join(rooms) or 'no room'}, not in {room}: {name}"


def folders_of(arrows):
    folders = {}
    for source, targets in arrows.items():
        room = room_of(Path(source))
        folders.setdefault(room, []).extend(t for t in (room_of(Path(x)) for x in targets) if t != room)
    return folders


def circles(arrows, kind):
    """One finding for each arrow that closes a circle (depth-first, deterministic)."""
    done, trail = set(), []

    def visit(node):
        if node in trail:
            circle = trail[trail.index(node):] + [node]
            yield f"server: a circle of {kind}: {' -> '.join(circle)}"
        elif node not in done:
            trail.append(node)
            for target in sorted(set(arrows.get(node, []))):
                yield from visit(target)
            trail.pop()
            done.add(node)

    for node in sorted(arrows):
        yield from visit(node)


def check_sdk(root):
    """The SDK needs the standard library and itself; what adapts a library has a door to it, and no other header."""
    include = root / "sdk" / "include"
    for path in sources(include):
        relative = path.relative_to(include)
        for line, delimiter, name in includes(path):
            where = f"sdk/include/{relative}:{line}"
            own = (include / name).is_file() or (path.parent / name).is_file()
            if own or (delimiter == "<" and is_standard(name)):
                continue
            if any(re.fullmatch(library, name) and re.fullmatch(who, path.name) for library, who in SDK_DOORS):
                continue
            yield f"{where}: the SDK includes only the standard library and itself: {name}"
        if relative.name == "abi.h":
            for line, _, name in includes(path):
                if name not in ("stddef.h", "stdint.h"):
                    yield f"sdk/include/{relative}:{line}: abi.h includes only <stddef.h> and <stdint.h>: {name}"


def is_standard(name):
    """C++ standard headers have no dot and no slash; of C's, POSIX's and libstdc++'s own the SDK uses few."""
    few = ("stddef.h", "stdint.h", "unistd.h", "cxxabi.h", "bits/chrono.h")
    return re.fullmatch(r"[a-z_0-9]+", name) is not None or name in few


def check_plugins(root):
    """Plugins know the SDK, never the server."""
    server = root / "server"
    for path in sources(root / "plugins") + sources(root / "tests" / "apps"):
        for line, _, name in includes(path):
            if room_of(Path(name)) in FLOOR and room_of(Path(name)) != "." and (server / name).is_file():
                yield f"{path.relative_to(root)}:{line}: an app includes the server: {name}"


def check_mirror(root, allowed):
    """Each server/<room>/<file>.cpp has tests/unit/<room>/<file>_test.cpp, but for the list, which only shrinks."""
    server, unit = root / "server", root / "tests" / "unit"
    for path in sources(server):
        relative = path.relative_to(server)
        if path.suffix != ".cpp" or room_of(relative) == ".":
            continue
        mirror = unit / relative.parent / f"{relative.stem}_test.cpp"
        if mirror.is_file() and str(relative) in allowed:
            yield f"tests/architecture/unmirrored.txt: {relative} has its test now; remove the line"
        elif not mirror.is_file() and str(relative) not in allowed:
            yield f"server/{relative}:1: no test at {mirror.relative_to(root)}"
    for name in sorted(allowed):
        if not (server / name).is_file():
            yield f"tests/architecture/unmirrored.txt: there is no server/{name}; remove the line"


def allow_list(root):
    path = root / "tests" / "architecture" / "unmirrored.txt"
    lines = path.read_text().splitlines() if path.is_file() else []
    return {line.split("#")[0].strip() for line in lines} - {""}


def check_plan(root):
    return [*check_server(root), *check_sdk(root), *check_plugins(root)]


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    findings = list(check_mirror(root, allow_list(root))) if "--mirror" in sys.argv else check_plan(root)
    for finding in findings:
        print(finding)
    print(f"{len(sources(root / 'server'))} files of server/, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
