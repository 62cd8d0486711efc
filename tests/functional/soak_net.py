"""A devnet with workers for long tests: processes that are killed and started again, what they take, and what they lose."""

import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import threading
import time

from support import PORTS_PER_NODE, ROOT, STEELYARDD, Rpc, free_base_port, run, wait_until

VALIDATORS, WORKERS = 4, 3
PROGRAMS = {variable: os.environ.get(variable, str(ROOT / "build/release/bin" / name)) for variable, name in
            (("STEELYARDD", "steelyardd"), ("STEELYARD", "steelyard"), ("STEELYARD_WORKER", "steelyard-worker"))}
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
BLOCK_MS = 500
WINDOW_BLOCKS = 120  # to start, to commit, to answer a challenge
SETTLE_BLOCKS = 12
SAMPLE_SECONDS = 2
STOP_SECONDS = 60


class Outage:
    """When a process was not there; `end` is None while it is not."""

    def __init__(self, name, signal_number):
        self.name, self.signal = name, signal_number
        self.begin, self.end = time.time(), None


class Sample:
    """What a process held at a moment."""

    def __init__(self, pid):
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
        self.memory = int(status["VmRSS"].split()[0]) << 10
        self.anonymous = int(status["RssAnon"].split()[0]) << 10  # without files that are mapped, such as LevelDB's tables
        self.threads = int(status["Threads"])
        self.files = len(os.listdir(f"/proc/{pid}/fd"))


class SoakNet:
    """Four validators, and a worker beside each of the first three. A context manager: all are ended."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = VALIDATORS
        self.base_port = free_base_port(VALIDATORS)
        self.processes = {}  # those that are to run
        self.outages = []
        self.faults = []
        self.samples = {}  # (name, pid) -> samples of one life
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.make()

    def make(self):
        window = [word for name in ("start", "commit", "respond")
                  for word in ("--param", f"market.{name}_blocks={WINDOW_BLOCKS}")]
        try:
            self.devnet_up(window)
        finally:
            self.devnet("down")  # what follows needs their exit statuses

    def devnet_up(self, window):
        self.devnet("up", "--validators", VALIDATORS, "--workers", WORKERS, "--base-port", self.base_port,
                    "--set", f"consensus.target_block_interval={BLOCK_MS}ms", "--set", "consensus.empty_block_factor=1",
                    "--param", f"market.nominal_block_ms={BLOCK_MS}", "--param", f"market.settle_blocks={SETTLE_BLOCKS}",
                    *window)

    def devnet(self, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=180, stdout=subprocess.DEVNULL,
                       env={**CLEAN, **PROGRAMS, "DEVNET_DIR": str(self.folder)})

    def __enter__(self):
        for name in self.names():
            self.start(name)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.watcher.join()
        for name in list(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def names(self):
        return [f"node{index}" for index in range(VALIDATORS)] + [f"worker{index}" for index in range(WORKERS)]

    def home(self, index):
        return self.folder / f"node{index}"

    def rpc(self, index, timeout=10):
        return Rpc(self.base_port + PORTS_PER_NODE * index + 1, timeout)

    def wait_for_height(self, height, indexes, seconds=60):
        for index in indexes:
            rpc = self.rpc(index)
            wait_until(lambda: rpc.height() >= height, seconds, f"node{index} at height {height}")

    def start(self, name):
        program = [STEELYARDD, "--home", self.folder / name, "start"] if name.startswith("node") else \
            [PROGRAMS["STEELYARD_WORKER"], "--home", self.folder / name, "run"]
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=CLEAN)
        with self.lock:
            self.processes[name] = process
            for outage in self.outages:
                if outage.name == name and outage.end is None:
                    outage.end = time.time()

    def stop(self, name, number):
        """Ends it, and waits until it is gone."""
        with self.lock:
            process = self.processes.pop(name)
            self.outages.append(Outage(name, number))
        process.send_signal(number)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.faults.append(f"{name} did not end within {STOP_SECONDS} s of signal {number}")
            return
        if status != (-number if number == signal.SIGKILL else 0):
            self.faults.append(f"{name} ended with {status} after signal {number}")

    def watch(self):
        """Notes who ends by itself, and what all take."""
        while not self.stopping.wait(SAMPLE_SECONDS):
            with self.lock:
                running = dict(self.processes)
            for name, process in running.items():
                with contextlib.suppress(OSError, KeyError, ValueError):
                    self.samples.setdefault((name, process.pid), []).append(Sample(process.pid))
                with self.lock:
                    ended = self.processes.get(name) is process and process.poll() is not None
                if ended and f"{name} ended" not in "".join(self.faults):
                    self.faults.append(f"{name} ended by itself with {process.returncode}")

    def was_away(self, name, first, last, recovery):
        """Whether it was not there, or not for long again, at some time between the two."""
        return any(outage.name == name and outage.begin <= last and (outage.end is None or outage.end + recovery >= first)
                   for outage in self.outages)

    def was_ended(self, name, first, last):
        """Whether it was told to end between the two."""
        return any(outage.name == name and outage.signal == signal.SIGTERM and first <= outage.begin <= last
                   for outage in self.outages)

    def seconds_well(self, names, first, last, recovery):
        """Of the time between the two: how long all of them had been there for a while."""
        spans = sorted((max(first, one.begin), min(last, (one.end or last) + recovery)) for one in self.outages
                       if one.name in names)
        well, at = 0.0, first
        for begin, end in spans:
            if end > at:
                well, at = well + max(0.0, begin - at), end
        return well + max(0.0, last - at)

    def verify(self, index):
        """What `steelyardd verify` says of a stopped node; None if all is well."""
        done = run("--home", self.home(index), "verify", timeout=300)
        return None if done.returncode == 0 else done.stdout + done.stderr

    def left_over(self):
        """Processes that still name the folder: children that outlived their parents."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().decode(errors="replace").split("\0")
                if any(word.startswith(str(self.folder)) for word in words) and int(path.parent.name) != os.getpid():
                    found.append(" ".join(words))
        return found


class Wallet:
    """Commands of steelyard with the devnet's keys, at one node or another."""

    def __init__(self, net):
        self.net = net
        self.environment = {**CLEAN, "STEELYARD_HOME": str(net.folder / "keyring"), "STEELYARD_KEYRING_BACKEND": "test"}

    def run(self, node, *words, seconds=600):
        return subprocess.run([PROGRAMS["STEELYARD"], *map(str, words)], capture_output=True, text=True, timeout=seconds,
                              check=False, stdin=subprocess.DEVNULL,
                              env={**self.environment, "STEELYARD_NODE": f"tcp://127.0.0.1:{self.net.rpc(node).port}"})

    def json(self, node, *words):
        done = self.run(node, *words, "--output", "json")
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def address(self, name):
        return self.json(0, "keys", "show", name)["address"]


def course(samples, of, warm_up, parts=6):
    """What it held after the warm-up and until the end: the medians of parts of that time."""
    values = [getattr(one, of) for one in samples[int(warm_up / SAMPLE_SECONDS):]]
    width = max(1, len(values) // parts)
    return [statistics.median(values[first:first + width]) for first in range(0, width * parts, width)]
