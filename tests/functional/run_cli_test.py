#!/usr/bin/python3
"""The user's side: plans, orders, following, results, training and files, with a provider that works by commands."""

import base64
import http.client
import http.server
import json
import os
import pathlib
import pickle
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from scripted_provider import ScriptedProvider
from support import ROOT, STEELYARDD, Rpc, free_base_port, wait_until

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
from onnx_writer import Model  # noqa: E402

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
ASK = 25  # uyard for 10^6 work units
PRICE = 10_000  # of so small a job: min_job_price
DEPOSIT = 10  # uyard a byte
FAR = 127  # of rows whose results are blobs


def npy(kind, sizes, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(sizes)}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def floats(sizes, values):
    return npy("<f4", sizes, struct.pack(f"<{len(values)}f", *values))


def classifier(batch, inputs=8, classes=3):
    m = Model(opset=17, seed=5)
    x = m.input("x", [batch, inputs])
    weights, bias = m.weights([classes, inputs], -0.3, 0.3), m.weights([classes], -0.1, 0.1)
    m.node("Gemm", x, weights, bias, output="y", alpha=1.0, beta=1.0, transB=1)
    m.output("y", [batch, classes])
    return m.bytes()


def one_node(operator, shape=(4,)):
    m = Model(opset=17, seed=5)
    m.node(operator, m.node("Mul", m.input("x", shape), m.weights([4], 0, 1)), output="y")
    m.output("y", shape)
    return m.bytes()


class Wallet(unittest.TestCase):
    """What the tests share: a folder with files, and commands."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-run-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.environment = {**CLEAN, "STEELYARD_HOME": str(cls.folder), "STEELYARD_KEYRING_BACKEND": "test"}
        cls.model = cls.write("m.onnx", classifier("batch"))
        cls.x = cls.write("x.npy", floats([2, 8], [number / 8 for number in range(16)]))

    @classmethod
    def write(cls, name, content):
        path = cls.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    @classmethod
    def run_wallet(cls, *arguments, timeout=120, cwd=None, environment=None):
        return subprocess.run([STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                              check=False, stdin=subprocess.DEVNULL, cwd=cwd or cls.folder,
                              env=environment or cls.environment)

    def json(self, *arguments, exit_code=0, **options):
        done = self.run_wallet(*arguments, "--output", "json", **options)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def refuse(self, exit_code, said, *arguments, **options):
        with self.subTest(arguments):
            done = self.run_wallet(*arguments, **options)
            self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stdout, "")


class Offline(Wallet):
    """What is refused before a node is asked, and what files are."""

    def test_models_that_cannot_run_are_refused_first(self):
        self.write("bad.onnx", one_node("Multinomial"))
        run = ["run", "infer", "--class", 1, "--node", "tcp://127.0.0.1:1", "--yes", "--model"]
        one = self.write("one.onnx", one_node("Relu"))
        self.refuse(7, "Multinomial", *run, "bad.onnx", "--input", f"x={self.x}")
        self.refuse(2, 'nobody brings the input "x"', *run, one)
        self.refuse(2, 'has no input "z"', *run, one, "--input", f"z={self.x}")
        self.refuse(3, "cannot open", *run, "none.onnx")
        self.refuse(2, "names 0 files", *run, self.model, "--array", "none/*.npy")
        self.refuse(2, "", "run", "infer")
        self.refuse(5, "node_unreachable", *run, self.model, "--input", f"x={self.x}")

    def test_models_that_cannot_be_trained_are_refused_first(self):
        model = self.write("flat.onnx", one_node("Tan", ["batch", 4]))
        data = self.write("data.npy", floats([8, 4], [0.5] * 32))
        labels = self.write("labels.npy", floats([8, 4], [0.5] * 32))
        train = ["run", "train", "--class", 1, "--node", "tcp://127.0.0.1:1", "--yes", "--data", data, "--labels", labels,
                 "--batch", 4, "--model"]
        self.refuse(7, "no gradient through node 1 (tan)", *train, model)
        self.refuse(2, "fewer samples than a batch", *train[:-2], 9, "--model", model)

    def test_inspect_tells_what_files_are(self):
        told = self.json("inspect", self.x)
        self.assertEqual((told["kind"], told["tensors"][0]["type"]), ("npy", "f32[2,8]"))
        self.assertEqual(told["sha256"], subprocess.run(["sha256sum", self.x], capture_output=True, text=True,
                                                        check=True).stdout.split()[0])
        told = self.json("inspect", self.model, "--dim", "batch=2")
        self.assertEqual(told["kind"], "onnx")
        facts = {one["name"]: one["value"] for one in told["facts"]}
        self.assertEqual((facts["operators"], facts["work units"]), ("ai.onnx 17", "1"))
        self.run_wallet("vm", "import", self.model, "--dim", "batch=2", "-o", self.folder / "p.svm")
        self.assertEqual(self.json("inspect", self.folder / "p.svm")["kind"], "program")
        self.assertEqual(self.json("inspect", self.write("d.jsonl", '{"a":1}\n{"a":2}'))["facts"],
                         [{"name": "lines", "value": "2"}])
        self.assertIn("commas of the first  2", self.run_wallet("inspect", self.write("d.csv", "a,b,c\n")).stdout)

    def test_inspect_reads_heads_of_large_formats(self):
        def string(text):
            return struct.pack("<Q", len(text)) + text.encode()

        head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + string("general.architecture") + struct.pack("<I", 8)
        head += string("llama") + string("w") + struct.pack("<IQQIQ", 2, 256, 2, 12, 0)
        head += b"\0" * (-len(head) % 32)
        told = self.json("inspect", self.write("m.gguf", head + b"\0" * 288))
        self.assertEqual((told["kind"], told["tensors"][0]["type"]), ("gguf", "Q4_K[2,256]"))
        self.refuse(2, "outside of the file", "inspect", self.write("cut.gguf", head + b"\0" * 287))

        header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
        told = self.json("inspect", self.write("m.safetensors", struct.pack("<Q", len(header)) + header + b"\0" * 8))
        self.assertEqual((told["kind"], told["tensors"][0]["name"], len(told["tensors"][0]["id"])),
                         ("safetensors", "w", 64))

    def test_inspect_refuses_pickles_and_strange_files(self):
        self.refuse(7, "pickle_refused", "inspect", self.write("m.pt", pickle.dumps({"w": 1})))
        self.refuse(7, "pickle_refused", "inspect", self.write("m.bin", pickle.dumps([1, 2], protocol=4)))
        self.refuse(7, "unknown_file", "inspect", self.write("m.txt", "hello, who are you?"))
        self.refuse(3, "cannot open", "inspect", "none")
        self.refuse(2, "no regular file", "inspect", self.folder)


class LyingNode(http.server.BaseHTTPRequestHandler):
    """Hands on what a node says, with one byte of a job's result changed."""

    target, wanted = 0, b""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=10)
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        try:
            value = base64.b64decode(answer["result"]["response"]["value"])
            changed = bytes([self.wanted[0] ^ 1]) + self.wanted[1:]
            answer["result"]["response"]["value"] = base64.b64encode(value.replace(self.wanted, changed)).decode()
        except (KeyError, TypeError):
            pass
        out = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    def log_message(self, *_):
        pass


