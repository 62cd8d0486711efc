#!/usr/bin/python3
"""Looks into the objects of the compute VM for what could make two machines differ by a bit.

    contrib/lint/check_objects.py BUILD_DIR

- Nothing of the VM calls a mathematical library: it may differ from one machine to the next.
- No instruction that approximates, flushes subnormals, saturates where the rule does not, or computes
  in the x87 unit. (g++ may park a float constant there: such a move changes no number.)
- A file of one instruction set exports no inline code: the linker could pick it for everybody, and
  the program would end on a machine that has not got the instructions.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Elementary functions and whatever else libm has, in float, double and long double.
LIBM = {
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh", "erf",
    "erfc", "exp", "exp10", "exp2", "expm1", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp",
    "hypot", "ldexp", "lgamma", "log", "log10", "log1p", "log2", "lrint", "lround", "llrint", "llround",
    "modf", "nearbyint", "nextafter", "pow", "remainder", "rint", "round", "roundeven", "scalbn", "sin",
    "sincos", "sinh", "sqrt", "tan", "tanh", "tgamma", "trunc",
}
FORBIDDEN = re.compile(
    r"\t("
    r"v?rcp[ps]s|v?rsqrt[ps]s|vrcp(14|28)[ps][sd]|vrsqrt(14|28)[ps][sd]|vexp2p[sd]"  # approximations
    r"|vdpbf16ps|vcvtne2?ps2bf16|vcvtneps2bf16|tdpbf16ps"  # flush subnormals
    r"|v?pmaddubsw|vpdpbusds|vpdpwssds"  # saturate between products
    r"|f(add|sub|mul|div|ild|ist|ldt|stpt|sin|cos|ptan|patan|2xm1|yl2x|sqrt)[a-z0-9]*"  # x87
    r")\b"
)
ISA_OBJECT = re.compile(r"(avx2|avx512|vnni|v3|v4)")
WEAK = re.compile(r"^[0-9a-f]+ [WVu] (.+)$")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def members(output):
    """Splits what nm or objdump says of an archive into (object, lines)."""
    name, lines = None, []
    for line in output.splitlines():
        match = re.match(r"^(\S+\.o):(\s+file format .*)?$", line)
        if match:
            if name is not None:
                yield name, lines
            name, lines = match.group(1), []
        else:
            lines.append(line)
    if name is not None:
        yield name, lines


def is_libm(symbol):
    base = symbol.removeprefix("__").removesuffix("_finite")
    return base in LIBM or (base[-1:] in ("f", "l") and base[:-1] in LIBM)


def check_imports(archive):
    for name, lines in members(run("nm", "-u", archive)):
        for line in lines:
            symbol = line.split()[-1].split("@")[0] if line.strip() else ""
            if symbol and is_libm(symbol):
                yield f"{name} calls {symbol} of the mathematical library"


def check_instructions(archive):
    for name, lines in members(run("objdump", "-d", "--no-show-raw-insn", archive)):
        found = {match.group(1) for line in lines if (match := FORBIDDEN.search(line))}
        for mnemonic in sorted(found):
            yield f"{name} uses {mnemonic}"


def check_exports(archive):
    for name, lines in members(run("nm", "-C", "--defined-only", archive)):
        if not ISA_OBJECT.search(name):
            continue
        for line in lines:
            match = WEAK.match(line)
            if match and not match.group(1).startswith(("typeinfo", "vtable", "DW.ref")):
                yield f"{name} exports inline code: {match.group(1)}"


def archives_of_the_vm(build):
    """Of each folder of vm/ that is a library; those of tests are not looked at."""
    folders = sorted(path.parent.relative_to(ROOT) for path in ROOT.glob("vm/*/**/CMakeLists.txt"))
    return [build / "lib" / f"libsteelyard_{'_'.join(folder.parts)}.a" for folder in folders]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    archives = archives_of_the_vm(pathlib.Path(sys.argv[1]))
    missing = [archive.name for archive in archives if not archive.exists()]
    if missing:
        sys.exit(f"not built in {sys.argv[1]}: {', '.join(missing)}")
    wrong = []
    for archive in archives:
        for check in (check_imports, check_instructions, check_exports):
            wrong += [f"{archive.name}: {what}" for what in check(str(archive))]
    print("\n".join(wrong) if wrong else f"objects: {len(archives)} libraries agree")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
