"""Users of a long test: one thing after another that somebody could want of a market of computing."""

import json
import random
import shutil
import struct
import sys
import threading
import time

import onnx_data
from soak_net import Wallet
from support import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
from onnx_writer import Model  # noqa: E402
from whole_models import classifier  # noqa: E402

INPUTS = 6  # of each model
DETACHED_MAX = 6  # of a user, before he goes for their results
PAUSE_SECONDS = 1.0
NODE_RECOVERY_SECONDS = 20
FAR = 127  # of rows whose results are blobs
LIFETIME = 400  # blocks


def floats(sizes, values):
    return onnx_data.npy("<f4", sizes, struct.pack(f"<{len(values)}f", *values))


def infer(user, model):
    words = ("infer", "--model") if model.suffix == ".onnx" else ("program", "--program")
    return ("run", *words, model, "--class", "cpu.small", "--max-price", 30, "--lifetime", LIFETIME, "--from", user, "--yes")


class Catalogue:
    """Models, programs, their inputs, and what they give."""

    def __init__(self, net, draw):
        self.folder = net.folder / "catalogue"
        self.folder.mkdir()
        self.wallet = Wallet(net)
        self.runs = {}  # kind -> [(model, input, expected)]
        self.add("small", self.small(), (2, 8), draw)
        self.add("weights", self.weights(), (1, 128), draw)
        self.add("far", self.far(), (65, FAR), draw)
        program = self.folder / "small.svm"
        self.wallet.json(0, "vm", "import", self.runs["small"][0][0], "--dim", "batch=2", "-o", program)
        self.runs["program"] = [(program, x, expected) for _, x, expected in self.runs["small"]]
        self.overflow = self.folder / "overflow.npy"
        self.overflow.write_bytes(floats((2, 8), [3e38] * 16))

    def register(self, user):
        """An order of each kind has its program on the chain: users that registered the same one at a time would fail."""
        for runs in self.runs.values():
            self.wallet.json(0, *infer(user, runs[0][0]), "--input", f"x={runs[0][1]}", "--detach")

    @staticmethod
    def small():
        m = Model(opset=17, seed=5)
        classifier(m, m.input("x", ["batch", 8]), "batch", 8, 3)
        return m.bytes()

    @staticmethod
    def weights():
        m = Model(opset=17, seed=7)
        classifier(m, m.input("x", [1, 128]), 1, 128, 160)
        return m.bytes()

    @staticmethod
    def far():
        m = Model(opset=17, seed=5)
        m.node("Relu", m.input("x", [65, FAR]), output="y")
        m.output("y", [65, FAR])
        return m.bytes()

    def add(self, kind, model, sizes, draw):
        path = self.folder / f"{kind}.onnx"
        path.write_bytes(model)
        (self.folder / kind).mkdir()
        self.runs[kind] = []
        for number in range(INPUTS):
            x = self.folder / kind / f"{number}.npy"
            x.write_bytes(floats(sizes, [draw.uniform(-1, 1) for _ in range(sizes[0] * sizes[1])]))
            out = self.folder / kind / f"out{number}"
            self.wallet.json(0, "vm", "run", path, "--input", f"x={x}", "--out", out)
            self.runs[kind].append((path, x, (out / "y.npy").read_bytes()))


