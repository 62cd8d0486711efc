"""A devnet with providers whose workers run, orders of small models, and small disks: what tests of the market's faults share."""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request

from support import ROOT, STEELYARDD, Rpc, free_base_port, wait_until

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
from onnx_writer import Model  # noqa: E402

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
WORKER = os.environ.get("STEELYARD_WORKER", str(ROOT / "build/release/bin/steelyard-worker"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
PRICE = 10_000  # of so small a job: min_job_price
PATIENCE = 60
METRICS_OFFSET = 4
STATES = ["open", "matched", "started", "committed", "challenged", "proved", "settled"]


def npy(sizes, data, kind="<f4"):
    """As NumPy and nodes write it."""
    shape = str(tuple(sizes))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def floats(sizes, values):
    return npy(sizes, struct.pack(f"<{len(values)}f", *values))


def relu(rows, columns, seed=5):
    """y = max(x, 0) + a constant that makes each seed another program."""
    m = Model(opset=17, seed=seed)
    m.node("Add", m.node("Relu", m.input("x", [rows, columns])), m.scalar(seed), output="y")
    m.output("y", [rows, columns])
    return m.bytes()


class SmallDisk:
    """A folder on a file system of its own, which can be made full and have room again; needs root."""

    def __init__(self, folder, size="256m"):
        self.folder, self.size = pathlib.Path(folder), size
        kept = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-kept-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.folder, kept, dirs_exist_ok=True)
        self.mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.folder)
        shutil.copytree(kept, self.folder, dirs_exist_ok=True)
        shutil.rmtree(kept)

    @staticmethod
    def mount(*arguments):
        done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PermissionError(f"no small disk can be mounted: {done.stderr.strip()}")

    def fill(self, free=0):
        """Leaves so many bytes free: at once, and whatever is written meanwhile."""
        facts = os.statvfs(self.folder)
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
        self.mount("-o", f"remount,size={max(used, facts.f_frsize) + free}", self.folder)

    def give_room(self):
        self.mount("-o", f"remount,size={self.size}", self.folder)

    def remove(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


class MarketNet:
    """The devnet, its wallet, and what its processes say."""

    def __init__(self, validators=1, workers=1, block_ms=250, params=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-market-"))
        self.net = self.folder / "net"
        self.validators = validators
        self.port = free_base_port(validators + 3)
        self.rpc = Rpc(self.rpc_port())
        settings = {"consensus.target_block_interval": f"{block_ms}ms", "consensus.empty_block_factor": 1,
                    "instrumentation.prometheus": "true"}
        market = {"nominal_block_ms": block_ms, "settle_blocks": 8, "respond_blocks": 120, "start_blocks": 80,
                  "commit_blocks": 120, **dict(params)}
        self.devnet("up", "--validators", validators, "--base-port", self.port, "--workers", workers,
                    *[word for name, value in settings.items() for word in ("--set", f"{name}={value}")],
                    *[word for name, value in market.items() for word in ("--param", f"market.{name}={value}")])

    def stop(self):
        self.devnet("down")
        shutil.rmtree(self.folder, ignore_errors=True)

    def devnet(self, *arguments):
        done = subprocess.run(
            [ROOT / "contrib/devnet", *map(str, arguments)], check=False, timeout=120, capture_output=True, text=True,
            env={**CLEAN, "DEVNET_DIR": str(self.net), "STEELYARDD": STEELYARDD, "STEELYARD": STEELYARD,
                 "STEELYARD_WORKER": WORKER})
        assert done.returncode == 0, done.stdout + done.stderr

    # Nodes and workers.

    def home(self, name):
        return self.net / name

    def rpc_port(self, node=0):
        return self.port + 10 * node + 1

    def address(self, node=0):
        return f"tcp://127.0.0.1:{self.rpc_port(node)}"

    def log(self, name):
        return (self.net / f"{name}.log").read_text(errors="replace")

    def wait_for_log(self, name, *patterns, seconds=PATIENCE, start=0):
        """The first line, behind `start` characters, in which all of these are found."""
        def find():
            for line in self.log(name)[start:].splitlines():
                if all(re.search(pattern, line) for pattern in patterns):
                    return line
            return None
        return wait_until(find, seconds, f"{name} says {patterns}")

    def pid(self, name):
        return int((self.net / f"{name}.pid").read_text().split()[0])

    def configure(self, node, **settings):
        """Of a node that does not run; __ stands for the dot."""
        for name, value in settings.items():
            done = subprocess.run([STEELYARDD, "--home", self.home(f"node{node}"), "config", "set",
                                   name.replace("__", "."), str(value)], capture_output=True, text=True, check=False,
                                  env=CLEAN)
            assert done.returncode == 0, done.stderr

    def metric(self, node, name):
        url = f"http://127.0.0.1:{self.rpc_port(node) - 1 + METRICS_OFFSET}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith((f"steelyard_{name}{{", f"steelyard_{name} ")):
                    return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")

    def worker(self, name, *arguments):
        return subprocess.run([WORKER, "--home", self.home(name), *map(str, arguments)], capture_output=True, text=True,
                              timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL, env=CLEAN)

    # The wallet.

    def environment(self, node=0):
        return {**CLEAN, "STEELYARD_HOME": str(self.net / "keyring"), "STEELYARD_KEYRING_BACKEND": "test",
                "STEELYARD_NODE": self.address(node)}

    def wallet(self, *arguments, node=0, timeout=120):
        return subprocess.run([STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                              check=False, stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment(node))

    def json(self, *arguments, node=0):
        done = self.wallet(*arguments, "--output", "json", node=node)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def send(self, who, *arguments, node=0):
        return self.json(*arguments, "--from", who, "--yes", node=node)

    def balance(self, who, node=0):
        coins = self.json("query", "balances", who, node=node)["balances"]
        return {coin["denom"]: int(coin["amount"]) for coin in coins}["uyard"]

    def provider(self, name):
        return self.json("provider", "status", name)["provider"]

    def ask(self, name):
        """Anew, where the one before is void."""
        self.send(name, "provider", "ask", "--class", 1, "--price", "25uyard", "--work-units", "1,000,000")

    # Orders.

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def infer(self, model, x, *more, who="alice"):
        return ["run", "infer", "--model", model, "--input", f"x={x}", "--class", 1, "--max-price", 30, "--from", who,
                "--yes", *more]

    def order(self, model, x, *more, who="alice", node=0):
        """A run that is left to itself: the order's number. Its inputs are at the node."""
        return int(self.json(*self.infer(model, x, "--detach", *more, who=who), node=node)["order"])

    def job(self, order):
        return self.rpc.call("market_getJob", order_id=order)["job"]

    def wait_for(self, order, state, seconds=PATIENCE):
        """The job, once it has come so far."""
        def reached():
            job = self.job(order)
            assert job["state"] in STATES, job
            return job if STATES.index(job["state"]) >= STATES.index(state) else None
        return wait_until(reached, seconds, f"order {order} is {state}")

    def wait_for_end(self, order, seconds=PATIENCE):
        """The job, however it has ended."""
        def ended():
            job = self.job(order)
            return None if job["state"] in STATES[:-1] else job
        return wait_until(ended, seconds, f"order {order} is over")
