#!/usr/bin/python3
"""Holds the pages to the tree: what they name is there, and doc/README.md names every page.

Links of Markdown and paths such as doc/x.md or contrib/x in the text must lead to something. On the pages of TESTED the
tests that are named in backticks, as `Suite.name` or `Suite.A1_...`, must exist.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOC = ROOT / "doc"
MAP = DOC / "README.md"
TESTED = ["doc/security.md", "doc/spec/market-attacks.md"]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"(?<![\w/.$-])((?:doc|contrib|tests|src|vm|market|consensus)/[\w./-]*\w)(?![\w*{…])")
NAMED_TEST = re.compile(r"`([A-Z]\w*)(\*?)(?:\.(\w*)(\*|…)?)?`")
TEST = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)")
FENCE = re.compile(r"^ *```")


def pages():
    return [ROOT / "README.md", *sorted(DOC.rglob("*.md"))]


def prose(text):
    """The lines outside of fences, with their numbers."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield number, line


def is_there(path):
    """A file or folder, or the files of a name that is given without its suffix, such as `src/base/result`."""
    return path.exists() or any(path.parent.glob(path.name + ".*"))


def broken_names(page):
    for number, line in prose(page.read_text()):
        for link in LINK.findall(line):
            if "://" not in link and not (page.parent / link).exists():
                yield f"{page.relative_to(ROOT)}:{number}: there is no {link}"
        for path in PATH.findall(LINK.sub("", line)):
            is_ours = not path.endswith(".go")  # CometBFT's have the same folders
            if is_ours and not is_there(ROOT / path) and not is_there(ROOT / "src" / path):
                yield f"{page.relative_to(ROOT)}:{number}: there is no {path}"


def all_tests():
    return {f"{suite}.{name}" for file in (ROOT / "tests").rglob("*.cpp")
            for suite, name in TEST.findall(file.read_text())}


def missing_tests(page, tests):
    for number, line in prose(page.read_text()):
        for suite, more, name, rest in NAMED_TEST.findall(line):
            if not name and not rest and not more:
                continue  # a word in backticks, no test
            wanted = suite + (r"\w*" if more else "") + r"\." + (name or "") + (r"\w*" if rest or not name else "")
            if not any(re.fullmatch(wanted, test) for test in tests):
                yield f"{page.relative_to(ROOT)}:{number}: there is no test {suite}{more}.{name}{rest}"


def unlisted_pages():
    listed = {(MAP.parent / link).resolve() for link in LINK.findall(MAP.read_text())}
    for page in sorted(DOC.rglob("*.md")):
        if page != MAP and page.resolve() not in listed:
            yield f"{MAP.relative_to(ROOT)}: does not name {page.relative_to(DOC)}"


def main():
    tests = all_tests()
    problems = [problem for page in pages() for problem in broken_names(page)]
    problems += [problem for page in TESTED for problem in missing_tests(ROOT / page, tests)]
    problems += unlisted_pages()
    print("\n".join(problems) if problems else f"docs: {len(pages())} pages agree with the tree")
    return 1 if problems or not tests else 0


sys.exit(main())