class User(threading.Thread):
    """Orders, waits, cancels, until it is told to stop; at a node that it draws."""

    def __init__(self, net, catalogue, name, seed):
        super().__init__(name=name, daemon=True)
        self.net, self.catalogue = net, catalogue
        self.wallet = Wallet(net)
        self.draw = random.Random(seed)
        self.stopping = threading.Event()
        self.detached = []  # (order, expected)
        self.cancelled = set()  # orders
        self.counts = {}
        self.faults = []
        self.folder = net.folder / f"results-{name}"
        self.actions = [(6, self.follow), (3, self.follow_array), (4, self.detach), (4, self.collect), (2, self.cancel),
                        (2, self.cancel_unwanted), (1, self.overflow)]

    def run(self):
        weights, actions = zip(*self.actions)
        while not self.stopping.is_set():
            action = self.draw.choices(actions, weights)[0]
            try:
                action()
            except Exception as error:  # pylint: disable=broad-except
                self.faults.append(f"{self.name} {action.__name__}: {type(error).__name__} {error}")
            self.stopping.wait(self.draw.uniform(0, PAUSE_SECONDS))
        self.collect_all()

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def command(self, what, *words):
        """A finished command; None where it failed, and its node had been away."""
        node = self.draw.choice([index for index in range(self.net.count) if f"node{index}" in self.net.processes])
        began = time.time()
        done = self.wallet.run(node, *words, "--output", "json")
        self.count(f"{what} {done.returncode}")
        if done.returncode in (0, 6):
            return done
        if not any(self.net.was_away(f"node{one}", began, time.time(), NODE_RECOVERY_SECONDS)
                   for one in range(self.net.count)):
            self.faults.append(f"{self.name}: {' '.join(map(str, words[:2]))} at node{node} ended with {done.returncode}, "
                               f"and no node was away: {done.stderr[-1000:]}")
        return None

    def infer(self, model, *words):
        return (*infer(self.name, model), *words)

    def pick(self):
        return self.draw.choice(self.catalogue.runs[self.draw.choice(list(self.catalogue.runs))])

    def expect_file(self, path, expected):
        if path.read_bytes() != expected:
            self.faults.append(f"{self.name}: {path} is not what the program gives")
        self.count("results compared")

    def follow(self):
        model, x, expected = self.pick()
        out = self.folder / "followed"
        shutil.rmtree(out, ignore_errors=True)
        done = self.command("follow", *self.infer(model, "--input", f"x={x}", "--out", out))
        if done and done.returncode == 0:
            self.expect_file(out / "y.npy", expected)

    def follow_array(self):
        kind = self.draw.choice(["small", "weights"])
        out = self.folder / "array"
        shutil.rmtree(out, ignore_errors=True)
        runs = self.catalogue.runs[kind][:3]
        done = self.command("array", *self.infer(runs[0][0], "--array", f"x={self.catalogue.folder / kind}/[012].npy",
                                                 "--max-parallel", self.draw.randint(1, 3), "--out", out))
        if done and done.returncode == 0:
            for task, (_, _, expected) in enumerate(runs):
                self.expect_file(out / str(task) / "y.npy", expected)

    def detach(self):
        model, x, expected = self.pick()
        done = self.command("detach", *self.infer(model, "--input", f"x={x}", "--detach"))
        if done:
            self.detached.append((self.order_of(done), expected))
        if len(self.detached) >= DETACHED_MAX:
            self.collect()

    @staticmethod
    def order_of(done):
        return str(json.loads(done.stdout)["order"])

    def collect(self, patience=30):
        """Of the oldest order that was left to itself."""
        if not self.detached:
            return
        order, expected = self.detached.pop(0)
        node = self.draw.choice([index for index in range(self.net.count) if f"node{index}" in self.net.processes])
        waited = self.wallet.run(node, "jobs", "wait", order, "--seconds", patience)
        self.count(f"wait {waited.returncode}")
        if waited.returncode == 5:
            self.detached.append((order, expected))
        elif waited.returncode == 0:
            out = self.folder / "collected"
            shutil.rmtree(out, ignore_errors=True)
            if self.command("get", "get", order, "--out", out):
                self.expect_file(out / "y.npy", expected)

    def collect_all(self, rounds=20):
        while self.detached and rounds:
            rounds -= 1
            self.collect()

    def cancel_order(self, order):
        """Another transaction of the same order may have ended it meanwhile."""
        self.cancelled.add(order)
        done = self.wallet.run(self.draw.randrange(self.net.count), "jobs", "cancel", order, "--from", self.name, "--yes")
        self.count(f"cancel {done.returncode}")

    def cancel(self):
        """What may have been matched already."""
        model, x, _ = self.pick()
        done = self.command("detach", *self.infer(model, "--input", f"x={x}", "--detach"))
        if done:
            self.stopping.wait(self.draw.uniform(0, 3))
            self.cancel_order(self.order_of(done))

    def cancel_unwanted(self):
        """What nobody takes."""
        model, x, _ = self.pick()
        done = self.command("detach", *self.infer(model, "--input", f"x={x}", "--attribute", "nobody=has", "--detach"))
        if done:
            self.cancel_order(self.order_of(done))

    def overflow(self):
        """A run that ends in a fault: it is paid for, and has no result."""
        model = self.catalogue.runs["small"][0][0]
        out = self.folder / "none"
        done = self.command("overflow", *self.infer(model, "--input", f"x={self.catalogue.overflow}", "--out", out))
        if done and (done.returncode != 6 or out.exists()):
            self.faults.append(f"{self.name}: a run that overflows ended with {done.returncode}: {done.stdout}")