class OnAChain(Wallet):
    """One validator, and a provider that works by commands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.folder / "net"
        cls.port = free_base_port(2)
        cls.devnet("up", "--validators", 1, "--base-port", cls.port, "--set", "consensus.target_block_interval=250ms",
                   "--set", "consensus.empty_block_factor=1", "--param", "market.nominal_block_ms=250", "--param",
                   "market.settle_blocks=12", "--param", "market.respond_blocks=120", "--param", "market.start_blocks=120",
                   "--param", "market.commit_blocks=240")
        cls.addClassCleanup(cls.devnet, "down")
        cls.environment = {**cls.environment, "STEELYARD_HOME": str(cls.net / "keyring"),
                           "STEELYARD_NODE": f"tcp://127.0.0.1:{cls.port + 1}"}

    @classmethod
    def devnet(cls, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=120,
                       stdout=subprocess.DEVNULL, env={**CLEAN, "DEVNET_DIR": str(cls.net), "STEELYARDD": STEELYARDD})

    def balance(self, who):
        coins = self.json("query", "balances", who)["balances"]
        return {coin["denom"]: int(coin["amount"]) for coin in coins}["uyard"]

    def infer(self, who="alice", x=None):
        return ["run", "infer", "--model", self.model, "--input", f"x={x or self.x}", "--class", "cpu.small", "--from", who]

    def expected(self, x):
        """What the model gives on this machine."""
        out = self.folder / "expected"
        self.json("vm", "run", self.model, "--input", f"x={x}", "--out", out)
        return (out / "y.npy").read_bytes()

    def check_plans(self):
        """Nothing is spent by any of these."""
        before = self.balance("alice")
        self.refuse(3, "no_asks", *self.infer(), "--dry-run")
        self.refuse(3, "class_not_found", *self.infer()[:-4], "--class", "nope", "--from", "alice", "--dry-run")
        plan = self.json(*self.infer(), "--max-price", 30, "--dry-run")
        self.assertEqual((plan["work_units"], plan["asks"], plan["best_ask"], plan["is_registered"]), (1, 0, 0, False))
        self.assertEqual(plan["price_at_limit"], PRICE)
        self.assertEqual(plan["escrow"], PRICE + plan["proof_escrow"])
        self.assertEqual(plan["deposit"], DEPOSIT * plan["program_bytes"])
        self.assertEqual(plan["worst"], plan["escrow"] + plan["deposit"])
        self.assertEqual(plan["blobs"], 1, "so small weights are in the program")
        self.assertIn("yard", plan["fee"])
        estimate = self.json("estimate", *self.infer()[2:-2], "--max-price", 30)
        self.assertEqual(estimate, {**plan, "fee": ""})
        tasks = [self.write(f"in/{i}.npy", floats([2, 8], [i] * 16)) for i in range(3)]
        array = ["run", "infer", "--model", self.model, "--class", 1, "--from", "alice", "--max-price", 30, "--dry-run"]
        several = self.json(*array, "--array", "in/*.npy", "--max-parallel", 2)
        self.assertEqual((several["tasks"], several["max_parallel"], several["escrow"]), (3, 2, 3 * plan["escrow"]))
        self.assertEqual(several["blobs"], len(tasks))
        self.refuse(2, "confirmation_needed", *self.infer(), "--max-price", 30)
        self.json("keys", "add", "dave")
        self.json("tx", "send", "dave", "0.001yard", "--from", "bob", "--yes")
        self.refuse(4, "insufficient_funds", *self.infer("dave"), "--max-price", 30, "--dry-run")
        self.assertEqual(self.balance("alice"), before)
        self.assertEqual(self.json("blobs", "ls")["blobs"], [])

    def check_infer(self):
        """From the command to the results in the folder."""
        out = self.folder / "out"
        done = self.run_wallet(*self.infer(), "--yes", "--out", out, "--output", "json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual((told["settled"], told["paid"]), (1, PRICE))
        self.assertEqual((out / "y.npy").read_bytes(), self.expected(self.x))
        steps = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"order"')]
        states = ["open", "matched", "started", "committed", "challenged", "proved", "settled"]
        self.assertEqual([step["state"] for step in steps], states)
        self.assertEqual(sorted(step["height"] for step in steps[:-2]), [step["height"] for step in steps[:-2]])
        self.assertTrue(all(step["time"].startswith("20") for step in steps if step["height"]))
        return told["order"]

    def check_questions(self, order):
        shown = self.run_wallet("jobs", "show", order)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, rf" {order}/0  settled ")
        self.assertEqual(self.run_wallet("jobs", "logs", f"{order}/0").stdout.splitlines()[-1].split()[3], "settled")
        self.assertIn("settled", self.run_wallet("jobs", "list", "alice").stdout)
        for command in (["jobs", "wait", order], ["jobs", "wait", f"{order}/0"], ["jobs", "attach", order],
                        ["jobs", "logs", "-f", order]):
            self.assertEqual(self.run_wallet(*command).returncode, 0, command)
        again = self.folder / "again"
        got = self.json("get", order, "--out", again)
        self.assertEqual([one["name"] for one in got], ["y"])
        self.assertEqual((again / "y.npy").read_bytes(), self.expected(self.x))
        self.refuse(3, "not_found", "jobs", "show", 999)
        self.refuse(3, "not_found", "get", 999)
        self.refuse(2, "cancelled as a whole", "jobs", "cancel", f"{order}/0", "--from", "alice", "--yes")

    def check_lies(self, order):
        """A result that is not what the job committed is not written."""
        LyingNode.target, LyingNode.wanted = self.port + 1, self.expected(self.x)[128:]
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LyingNode)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        node = f"tcp://127.0.0.1:{server.server_address[1]}"
        self.refuse(1, "wrong_result", "get", order, "--out", "lies", "--node", node)
        self.assertFalse((self.folder / "lies" / "y.npy").exists())

    def check_blobs(self):
        """Results that are too large for the state come from the provider's blobs."""
        m = Model(opset=17, seed=5)
        m.node("Relu", m.input("x", [65, FAR]), output="y")
        m.output("y", [65, FAR])
        values = [(number % 9) - 4 for number in range(65 * FAR)]
        done = self.run_wallet("run", "infer", "--model", self.write("far.onnx", m.bytes()), "--input",
                               f"x={self.write('far.npy', floats([65, FAR], values))}", "--class", 1, "--from", "bob", "--yes",
                               "--out", "far")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((self.folder / "far/y.npy").read_bytes(), floats([65, FAR], [max(0, one) for one in values]))

    def check_array(self):
        done = self.run_wallet("run", "infer", "--model", self.model, "--class", 1, "--from", "bob", "--array", "x=in/*.npy",
                               "--yes", "--out", "array")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for task in range(3):
            self.assertEqual((self.folder / f"array/{task}/y.npy").read_bytes(),
                             self.expected(self.folder / f"in/{task}.npy"))

    def check_faults(self):
        """A program that faults costs its price, and has no results."""
        big = self.write("big.npy", floats([2, 8], [3e38] * 16))
        self.refuse(6, "ended in a fault", *self.infer(x=big), "--yes", "--out", "fault")
        self.assertFalse((self.folder / "fault").exists())

    def check_detached(self):
        """Ctrl-C leaves the order; it can be waited for, and taken back."""
        process = subprocess.Popen([STEELYARD, *map(str, self.infer()), "--attribute", "nobody=has", "--yes"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=self.folder, env=self.environment)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if " open " in line:
                break
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, "".join(lines) + rest)
        order = out.split()[1]
        self.assertIn(f"jobs attach {order}", rest)
        self.refuse(3, "no_result", "get", order, "--out", "none")
        self.assertEqual(self.run_wallet("jobs", "wait", order, "--seconds", 1).returncode, 5)
        self.assertEqual(self.run_wallet("jobs", "cancel", order, "--from", "alice", "--yes").returncode, 0)
        self.assertEqual(self.run_wallet("jobs", "wait", order).returncode, 6)
        done = self.run_wallet(*self.infer(), "--attribute", "nobody=has", "--yes", "--detach")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_wallet("jobs", "cancel", done.stdout.split()[1], "--from", "alice", "--yes").returncode, 0)

    def check_training(self):
        """Three classes that a line parts: after some epochs the model knows them."""
        samples, labels = [], []
        for number in range(48):
            label = number % 3
            samples += [1.0 if column == label else 0.1 * (number % 5) for column in range(8)]
            labels.append(label)
        data = self.write("data.npy", floats([48, 8], samples))
        told = self.json("run", "train", "--model", self.model, "--data", data, "--labels",
                         self.write("labels.npy", npy("<i8", [48], struct.pack("<48q", *labels))), "--epochs", 60, "--batch",
                         16, "--lr", 0.05, "--class", 1, "--from", "carol", "--yes", "--out", "trained")
        self.assertLess(float(told["loss"]), 0.1)
        weights = self.json("inspect", self.folder / "trained/weights.safetensors")["tensors"]
        self.assertEqual([one["type"] for one in weights], ["f32[3,8]", "f32[3]"])
        one = self.write("one.npy", floats([1, 8], samples[8:16]))
        self.json("vm", "run", told["model"], "--input", f"x={one}", "--out", self.folder / "guess")
        scores = struct.unpack("<3f", (self.folder / "guess/y.npy").read_bytes()[-12:])
        self.assertEqual(scores.index(max(scores)), 1)

    def test_a_user_gets_results(self):
        self.check_plans()
        provider = ScriptedProvider(self.run_wallet, self.port + 1, self.folder / "provider")
        provider.register(ASK)
        provider.start()
        self.addCleanup(provider.stop)
        try:
            order = self.check_infer()
            self.check_questions(order)
            self.check_lies(order)
            self.check_faults()
            self.check_array()
            self.check_blobs()
            self.check_training()
            self.check_detached()
        finally:
            self.assertIsNone(provider.error)
        plan = self.json(*self.infer(), "--dry-run")
        self.assertEqual((plan["is_registered"], plan["deposit"], plan["best_ask"], plan["limit_price"]),
                         (True, 0, ASK, ASK * 12 // 10))


if __name__ == "__main__":
    unittest.main()
