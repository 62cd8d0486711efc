#!/usr/bin/python3
"""Checks the rules of doc/style.md that a machine can: sizes, names, words."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER_LINES_MAX = 250
SOURCE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
UNFINISHED = re.compile(r"\b(TODO(?!\(#\d+\))|FIXME|XXX|HACK)\b")
FUNCTION_END = re.compile(r"^}")
FUNCTION_START = re.compile(r"^[A-Za-z~].*[({][^;]*$")
INCLUDE = re.compile(r'#include\s*[<"]([^>"]+)[>"]')
NOT_A_FUNCTION = re.compile(r"^(namespace|class|struct|enum|union|extern|using|constexpr .*=|const .*=)")


def tracked_files():
    output = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cpp"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in output.splitlines() if (ROOT / line).exists()]


def long_functions(lines):
    """Functions at namespace level, which clang-format starts and ends in the first column."""
    start = None
    for number, line in enumerate(lines, 1):
        if FUNCTION_START.match(line) and not NOT_A_FUNCTION.match(line):
            start = number
        elif FUNCTION_END.match(line) and start is not None:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield start, number - start + 1
            start = None


def begins_with_own_header(path, lines):
    """Which proves in every build that the header stands alone (check_headers.py)."""
    first = next(filter(None, map(INCLUDE.match, lines)), None)
    own = path.with_suffix(".h")
    return not own.exists() or (first is not None and any(
        folder / first[1] == own for folder in (path.parent, ROOT, ROOT / "src")))


def check(path):
    relative = path.relative_to(ROOT).as_posix()
    lines = path.read_text().splitlines()
    in_tests = relative.startswith("tests/")
    if path.suffix == ".h":
        if "#pragma once" not in lines:
            yield f"{relative}: has no #pragma once"
        if len(lines) > HEADER_LINES_MAX:
            yield f"{relative}: {len(lines)} lines, limit {HEADER_LINES_MAX}"
        if not in_tests and not lines[0].startswith("//"):
            yield f"{relative}: does not start with a sentence on what it holds"
    else:
        if not begins_with_own_header(path, lines):
            yield f"{relative}: does not include {path.stem}.h first"
        if not in_tests and len(lines) > SOURCE_LINES_MAX:
            yield f"{relative}: {len(lines)} lines, limit {SOURCE_LINES_MAX}"
    if not in_tests:
        for start, length in long_functions(lines):
            yield f"{relative}:{start}: function of {length} lines, limit {FUNCTION_LINES_MAX}"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{relative}:{number}: unfinished work without an issue number"
        if path.suffix == ".h" and line.startswith("using namespace"):
            yield f"{relative}:{number}: using namespace in a header"


def main():
    files = tracked_files()
    problems = [problem for path in files for problem in check(path)]
    print("\n".join(problems) if problems else f"style: {len(files)} files agree")
    return 1 if problems or not files else 0


sys.exit(main())
