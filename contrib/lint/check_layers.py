#!/usr/bin/python3
"""Compares the include graph with the layer table in doc/architecture.md.

A folder may include itself and what its row names. A pure folder may not include a header of
clocks, threads, files, sockets or randomness. Headers stay light: outside libraries other than
those named here belong into .cpp files.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "doc" / "architecture.md"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ROW = re.compile(r"^\| `([\w/]+)` \| ([^|]*) \| (yes|no) \|")
IMPURE = {
    "condition_variable", "cstdio", "ctime", "filesystem", "fstream", "future", "iostream", "mutex",
    "random", "stop_token", "thread", "base/clock.h", "base/random.h", "base/thread_pool.h",
}
# Durations are pure, clocks are not; and what needs no header of its own.
IMPURE_NAME = re.compile(r"\b((system|steady|high_resolution)_clock|SystemRandom|getenv|s?rand)\b(?=\(|::)")
LIGHT_LIBRARIES = {"fmt/core.h"}


def read_table():
    """The rows as folder -> (folders that it may include, whether it is pure)."""
    table = {}
    for line in ARCHITECTURE.read_text().splitlines():
        if match := ROW.match(line):
            folder, uses, pure = match.groups()
            below = set(table) if uses == "everything above" else set()
            table[folder] = (below | set(re.findall(r"`([\w/]+)`", uses)), pure == "yes")
    return table


def folder_of(path, table):
    """The longest folder of the table that holds the path, relative to the root or to src."""
    parts = pathlib.PurePosixPath(path).parts
    if parts and parts[0] == "src":
        parts = parts[1:]
    for length in range(len(parts) - 1, 0, -1):
        folder = "/".join(parts[:length])
        if folder in table:
            return folder
    return None


def check_file(path, table):
    """Yields what is wrong with the includes of one file."""
    relative = path.relative_to(ROOT).as_posix()
    folder = folder_of(relative, table)
    if folder is None:
        yield f"{relative}: its folder has no row in doc/architecture.md"
        return
    uses, pure = table[folder]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if pure and (match := IMPURE_NAME.search(line)):
            yield f"{relative}:{number}: {folder} is pure and may not use {match.group()}"
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, name = match.groups()
        target = folder_of(name, table) if bracket == '"' else None
        if target and target != folder and target not in uses:
            yield f"{relative}:{number}: {folder} may not include {name}"
        if pure and name in IMPURE:
            yield f"{relative}:{number}: {folder} is pure and may not include {name}"
        outside = bracket == "<" and "/" in name and name not in LIGHT_LIBRARIES
        if path.suffix == ".h" and (outside or name.endswith(".pb.h")):
            yield f"{relative}:{number}: {name} belongs into a .cpp file"


def main():
    table = read_table()
    problems = []
    for top in ("src", "consensus", "market", "vm"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                problems += check_file(path, table)
    print("\n".join(problems) if problems else f"layers: {len(table)} folders agree")
    return 1 if problems or not table else 0


sys.exit(main())
