#!/usr/bin/python3
"""Every header must stand alone and be light, on any machine and under any load.

usage: check_headers.py BUILD_DIR [--weights]

Alone: some source file of the build reads the header's own text right after what the header itself
includes, and after nothing else; then its build has proven it. Source files begin with their own
header (check_style.py), so few headers are left, and those are compiled here.

Light: the weight of a header is the text that a compiler reads for it, its own and that of whatever
it includes, without comments and directives. Most of it is the standard library.
"""

import concurrent.futures
import functools
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("src", "consensus", "market", "vm", "tests/support", "tests/sim")
KILOBYTES_MAX = 2500
KILOBYTES_MAX_OF_WHOLE_NODES = 2800
WHOLE_NODES = {("src", "node"), ("tests", "sim"), ("tests", "support")}
# How the headers of kernels are compiled whose files' names end so.
AVX2 = ["-mavx2", "-mfma", "-mf16c"]
INSTRUCTION_SETS = {
    "_avx2.h": AVX2,
    "_avx512.h": [*AVX2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"],
}
INCLUDE = re.compile(r'#include\s*([<"][^>"]+[>"])')
NO_CODE = re.compile(r"\s*(//.*|#pragma once.*)?$")
LINE_MARKER = re.compile(r'# \d+ "([^"]+)"')


class Text:
    """One of our files: what it includes, and how much it says itself."""

    def __init__(self, path):
        self.bytes = 0
        self.includes = []  # in order
        self.late = False  # whether some include follows code
        in_code = False
        for line in path.read_text().splitlines():
            if match := INCLUDE.match(line):
                self.late |= in_code
                self.includes.append(match[1])
            elif not NO_CODE.match(line):
                in_code = True
                self.bytes += 0 if line.startswith("#") else len(line.split("// ")[0].strip())


class Outside:
    """The headers that are not ours: which files each of them reads, and how much each file says."""

    def __init__(self, flags, names):
        self._files_by_name, self.bytes_by_file = {}, {}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            texts = pool.map(functools.partial(self._preprocess, flags), names)
            for name, text in zip(names, texts):
                self._take(name, text)

    @staticmethod
    def _preprocess(flags, name):
        command = [*flags, "-E", "-x", "c++", "-"]
        return subprocess.run(command, input=f"#include {name}\n", capture_output=True, text=True, check=True).stdout

    def _take(self, name, text):
        bytes_by_file, file = {}, None
        for line in text.splitlines():
            if match := LINE_MARKER.match(line):
                file = match[1]
            else:
                bytes_by_file[file] = bytes_by_file.get(file, 0) + len(line.strip())
        self._files_by_name[name] = frozenset(bytes_by_file)
        for file, size in bytes_by_file.items():
            self.bytes_by_file[file] = max(size, self.bytes_by_file.get(file, 0))

    def files(self, name):
        """One that only source files include stands for itself."""
        return self._files_by_name.get(name, {name})


class Headers:
    """What each of our headers includes, and what that includes."""

    def __init__(self, flags, folders):
        self.folders = folders
        self.all = [path for top in FOLDERS for path in sorted((ROOT / top).rglob("*.h"))]
        reached = self._reach(self.all)
        outside = {name for path in reached for name in self.text(path).includes if not self.ours(path, name)}
        self.outside = Outside(flags, sorted(outside))

    def _reach(self, paths):
        reached, waiting = set(), list(paths)
        while waiting:
            path = waiting.pop()
            if path not in reached:
                reached.add(path)
                waiting += filter(None, (self.ours(path, name) for name in self.text(path).includes))
        return reached

    @functools.cache
    def text(self, path):
        return Text(path)

    @functools.cache
    def ours(self, path, name):
        """The file that `path` includes as `name`, or nothing if it is not one of ours."""
        candidates = [folder / name[1:-1] for folder in (path.parent, *self.folders)]
        return next((file for file in candidates if file.exists()), None) if name[0] == '"' else None

    @functools.cache
    def below(self, path):
        """All files that are read for a header before its own text, ours as paths and others by name."""
        files = set()
        for name in self.text(path).includes:
            if file := self.ours(path, name):
                files |= self.below(file) | {file}
            else:
                files |= self.outside.files(name)
        return frozenset(files)

    def weight(self, header):
        sizes = (self.text(f).bytes if isinstance(f, pathlib.Path) else self.outside.bytes_by_file[f]
                 for f in self.below(header))
        return sum(sizes) + self.text(header).bytes

    def proven_by(self, source):
        """The headers that the compiler meets in a source file after what they include themselves."""
        read, proven = set(), set()

        def read_includes(path):
            for name in self.text(path).includes:
                file = self.ours(path, name)
                if file is None:
                    read.update(self.outside.files(name))
                elif file not in read:
                    read_header(file)

        def read_header(path):
            read_includes(path)
            if not self.text(path).late and len(read) == len(self.below(path)):
                proven.add(path)
            read.add(path)

        if not self.text(source).late:
            read_includes(source)
        return proven


def compile_alone(flags, header):
    """What the compiler complains of."""
    own = next((more for ending, more in INSTRUCTION_SETS.items() if header.name.endswith(ending)), [])
    command = [*flags, *own, "-fsyntax-only", "-x", "c++", "-include", str(header), "/dev/null"]
    process = subprocess.run(command, capture_output=True, text=True)
    return f"{header.relative_to(ROOT)}: does not compile alone\n{process.stderr}" if process.returncode else None


def too_heavy(header, weight):
    whole = header.relative_to(ROOT).parts[:2] in WHOLE_NODES
    limit = 1000 * (KILOBYTES_MAX_OF_WHOLE_NODES if whole else KILOBYTES_MAX)
    return f"{header.relative_to(ROOT)}: {weight} bytes to read, limit {limit}" if weight > limit else None


def compiler_flags(build, commands):
    """The compiler and the flags that every Steelyard source is compiled with."""
    command = next(c["command"] for c in commands if c["file"].endswith("src/base/hex.cpp"))
    words = command.split()
    compiler = next(w for w in words if pathlib.Path(w).name.startswith(("g++", "c++", "clang++")))
    flags = [w for w in words if w.startswith(("-I", "-std", "-D"))]
    return [compiler, *flags, f"-I{build}/src/proto", f'-DSTEELYARD_SOURCE_DIR="{ROOT}"']


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    flags = compiler_flags(build, commands)
    headers = Headers(flags, (ROOT, ROOT / "src"))
    proven = set()
    for command in commands:
        source = pathlib.Path(command["file"])
        if source.is_relative_to(ROOT) and not source.is_relative_to(build) and " -include " not in command["command"]:
            proven |= headers.proven_by(source)
    unproven = [header for header in headers.all if header not in proven]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(functools.partial(compile_alone, flags), unproven))
    weights = {header: headers.weight(header) for header in headers.all}
    problems += [too_heavy(header, weight) for header, weight in weights.items()]
    if "--weights" in sys.argv:
        for header, weight in sorted(weights.items(), key=lambda item: -item[1]):
            print(f"{weight:8}  {header.relative_to(ROOT)}")
    problems = [problem for problem in problems if problem]
    stand = f"headers: {len(headers.all)} stand alone and are light; {len(unproven)} were compiled for it"
    print("\n".join(problems) if problems else stand)
    return 1 if problems or not headers.all else 0


if __name__ == "__main__":
    sys.exit(main())
