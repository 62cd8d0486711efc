#!/usr/bin/python3
"""The market on a devnet with real proofs: a job from the order to its settlement, a fault, a cheat, a silent provider."""

import base64
import concurrent.futures
import fractions
import hashlib
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

from support import ROOT, STEELYARDD, Rpc, free_base_port, wait_until

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
from onnx_writer import Model  # noqa: E402
from whole_models import classifier  # noqa: E402

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
FALSE_WORKER = os.environ.get("FALSE_WORKER", str(ROOT / "build/release/bin/false_worker"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}

CHAIN = "devnet"
PROVIDERS = 3
BOND = 50_000_000
ASK, LIMIT = 25, 30  # uyard for 10^6 work units
PRICE = 10_000  # of so small a job: min_job_price
SLASH = 1_000_000  # min_slash
FEE_BPS = 400
SETTLE_BLOCKS = 16
RESPOND_BLOCKS = 40
PROBES = 12
HONEST, FAULTY, CHEAT, SILENT = range(4)


def npy(sizes, data):
    shape = "(" + "".join(f"{size}, " for size in sizes) + ")"
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


class Market(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-market-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.net = cls.folder / "net"
        cls.port = free_base_port(5)
        cls.devnet(
            "up", "--base-port", cls.port, "--set", "consensus.target_block_interval=250ms",
            "--set", "consensus.empty_block_factor=1", "--param", "market.nominal_block_ms=250",
            "--param", f"market.settle_blocks={SETTLE_BLOCKS}", "--param", f"market.respond_blocks={RESPOND_BLOCKS}",
            "--param", "market.start_blocks=80")
        cls.addClassCleanup(cls.devnet, "down")

    @classmethod
    def devnet(cls, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=120,
                       stdout=subprocess.DEVNULL,
                       env={**CLEAN, "DEVNET_DIR": str(cls.net), "STEELYARDD": STEELYARDD})

    def run_wallet(self, *arguments):
        return subprocess.run(
            [STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
            env={**CLEAN, "STEELYARD_HOME": str(self.net / "keyring"), "STEELYARD_KEYRING_BACKEND": "test",
                 "STEELYARD_NODE": f"tcp://127.0.0.1:{self.port + 1}"})

    def json(self, *arguments, exit_code=0):
        done = self.run_wallet(*arguments, "--output", "json")
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def send(self, who, *arguments):
        """A committed transaction; what it paid is noted."""
        done = self.json(*arguments, "--from", who, "--yes")
        self.paid[who] = self.paid.get(who, 0) + int(done["tx"]["auth_info"]["fee"]["amount"][0]["amount"])
        return done

    def refuse(self, exit_code, said, *arguments):
        done = self.run_wallet(*arguments)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)

    def balance(self, who):
        coins = self.json("query", "balances", who)["balances"]
        return {coin["denom"]: int(coin["amount"]) for coin in coins}.get("uyard", 0)

    @staticmethod
    def attribute(events, kind, name, **wanted):
        """Of the first event of the kind that has all of these."""
        for event in events:
            values = {one["key"]: one["value"] for one in event["attributes"]}
            if event["type"] == kind and wanted.items() <= values.items():
                return values[name]
        return None

    # What everybody works with.

    def write_model(self):
        """A layer of a classifier, with so many weights that they are an input of the program."""
        model = Model(opset=17, seed=7)
        classifier(model, model.input("x", [1, 128]), 1, 128, 160)
        (self.folder / "m.onnx").write_bytes(model.bytes())
        self.program = self.folder / "p.svm"
        self.json("vm", "import", self.folder / "m.onnx", "-o", self.program)
        self.inputs = [one["name"] for one in self.json("vm", "inspect", self.program)["inputs"]]
        self.x = {name: self.folder / f"{name}.npy" for name in ("good", "big")}
        self.x["good"].write_bytes(npy([1, 128], floats(*[number / 64 - 1 for number in range(128)])))
        self.x["big"].write_bytes(npy([1, 128], floats(*[3e38] * 128)))

    def weight_files(self):
        """The weights that `vm import` wrote, each as .npy."""
        raw = (self.folder / "p.safetensors").read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        files = {}
        for name, place in json.loads(raw[8:8 + size]).items():
            if name != "__metadata__":
                first, end = place["data_offsets"]
                files[name] = self.folder / f"w-{name}.npy"
                files[name].write_bytes(npy(place["shape"], raw[8 + size + first:8 + size + end]))
        return files

    def make_providers(self):
        def make(index):
            who = f"provider{index}"
            self.send(who, "provider", "register", "--moniker", f"P{index}", "--region", "lab", "--attribute",
                      f"number={index}", "--bond", f"{BOND}uyard")
            self.send(who, "provider", "worker", "add", f"worker{index}", "--class", 1, "--slots", 2)
            self.send(who, "provider", "ask", "--class", 1, "--price", f"{ASK}uyard", "--work-units", "1,000,000")

        with concurrent.futures.ThreadPoolExecutor(PROVIDERS) as pool:
            list(pool.map(make, range(PROVIDERS)))

    def order(self, user, x, provider):
        """The number of an order that only this provider can have."""
        done = self.send(user, "order", "post", "--program", self.program, "--input", f"x={x}", "--class", 1,
                         "--limit-price", LIMIT, "--retries", 0, "--attribute", f"number={provider}")
        return int(self.attribute(done["events"], "order", "id", action="posted"))

    # How a job goes.

    def events_of(self, order):
        """(height, action, state, reason) of each event of its job, in order; and its trade."""
        found, trade = [], None
        rpc = Rpc(self.port + 1)  # of this thread
        for height in range(self.first_height, rpc.height() + 1):
            if height not in self.blocks:
                self.blocks[height] = rpc.call("block_results", height=str(height))
            results = self.blocks[height]
            events = [event for tx in results["txs_results"] or [] for event in tx["events"]]
            for event in events + (results["finalize_block_events"] or []):
                values = {one["key"]: one["value"] for one in event["attributes"]}
                if event["type"] == "job" and values["id"] == f"{order}/0":
                    found.append((height, values["action"], values["state"], values["reason"]))
                elif event["type"] == "trade" and values["job"] == f"{order}/0":
                    trade = values
        return found, trade

    def wait_for(self, order, action):
        """The height at which the job came so far."""
        def reached():
            return [one[0] for one in self.events_of(order)[0] if one[1] == action]
        return wait_until(reached, 100, f"order {order} is {action}")[0]

    def seed_of(self, order, probes=PROBES):
        """K2, computed from the beacon of the block that issued the challenge."""
        height = self.wait_for(order, "challenged")
        beacon = bytes.fromhex(self.beacon_at(height))
        name = CHAIN.encode()
        seed = hashlib.sha256(b"\x08" + bytes([len(name)]) + name + beacon + struct.pack(">QI", order, 0))
        challenge = self.json("order", "show", f"{order}/0")["challenge"]
        self.assertEqual((base64.b64decode(challenge["seed"]), challenge["probes"]), (seed.digest(), probes))
        return seed.hexdigest()

    def beacon_at(self, height):
        told = self.run_wallet("query", "beacon", height).stdout.split()
        return told[told.index("value") + 1]

    def proof_refund(self, proof, gas):
        """E5."""
        params = self.json("query", "params")
        per_byte = int(params["auth"]["tx_size_cost_per_byte"])
        price = fractions.Fraction(params["fees"]["min_gas_price"])
        return math.ceil(price * (300_000 + per_byte * (1_000 + proof.stat().st_size) + 3 * gas))

    def work(self, order, x, signer):
        """Runs the program and commits; what `vm run` said."""
        self.wait_for(order, "matched")
        self.send(signer, "tx", "market", "start", order)
        out = self.folder / f"out{order}"
        given = ["--input", f"x={x}"]
        fault = x == self.x["big"]
        told = self.json("vm", "run", self.program, *given, "--out", out, exit_code=6 if fault else 0)
        report = self.folder / f"run{order}.json"
        report.write_text(json.dumps(told))
        results = [] if fault else ["--result", out / "y.npy"]
        self.send(signer, "tx", "market", "commit", order, "--run", report, *results)
        return told

    def prove(self, order, x, signer, told):
        """Answers the challenge; what the chain pays for the proof."""
        # The one step of the model has the fault: there is none before it to look at.
        seed = self.seed_of(order, 0 if "fault" in told else PROBES)
        worst_gas = int(self.json("order", "show", f"{order}/0")["challenge"]["gas"])
        proof = self.folder / f"{order}.proof"
        made = self.json("vm", "prove", self.program, "--input", f"x={x}", "--seed", seed, "--probes", PROBES, "--out",
                         proof)
        claim = ["--output-root", told["output_root"], "--trace-root", told["trace_root"], "--seed", seed, "--probes",
                 PROBES]
        for name, value in made["input_ids"].items():
            claim += ["--input-id", f"{name}={value}"]
        if "fault" in told:
            claim += ["--fault", "{kind}:{step}:{element}".format(**told["fault"])]
        judged = self.json("vm", "verify", self.program, "--proof", proof, *claim)
        self.assertEqual(judged["verdict"], "right")
        self.assertLessEqual(int(judged["gas"]), worst_gas)
        done = self.send(signer, "tx", "market", "prove", order, "--proof", proof)
        self.assertEqual(self.attribute(done["events"], "job", "state", id=f"{order}/0", action="proved"), "proved")
        return self.proof_refund(proof, worst_gas)

    def honest_job(self, order, x, signer):
        told = self.work(order, x, signer)
        refund = self.prove(order, x, signer, told)
        self.wait_for(order, "ended")
        return refund

    def cheat(self, order, provider):
        """Every element of every step is wrong, and the proof shows it: the height of the proof."""
        worker = f"worker{provider}"
        self.wait_for(order, "matched")
        self.send(worker, "tx", "market", "start", order)
        files = {"x": self.x["good"], **self.weight_files()}
        inputs = [files[name] for name in self.inputs]
        out = self.folder / "false"
        out.mkdir()
        told = subprocess.run([FALSE_WORKER, "run", self.program, out, *inputs], capture_output=True, text=True,
                              check=True, timeout=60).stdout
        report = self.folder / "false.json"
        report.write_text(told)
        self.send(worker, "tx", "market", "commit", order, "--run", report, "--result", out / "y.npy")
        proof = self.folder / "false.proof"
        subprocess.run([FALSE_WORKER, "prove", self.program, self.seed_of(order), str(PROBES), proof, *inputs],
                       check=True, timeout=60)
        done = self.send(worker, "tx", "market", "prove", order, "--proof", proof)
        self.assertEqual(self.attribute(done["events"], "job", "reason", id=f"{order}/0", action="ended"), "fraud",
                         "it is slashed in the block of its proof")
        return int(done["height"])

    def silence(self, order, provider):
        """No proof comes: the heights of the challenge and of the slash."""
        self.work(order, self.x["good"], f"worker{provider}")
        return self.wait_for(order, "challenged"), self.wait_for(order, "slashed")

    def check_ends(self, orders, cheated, silent):
        whole = ["entered", "matched", "started", "committed", "selected", "challenged", "proved", "ended"]
        for job, state in ((HONEST, "settled"), (FAULTY, "settled")):
            events, trade = self.events_of(orders[job])
            self.assertEqual([one[1] for one in events], whole)
            self.assertEqual(events[-1][2], state)
            committed = next(one[0] for one in events if one[1] == "committed")
            self.assertGreaterEqual(events[-1][0], committed + SETTLE_BLOCKS)
            self.assertEqual((trade["price"], trade["amount"]), (str(ASK), str(PRICE)))
        self.assertEqual(self.events_of(orders[FAULTY])[0][-1][3], "settled_fault")
        for job, height, reason in ((CHEAT, cheated, "fraud"), (SILENT, silent[1], "silence")):
            events = self.events_of(orders[job])[0]
            self.assertEqual([one[1] for one in events], [*whole[:-2], "slashed", "ended"])
            self.assertEqual((events[-1][0], events[-1][2], events[-1][3]), (height, "slashed", reason))
        self.assertGreaterEqual(silent[1] - silent[0], RESPOND_BLOCKS)

    def check_money(self, before, refunds):
        """To the uyard, fees of transactions and of jobs included."""
        fee = math.ceil(PRICE * FEE_BPS / 10_000)
        spent = {
            "alice": PRICE + refunds[HONEST],
            "bob": PRICE + refunds[FAULTY],
            "carol": -PRICE,  # the damages, of what the cheat lost
            "public": -PRICE,
            "worker0": -refunds[HONEST],
            "worker1": 0,
            "worker2": 0,
            "provider0": BOND - 2 * (PRICE - fee) - refunds[FAULTY],
            "provider1": BOND,
            "provider2": BOND,
        }
        for who, amount in spent.items():
            with self.subTest(who):
                self.assertEqual(self.balance(who), before[who] - self.paid.get(who, 0) - amount)

    def check_questions(self, orders):
        """What people ask afterwards."""
        fee = math.ceil(PRICE * FEE_BPS / 10_000)
        self.assertEqual(self.json("provider", "earnings", "provider0")["earned"], str(2 * (PRICE - fee)))
        slashes = self.json("provider", "slashes", "provider1")
        self.assertEqual([(one["amount"], one["bond"]) for one in slashes], [(str(SLASH), str(BOND - SLASH))])
        self.assertTrue(self.json("provider", "status", "provider1")["provider"]["is_jailed"])
        self.assertEqual(len(self.json("market", "trades", "cpu.small")["trades"]), len(orders))
        told = self.json("order", "estimate", "--program", self.program, "--class", "cpu.small", "--tasks", 3)
        self.assertEqual((told["job_escrow"], told["best_price"]), (str(PRICE), str(PRICE)))
        self.assertEqual(int(told["escrow"]), 3 * (PRICE + int(told["proof_escrow"])))
        for question in (["provider", "list"], ["provider", "status", "provider0"], ["provider", "asks", "provider0"],
                         ["provider", "worker", "list", "provider0"], ["program", "list"],
                         ["program", "show", self.program], ["order", "list", "alice"], ["market", "stats"],
                         ["order", "show", orders[HONEST]], ["order", "show", f"{orders[FAULTY]}/0"],
                         ["order", "book", "cpu.small"], ["market", "classes"], ["order", "explain", orders[HONEST]],
                         ["order", "estimate", "--program", self.program, "--class", 1, "--limit-price", 9]):
            with self.subTest(question):
                self.json(*question)
                self.assertEqual(self.run_wallet(*question).returncode, 0)

    def check_receipts(self, orders):
        """They verify from a header that another node gave, changed ones do not."""
        other = Rpc(self.port + 11)
        for job, order in orders.items():
            file, header = self.folder / f"{order}.receipt", self.folder / f"{order}.header"
            self.json("receipt", "show", order, "--out", file)
            receipt = json.loads(file.read_text())
            height = receipt["header"]["height"]
            wait_until(lambda: other.height() >= int(height), 20, "the other node has the block")
            header.write_text(json.dumps(other.call("commit", height=str(height))))

            told = self.json("receipt", "verify", file, "--header", header, "--node", "tcp://127.0.0.1:1")
            self.assertEqual(told["state"], "settled" if job in (HONEST, FAULTY) else "slashed")
            paid = PRICE if job in (HONEST, FAULTY) else 0
            self.assertEqual((told["price"], told["paid"]), (str(PRICE), str(paid)))

            changed = {**receipt, "receipt": {**receipt["receipt"], "paid": str(paid + 1)}}
            file.write_text(json.dumps(changed))
            self.refuse(6, "receipt_refused", "receipt", "verify", file, "--header", header)
            record = receipt["records"][0]
            value = bytearray(base64.b64decode(record["value"]))
            value[-1] ^= 1
            changed = [{**record, "value": base64.b64encode(value).decode()}, *receipt["records"][1:]]
            file.write_text(json.dumps({**receipt, "records": changed}))
            self.assertNotEqual(self.run_wallet("receipt", "verify", file, "--header", header).returncode, 0)
            file.write_text(json.dumps(receipt))
            header.write_text(json.dumps(other.call("commit", height=str(int(height) - 1))))
            self.refuse(6, "receipt_refused", "receipt", "verify", file, "--header", header)

    def status(self, who):
        return self.json("provider", "status", who)["provider"]

    def check_other_commands(self):
        """What is left: changes, cancellations, arrays, and refusals."""
        self.send("provider1", "provider", "edit", "--contact", "mill@example.org")
        self.send("provider1", "provider", "unjail")
        self.send("provider1", "provider", "unbond", "1.5yard")
        status = self.status("provider1")
        self.assertEqual([status[name] for name in ("contact", "region", "withdrawing", "is_jailed")],
                         ["mill@example.org", "lab", "1500000", False])
        self.assertEqual(status["attributes"], [{"name": "number", "value": "1"}])
        self.send("provider1", "provider", "ask", "--class", "cpu.small", "--price", "0.00004yard", "--work-units", 7)
        asks = self.json("provider", "asks", "provider1")["asks"]
        self.assertEqual([(one["price"], one["work_units"]) for one in asks], [("40", "7")])
        self.send("provider1", "provider", "cancel", asks[0]["ask_id"])
        self.assertEqual(self.json("provider", "asks", "provider1")["asks"], [])
        self.send("alice", "market", "class", "create", "cpu.large", "--floor", "1000000")
        self.assertEqual(len(self.json("market", "classes")["classes"]), 2)

        declined = self.order("carol", self.x["good"], 0)
        self.wait_for(declined, "matched")
        self.refuse(1, "not given to this signer", "tx", "market", "start", declined, "--from", "worker1", "--yes")
        self.send("worker0", "tx", "market", "decline", declined, "--reason", "busy")
        self.assertEqual(self.json("order", "show", f"{declined}/0")["state"], "refunded")
        self.check_array()
        self.refuse(3, "class_not_found", "order", "book", "nope")
        self.refuse(3, "not_found", "order", "show", "999999")
        self.send("provider0", "program", "remove", self.program)
        self.assertEqual(self.json("program", "list")["programs"], [])

    def check_array(self):
        """Too cheap to be matched; each task has an input of its own, named by a file and by an id."""
        tasks = self.folder / "tasks.txt"
        tasks.write_text(f"x={self.x['good']}\n# a remark\n{'ab' * 32}\n")
        post = ["order", "post", "--program", self.program, "--class", "cpu.small", "--limit-price", 1]
        self.refuse(2, "nobody brings the input", *post, "--from", "bob", "--yes")
        done = self.send("bob", *post, "--array", tasks)
        array = self.attribute(done["events"], "order", "id", action="posted")
        told = self.run_wallet("query", "tx", done["txhash"]).stdout
        self.assertRegex(told, rf"MsgPostArrayResponse\n +order_id +{array}\n")
        self.assertIn("tasks         " + "ab" * 32, told)
        book = self.json("order", "book", "cpu.small")
        self.assertEqual([(one["order_id"], one["task"]) for one in book["bids"]], [(array, 0), (array, 1)])
        explained = self.json("order", "explain", f"{array}/1")
        self.assertEqual((explained["state"], sum(int(one["asks"]) for one in explained["mismatches"])), ("open", 1))
        self.assertEqual(len(self.json("order", "show", array)["jobs"]), 2)
        self.send("bob", "order", "cancel", array)
        self.assertEqual([one["state"] for one in self.json("order", "show", array)["jobs"]], ["cancelled"] * 2)

    def test_jobs_end_as_they_should(self):
        self.paid, self.blocks = {}, {}
        self.first_height = Rpc(self.port + 1).height()
        self.write_model()
        users = {HONEST: "alice", FAULTY: "bob", CHEAT: "carol", SILENT: "public"}
        names = [*users.values(), *(f"{kind}{i}" for kind in ("provider", "worker") for i in range(PROVIDERS))]
        before = {who: self.balance(who) for who in names}
        self.make_providers()
        self.send("provider0", "program", "register", self.program)
        deposit = 10 * self.program.stat().st_size
        before["provider0"] -= deposit

        x = {job: self.x["big" if job == FAULTY else "good"] for job in users}
        provider = {HONEST: 0, FAULTY: 0, CHEAT: 1, SILENT: 2}
        orders = {job: self.order(user, x[job], provider[job]) for job, user in users.items()}
        with concurrent.futures.ThreadPoolExecutor(len(users)) as pool:
            cheat = pool.submit(self.cheat, orders[CHEAT], provider[CHEAT])
            silence = pool.submit(self.silence, orders[SILENT], provider[SILENT])
            # A provider may sign in its worker's place.
            honest = {job: pool.submit(self.honest_job, orders[job], x[job], signer)
                      for job, signer in ((HONEST, "worker0"), (FAULTY, "provider0"))}
        refunds = {job: one.result() for job, one in honest.items()}

        self.check_ends(orders, cheat.result(), silence.result())
        self.check_money(before, refunds)
        self.check_questions(orders)
        self.check_receipts(orders)
        self.check_other_commands()


if __name__ == "__main__":
    unittest.main()
