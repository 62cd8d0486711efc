#!/usr/bin/python3
"""Workers on a devnet: three processes do jobs by themselves, and lose none when they or their node are killed."""

import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from support import ROOT, STEELYARDD, free_base_port, wait_until

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
from onnx_writer import Model  # noqa: E402
from whole_models import classifier  # noqa: E402

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
WORKER = os.environ.get("STEELYARD_WORKER", str(ROOT / "build/release/bin/steelyard-worker"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
WORKERS = 3
PATIENCE = 120


def npy(sizes, data):
    shape = "(" + "".join(f"{size}, " for size in sizes) + ")"
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


class Workers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-w-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.net = cls.folder / "net"
        cls.port = free_base_port(6)
        cls.link = cls.port + 55
        cls.devnet("up", "--base-port", cls.port, "--set", "consensus.target_block_interval=300ms",
                   "--set", "consensus.empty_block_factor=1", "--param", "market.nominal_block_ms=300",
                   "--param", "market.settle_blocks=12", "--param", "market.respond_blocks=100",
                   "--param", "market.start_blocks=100", "--param", "market.commit_blocks=100")
        cls.addClassCleanup(cls.devnet, "down")
        cls.processes = {}
        cls.addClassCleanup(cls.end_workers)
        cls.make_workers()
        cls.write_model()
        cls.make_providers()

    @classmethod
    def devnet(cls, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=120,
                       stdout=subprocess.DEVNULL,
                       env={**CLEAN, "DEVNET_DIR": str(cls.net), "STEELYARDD": STEELYARDD})

    @staticmethod
    def run_program(program, *arguments):
        return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL, env=CLEAN)

    @classmethod
    def json(cls, *arguments):
        done = cls.run_program(
            STEELYARD, *arguments, "--home", cls.net / "keyring", "--keyring-backend", "test", "--node",
            f"tcp://127.0.0.1:{cls.port + 1}", "--output", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    @classmethod
    def send(cls, who, *arguments):
        return cls.json(*arguments, "--from", who, "--yes")

    # The workers.

    @classmethod
    def worker_home(cls, index):
        return cls.folder / f"w{index}"

    @classmethod
    def worker(cls, index, *arguments):
        return cls.run_program(WORKER, "--home", cls.worker_home(index), *arguments)

    @classmethod
    def make_workers(cls):
        home = cls.net / "node0"
        key = cls.run_program(STEELYARDD, "--home", home, "worker-key").stdout.strip()
        keys = []
        for index in range(WORKERS):
            made = cls.worker(index, "init", "--node", f"tcp://127.0.0.1:{cls.link}", "--node-key", key, "--class",
                              "cpu.small", "--slots", 2, "--threads", 1, "--keyring", cls.net / "keyring", "--key",
                              f"worker{index}", "--output", "json")
            assert made.returncode == 0, made.stderr
            keys.append(json.loads(made.stdout)["link_key"])
        cls.devnet("kill", 0)
        for name, value in (("worker.laddr", f"tcp://127.0.0.1:{cls.link}"),
                            ("worker.authorized_keys", ",".join(keys))):
            done = cls.run_program(STEELYARDD, "--home", home, "config", "set", name, value)
            assert done.returncode == 0, done.stderr
        cls.devnet("start", 0)
        for index in range(WORKERS):
            cls.start_worker(index)

    @classmethod
    def start_worker(cls, index):
        with open(cls.folder / f"w{index}.log", "ab") as log:
            cls.processes[index] = subprocess.Popen(
                [WORKER, "--home", cls.worker_home(index), "run"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=CLEAN)

    @classmethod
    def kill_worker(cls, index, number=signal.SIGKILL):
        process = cls.processes.pop(index)
        process.send_signal(number)
        return process.wait(60)

    @classmethod
    def end_workers(cls):
        for index in list(cls.processes):
            cls.kill_worker(index)

    def status(self, index):
        """None: it does not answer."""
        told = self.worker(index, "status", "--output", "json")
        return json.loads(told.stdout) if told.returncode == 0 else None

    # Programs and orders.

    @classmethod
    def write_model(cls):
        model = Model(opset=17, seed=7)
        classifier(model, model.input("x", [1, 128]), 1, 128, 160)
        (cls.folder / "m.onnx").write_bytes(model.bytes())
        cls.program = cls.folder / "p.svm"
        cls.json("vm", "import", cls.folder / "m.onnx", "-o", cls.program)
        cls.inputs = [one["name"] for one in cls.json("vm", "inspect", cls.program)["inputs"]]
        raw = (cls.folder / "p.safetensors").read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        cls.files = {}
        for name, place in json.loads(raw[8:8 + size]).items():
            if name != "__metadata__":
                first, end = place["data_offsets"]
                cls.files[name] = npy(place["shape"], raw[8 + size + first:8 + size + end])

    @classmethod
    def make_providers(cls):
        cls.send("alice", "program", "register", cls.program)
        for index in range(WORKERS):
            who = f"provider{index}"
            cls.send(who, "provider", "register", "--moniker", f"P{index}", "--region", "lab", "--attribute",
                     f"number={index}", "--bond", "50000000uyard")
            cls.send(who, "provider", "worker", "add", f"worker{index}", "--class", 1, "--slots", 2)
            cls.send(who, "provider", "ask", "--class", 1, "--price", "25uyard", "--work-units", "1,000,000")

    def order(self, provider, value):
        """Of a run that only this provider can have; its inputs are at the node then."""
        x = npy([1, 128], struct.pack("<128f", *[value + number / 64 for number in range(128)]))
        path = self.folder / "x.npy"
        path.write_bytes(x)
        done = self.send("alice", "order", "post", "--program", self.program, "--input", f"x={path}", "--class", 1,
                         "--limit-price", 30, "--retries", 0, "--attribute", f"number={provider}", "--lifetime", 100)
        order = [value["value"] for event in done["events"] if event["type"] == "order"
                 for value in event["attributes"] if value["key"] == "id"][0]
        ids = [base64.b64decode(one).hex() for one in self.json("order", "show", order)["order"]["inputs"]]
        for name, blob in zip(self.inputs, ids):
            self.put_blob(blob, x if name == "x" else self.files[name])
        return order

    def put_blob(self, blob, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port + 1, timeout=30)
        connection.request("PUT", f"/blobs/{blob}", body)
        answer = connection.getresponse()
        said = answer.read()
        self.assertIn(answer.status, (200, 201), said)
        connection.close()

    def job(self, order):
        return self.json("order", "show", f"{order}/0")

    def wait_for(self, order, *states):
        order_of_states = ["open", "matched", "started", "committed", "challenged", "proved", "settled"]

        def reached():
            job = self.job(order)
            self.assertIn(job["state"], order_of_states, job)
            return order_of_states.index(job["state"]) >= min(order_of_states.index(state) for state in states)
        return wait_until(reached, PATIENCE, f"order {order} is {states}")

    # What they do.

    def test_1_jobs_are_done_by_three_workers(self):
        orders = [self.order(index, 0.25 * index) for index in range(WORKERS)]

        for order in orders:
            self.wait_for(order, "settled")

        for index in range(WORKERS):
            status = wait_until(lambda: (self.status(index) or {}).get("settled") and self.status(index), 30,
                                f"worker {index} has heard of it")
            self.assertEqual(status["earned"], "9600")
            self.assertTrue(status["linked"])
            self.assertEqual(status["ended"][0]["reason"], "settled")
            self.assertEqual(status["jobs"], [])
            self.assertEqual(list((self.worker_home(index) / "jobs").iterdir()), [])

    def test_2_a_worker_is_killed_in_each_state(self):
        order = self.order(0, 3.0)

        for state in ("matched", "started", "committed", "challenged"):
            self.wait_for(order, state)
            self.assertEqual(self.kill_worker(0), -signal.SIGKILL)
            self.start_worker(0)

        self.wait_for(order, "settled")

    def test_3_workers_are_killed_again_and_again(self):
        orders = [self.order(1, 5.0 + index) for index in range(2)]
        end = time.monotonic() + PATIENCE
        while any(self.job(order)["state"] != "settled" for order in orders):
            self.assertLess(time.monotonic(), end, "killed every three seconds")
            self.kill_worker(1)
            self.start_worker(1)
            time.sleep(3)

    def test_4_a_node_is_restarted_under_its_workers(self):
        order = self.order(2, 7.0)
        self.wait_for(order, "matched")

        self.devnet("kill", 0, "-9")
        wait_until(lambda: not (self.status(2) or {"linked": True})["linked"], 60, "the link is gone")
        self.devnet("start", 0)

        self.wait_for(order, "settled")

    def test_5_a_worker_drains(self):
        order = self.order(1, 9.0)
        self.wait_for(order, "started")

        self.assertEqual(self.worker(1, "drain").returncode, 0)

        self.assertEqual(self.processes.pop(1).wait(PATIENCE), 0)
        self.assertEqual(self.job(order)["state"], "settled")
        self.assertEqual(self.worker(1, "status").returncode, 5)

    def test_6_a_worker_stops_when_it_is_told(self):
        self.assertEqual(self.kill_worker(2, signal.SIGTERM), 0)
        self.start_worker(2)
        wait_until(lambda: self.status(2), 30, "it runs again")
        second = self.worker(2, "run")
        self.assertEqual(second.returncode, 1)
        self.assertIn("runs on this home already", second.stderr)


if __name__ == "__main__":
    unittest.main()
