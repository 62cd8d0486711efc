"""Pastes the commands of a page into a shell, as a reader of it does, in a checkout whose programs are built.

Blocks of the language `sh` are pasted, in their order, into one shell; others (`text`, `json`, ...) are not. What a page
runs that takes long, and that other tests run, is looked for and not run: see ELSEWHERE.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from support import ROOT, STEELYARDD, free_base_port

PROGRAMS = {
    "steelyardd": STEELYARDD,
    **{name: os.environ.get(variable, str(ROOT / "build/release/bin" / name)) for name, variable in (
        ("steelyard", "STEELYARD"), ("steelyard-worker", "STEELYARD_WORKER"),
        ("fashion-mnist-programs", "FASHION_MNIST_PROGRAMS"))}}
FENCE = re.compile(r"^( *)```(\w*)$")
# The ports of a devnet, which pages name as they are by default.
PORT = re.compile(r"\b26[67]\d\d\b")
FIRST_PORT = 26656
NODES = 15  # ten ports each
ELSEWHERE = (
    (re.compile(r"^(contrib/(?:demo|test))\b.*$"), r"test -x \1"),
    (re.compile(r"^cmake --build --preset release --target ([\w-]+)$"), r"test -x build/release/bin/\1"),
)
OUTPUT_TAIL = 6000
DOWN_SECONDS = 120


class Block:
    """A fenced block: its language, its lines without the page's indentation, and where its first line stands."""

    def __init__(self, language, line):
        self.language, self.line, self.lines = language, line, []


def blocks(text):
    """The fenced blocks of a page."""
    found, fence = [], None
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if match and fence is None:
            fence = match[1]
            found.append(Block(match[2], number + 1))
        elif match:
            fence = None
        elif fence is not None:
            found[-1].lines.append(line.removeprefix(fence))
    return found


def pasted(line, base_port):
    """A line as it is run: on ports that are free, and without what other tests run."""
    for pattern, instead in ELSEWHERE:
        line = pattern.sub(instead, line)
    return PORT.sub(lambda port: str(int(port[0]) - FIRST_PORT + base_port), line)


def script_of(page, base_port):
    """All that a page has its readers paste; the first command that fails is named with its block, and is the last."""
    lines = ["set -Eeuo pipefail",
             f"""trap 'echo "{page.name}: in the block at line $block: exit code $? of: $BASH_COMMAND" >&2' ERR"""]
    for block in blocks(page.read_text()):
        if not block.language:
            raise AssertionError(f"{page.name}:{block.line}: the block names no language: sh is pasted, text is not")
        if block.language == "sh":
            lines += [f"block={block.line}", *(pasted(line, base_port) for line in block.lines)]
    return "\n".join(lines) + "\n"


class Checkout:
    """What the pages' commands see: `contrib`, and the programs in build/release/bin. A context manager."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-page-"))
        self.base_port = free_base_port(NODES)
        shutil.copytree(ROOT / "contrib", self.folder / "contrib",
                        ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        programs = self.folder / "build/release/bin"
        programs.mkdir(parents=True)
        for name, path in PROGRAMS.items():
            (programs / name).symlink_to(pathlib.Path(path).absolute())
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD")}
        self.environment = {**clean, "HOME": str(self.folder), "DEVNET_BASE_PORT": str(self.base_port),
                            "STEELYARD_NODE": f"tcp://127.0.0.1:{self.base_port + 1}"}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if (self.folder / ".devnet/devnet.json").exists():
            subprocess.run(["contrib/devnet", "down"], cwd=self.folder, env=self.environment, check=False,
                           timeout=DOWN_SECONDS)
        if kind is None:
            shutil.rmtree(self.folder)
        else:
            print(f"the page's files and logs are left in {self.folder}")

    def paste(self, page, seconds):
        """Runs the page's commands; what they printed. AssertionError with the first that fails."""
        script, output = self.folder / ".page.sh", self.folder / ".page.out"
        script.write_text(script_of(page, self.base_port))
        with open(output, "wb") as file:
            shell = subprocess.Popen(["bash", script.name], cwd=self.folder, env=self.environment, stdout=file,
                                     stderr=file, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                code = shell.wait(seconds)
            except subprocess.TimeoutExpired:
                code = f"none: it ran longer than {seconds} s"
            finally:
                end_group(shell.pid)
                shell.wait()
        told = output.read_text(errors="replace")
        if code != 0:
            raise AssertionError(f"{page.name} ended with {code}:\n{told[-OUTPUT_TAIL:]}")
        return told


def end_group(leader):
    """What a page has left in the background, such as a worker."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass
