"""A chain with workers on this machine, for measurements: made, followed, ended."""

import argparse
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("contrib/lib", "tests/functional", "tests/bench/models"):
    sys.path.insert(0, str(ROOT / folder))

from bounded import Failure, add_limit, no_more_limit  # noqa: E402
from chain import ChainError, Wallet  # noqa: E402, F401
from onnx_writer import Model  # noqa: E402
from support import Rpc, RpcError, free_base_port  # noqa: E402
from whole_models import classifier  # noqa: E402

VALIDATORS = 4
WORKERS = 3
TICKS = os.sysconf("SC_CLK_TCK")
UP_SECONDS, DOWN_SECONDS = 180, 120
POLL_SECONDS = 0.02  # how exactly it is known when a block was there
PATIENCE = 10  # seconds that the node which is asked may be silent
INPUTS, CLASSES = 128, 160

# The column "default" of doc/spec/market.md where the devnet has another.
DEFAULT_WINDOWS = {
    "withdraw_blocks": 1_814_400, "start_blocks": 60, "commit_blocks": 60, "retract_blocks": 4, "respond_blocks": 60,
    "settle_blocks": 600, "challenge_delay": 8, "challenge_bps": 1_000,
}


def add_options(parser, limit, slots):
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin", help="where the programs are")
    parser.add_argument("--parameters", choices=["devnet", "default"], default="devnet",
                        help="the column of doc/spec/market.md")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE",
                        help="another parameter, such as market.settle_blocks=1")
    parser.add_argument("--slots", type=int, default=slots, help="jobs that a worker has at a time")
    add_limit(parser, limit)
    parser.add_argument("--json", action="store_true", help="a line of JSON")


def cpu_seconds(pid):
    """User and system time of a process so far, and of the children that it has waited for."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError as error:
        raise Failure(f"the process {pid} is gone") from error
    return sum(int(field) for field in fields[11:15]) / TICKS


def busy_seconds():
    """Of all processors, by anybody."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICKS


class Cpu:
    """What the processes of a net, and all of the machine, take of its processors from now on."""

    def __init__(self, net):
        self.pids = {"nodes": net.node_pids, "workers": net.worker_pids}
        self.begin = self.read()

    def read(self):
        return {"time": time.monotonic(), "all": busy_seconds(),
                **{name: sum(map(cpu_seconds, pids)) for name, pids in self.pids.items()}}

    def cores(self):
        """Cores in use on the average."""
        end = self.read()
        elapsed = max(end["time"] - self.begin["time"], 1e-9)
        return {name: (end[name] - self.begin[name]) / elapsed for name in ("nodes", "workers", "all")}


class Job:
    """Where and when it took its steps: heights by action, of the last time."""

    def __init__(self):
        self.steps = {}
        self.end = None  # state, once it has ended


