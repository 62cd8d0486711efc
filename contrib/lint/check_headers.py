#!/usr/bin/python3
"""Compiles every header alone: it must stand by itself and cost at most 1.5 CPU seconds; those
of src/node, of the simulator and of what tests share, which know all parts of a node, 3.

usage: check_headers.py BUILD_DIR [--times]
The flags are those of some source file in BUILD_DIR/compile_commands.json, and for headers of one
instruction set, which their names tell, those of that set.
"""

import concurrent.futures
import json
import os
import pathlib
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 1.5
SECONDS_MAX_OF_WHOLE_NODES = 3.0
WHOLE_NODES = {("src", "node"), ("tests", "sim"), ("tests", "support")}
# How the headers of kernels are compiled whose files' names end so.
AVX2 = ["-mavx2", "-mfma", "-mf16c"]
INSTRUCTION_SETS = {
    "_avx2.h": AVX2,
    "_avx512.h": [*AVX2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"],
}
ATTEMPTS = 3  # a busy machine must not fail a light header


def compiler_flags(build):
    """The compiler and the flags that every Steelyard source is compiled with."""
    commands = json.loads((build / "compile_commands.json").read_text())
    command = next(c["command"] for c in commands if c["file"].endswith("src/base/hex.cpp"))
    words = command.split()
    compiler = next(w for w in words if pathlib.Path(w).name.startswith(("g++", "c++", "clang++")))
    flags = [w for w in words if w.startswith(("-I", "-std", "-W", "-D"))]
    own = [f"-I{build}/src/proto", f'-DSTEELYARD_SOURCE_DIR="{ROOT}"']
    return [compiler, *flags, *own, "-fsyntax-only", "-x", "c++"]


def compile_once(flags, header):
    """CPU seconds of the compiler, and its complaints if it failed."""
    process = subprocess.Popen([*flags, "-include", str(header), "/dev/null"], stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, errors if status != 0 else None


def check(flags, header):
    name = header.relative_to(ROOT)
    limit = SECONDS_MAX_OF_WHOLE_NODES if name.parts[:2] in WHOLE_NODES else SECONDS_MAX
    for ending, instructions in INSTRUCTION_SETS.items():
        if name.name.endswith(ending):
            flags = flags + instructions
    best = float("inf")
    for _ in range(ATTEMPTS):
        seconds, errors = compile_once(flags, header)
        if errors is not None:
            return name, best, f"{name}: does not compile alone\n{errors}"
        best = min(best, seconds)
        if best <= limit:
            return name, best, None
    return name, best, f"{name}: {best:.2f} CPU s to compile, limit {limit}"


def main():
    build = pathlib.Path(sys.argv[1])
    flags = compiler_flags(build)
    headers = [p for top in ("src", "consensus", "market", "vm", "tests/support", "tests/sim")
               for p in sorted((ROOT / top).rglob("*.h"))]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda header: check(flags, header), headers))
    if "--times" in sys.argv:
        for name, seconds, _ in sorted(results, key=lambda r: -r[1]):
            print(f"{seconds:5.2f} s  {name}")
    problems = [problem for _, _, problem in results if problem]
    print("\n".join(problems) if problems else f"headers: {len(headers)} stand alone")
    return 1 if problems or not headers else 0


sys.exit(main())