class Watch(threading.Thread):
    """Follows the blocks of a node: when each was there, and what it tells of jobs."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.rpc = Rpc(port)
        self.condition = threading.Condition()
        self.stopped = threading.Event()
        self.failure = None
        self.seen = {}  # by height: seconds of time.monotonic()
        self.jobs = {}  # by name, such as 7/0
        self.last = self.rpc.height()

    def run(self):
        silent_since = None
        while not self.stopped.wait(POLL_SECONDS):
            try:
                self.look()
                silent_since = None
            except (OSError, RpcError) as error:
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since > PATIENCE:
                    with self.condition:
                        self.failure = f"the node has fallen silent: {error}"
                        self.condition.notify_all()
                    return

    def look(self):
        height = int(self.rpc.call("status")["sync_info"]["latest_block_height"])
        now = time.monotonic()
        for new in range(self.last + 1, height + 1):
            results = self.rpc.call("block_results", height=str(new))
            events = [event for tx in results["txs_results"] or [] for event in tx["events"]]
            events += results["finalize_block_events"] or []
            with self.condition:
                self.seen[new] = now
                for event in events:
                    if event["type"] == "job":
                        self.note(new, {one["key"]: one["value"] for one in event["attributes"]})
                self.last = new
                self.condition.notify_all()

    def note(self, height, values):
        job = self.jobs.setdefault(values["id"], Job())
        job.steps[values["action"]] = height
        if values["action"] == "ended":
            job.end = values["state"]

    def wait_for(self, names, action, seconds):
        """Until all these jobs have taken that step. Failure if one ends otherwise than settled."""
        end = time.monotonic() + seconds
        with self.condition:
            while True:
                known = [self.jobs.get(name) for name in names]
                bad = [f"{name} is {job.end}" for name, job in zip(names, known)
                       if job and job.end not in (None, "settled")]
                if self.failure or bad:
                    raise Failure(self.failure or f"a job did not succeed: {bad[0]}")
                missing = sum(1 for job in known if not job or action not in job.steps)
                if missing == 0:
                    return
                left = end - time.monotonic()
                if left <= 0:
                    raise Failure(f"after {seconds} s {missing} of {len(names)} jobs are not {action}")
                self.condition.wait(min(left, 1))

    def moment(self, name, action):
        """When it was seen that the job took that step; None if it never did."""
        height = self.jobs[name].steps.get(action)
        return None if height is None else self.seen[height]

    def interval(self, since, until):
        """Mean seconds between the blocks that came in that time."""
        times = [at for at in self.seen.values() if since <= at <= until]
        return (max(times) - min(times)) / (len(times) - 1) if len(times) > 1 else float("nan")


class MarketNet:
    """Validators, providers and their workers as processes. A context manager: all are ended, the folder goes."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="market-net-"))
        self.programs = {}
        for variable, name in (("STEELYARDD", "steelyardd"), ("STEELYARD", "steelyard"),
                               ("STEELYARD_WORKER", "steelyard-worker")):
            path = arguments.bin / name
            if not path.exists():
                raise Failure(f"{path} is not there: build it, or name another folder with --bin")
            self.programs[variable] = str(path.resolve())
        self.base_port = free_base_port(VALIDATORS)

    def devnet(self, *words, seconds=DOWN_SECONDS):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD")}
        done = subprocess.run(
            [ROOT / "contrib/devnet", *map(str, words)], capture_output=True, text=True, check=False, timeout=seconds,
            env={**clean, **self.programs, "DEVNET_DIR": str(self.folder / "net")})
        if done.returncode != 0:
            raise Failure(f"contrib/devnet {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def up(self):
        windows = DEFAULT_WINDOWS if self.arguments.parameters == "default" else {}
        parameters = [f"market.{name}={value}" for name, value in windows.items()] + self.arguments.param
        epochs = ["--epoch-blocks", 1_000] if windows else []
        rows = json.loads(self.devnet(
            "up", "--validators", VALIDATORS, "--workers", WORKERS, "--slots", self.arguments.slots, "--base-port",
            self.base_port, *epochs, *[word for one in parameters for word in ("--param", one)], "-o", "json",
            seconds=UP_SECONDS))
        self.node_pids = [row["pid"] for row in rows if "rpc" in row]
        self.worker_pids = [row["pid"] for row in rows if "provider" in row]
        self.wallet = Wallet(self.programs["STEELYARD"], self.folder / "net/keyring", self.base_port + 1)
        genesis = json.loads((self.folder / "net/node0/config/genesis.json").read_text())
        self.market = {name: int(value) for name, value in genesis["app_state"]["params"]["params"]["market"].items()}
        self.watch = Watch(self.base_port + 1)
        self.watch.start()
        self.write_program()

    def __exit__(self, kind, *_):
        no_more_limit()
        if hasattr(self, "watch"):
            self.watch.stopped.set()
            self.watch.join()
        if (self.folder / "net/devnet.json").exists():
            self.devnet("down")
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"homes and logs are left in {self.folder}", file=sys.stderr)

    # What is computed: a layer of a classifier, with its weights as a blob of 80 KiB.

    def write_program(self):
        model = Model(opset=17, seed=7)
        classifier(model, model.input("x", [1, INPUTS]), 1, INPUTS, CLASSES)
        (self.folder / "m.onnx").write_bytes(model.bytes())
        self.program = self.folder / "p.svm"
        self.wallet.json("vm", "import", self.folder / "m.onnx", "-o", self.program)

    def write_input(self, number):
        """The file of an input that no other job has."""
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {INPUTS}), }}".encode()
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        draw = random.Random(number).uniform
        path = self.folder / f"x-{number:04}.npy"
        path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header +
                         struct.pack(f"<{INPUTS}f", *[draw(-1, 1) for _ in range(INPUTS)]))
        return path

    def order(self, *words):
        """The number of an order, once it is in a block."""
        told = self.wallet.json("run", "program", "--program", self.program, "--class", "cpu.small", "--from", "alice",
                                "--yes", "--detach", *words)
        return int(told["order"])
