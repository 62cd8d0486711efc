#!/usr/bin/python3
"""The market's commands without a node: every message that they make, and what they refuse."""

import base64
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

from support import ROOT

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
OFFLINE = ["--from", "alice", "--offline", "--generate-only", "--gas", "1", "--fees", "1uyard"]
HEX = "ab" * 32
RAW = base64.b64encode(bytes.fromhex(HEX)).decode()
# y = |x| + 1 of four floats: doc/spec/vm.md, section 3.
PROGRAM = bytes.fromhex("53564d31 01 01 01 78 01 01 04 01 01 01 01 0000803f 02 8102 01 01 00 00 00008047 8004 01 02 02"
                        "01 00 00008047 00 00 01 01 79 0a")


def npy(*values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values)},), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(values)}f", *values)


class Market(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.alice = self.json("keys", "add", "alice")["address"]
        self.bob = self.json("keys", "add", "bob")["address"]
        self.program = self.write("p.svm", PROGRAM)
        self.x = self.write("x.npy", npy(-1, 2, -3, 4))
        self.id = self.json("vm", "check", self.program)["id"]
        self.order = ["order", "post", "--program", self.program, "--class", 1, "--limit-price", 30]

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def run_wallet(self, *arguments):
        return subprocess.run([STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL,
                              env={**CLEAN, "STEELYARD_HOME": str(self.folder), "STEELYARD_KEYRING_BACKEND": "test"})

    def json(self, *arguments):
        done = self.run_wallet(*arguments, "--output", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def make(self, *arguments):
        """The messages."""
        done = self.run_wallet(*arguments, *OFFLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["body"]["messages"]

    def check(self, arguments, kind, fields):
        with self.subTest(arguments):
            message = self.make(*arguments)[0]
            self.assertEqual(message["@type"], "/steelyard.market.v1." + kind)
            self.assertEqual({name: message[name] for name in fields}, fields)

    def refuse(self, why, *arguments, exit_code=2):
        with self.subTest(arguments):
            done = self.run_wallet(*arguments, *OFFLINE)
            self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
            self.assertIn(why, done.stderr)

    def test_providers_make_their_messages(self):
        bond = {"denom": "uyard", "amount": "2500000"}
        self.check(["provider", "register", "--moniker", "M", "--region", "eu", "--bond", "2.5yard", "--attribute", "b=2",
                    "--attribute", "a-b=1", "--attribute", "a=3"], "MsgRegisterProvider",
                   {"provider": self.alice, "moniker": "M", "region": "eu", "bond": bond,
                    "attributes": ["a=3", "a-b=1", "b=2"]})
        self.check(["provider", "edit", "--moniker", "M", "--region", "eu", "--contact", "c", "--no-attributes"],
                   "MsgUpdateProvider", {"contact": "c", "attributes": []})
        self.check(["provider", "bond", "2.5yard"], "MsgAddBond", {"amount": bond})
        self.check(["provider", "unbond", "2.5yard"], "MsgWithdrawBond", {"amount": bond})
        self.check(["provider", "unjail"], "MsgUnjailProvider", {"provider": self.alice})
        self.check(["provider", "worker", "add", "bob", "--class", 3, "--slots", 2, "--funds", "2.5yard"], "MsgAddWorker",
                   {"worker": self.bob, "class_id": 3, "slots": 2, "funds": bond})
        self.check(["provider", "worker", "remove", "bob"], "MsgRemoveWorker", {"worker": self.bob})
        for name in ("alice", self.alice):  # it leaves by itself
            self.check(["provider", "worker", "remove", name], "MsgRemoveWorker",
                       {"provider": self.alice, "worker": self.alice})
        ask = {"class_id": 3, "product": 1, "price": "1000"}
        for price in ("1000", "1000uyard", "0.001yard"):
            self.check(["provider", "ask", "--class", 3, "--price", price, "--work-units", "1,234,567"], "MsgPostAsk",
                       {**ask, "work_units": "1234567"})
        self.check(["provider", "cancel", 9, "--class", 3, "--price", 1000, "--posted-height", 7], "MsgCancelAsk",
                   {**ask, "ask_id": "9", "posted_height": "7"})
        self.check(["market", "class", "create", "gpu.big", "--kind", "gpu", "--vram", 80, "--floor", 5, "--trust", 255],
                   "MsgCreateClass", {"name": "gpu.big", "kind": "gpu", "vram_floor_bytes": "80",
                                      "wu_per_second_floor": "5", "trust": 255})

    def test_workers_make_their_messages(self):
        self.check(["tx", "market", "start", "42"], "MsgStartJob", {"signer": self.alice, "order_id": "42", "task": 0})
        self.check(["tx", "market", "retract", "42/3"], "MsgRetractResult", {"order_id": "42", "task": 3})
        for number, reason in enumerate(("no-input", "bad-input", "no-memory", "busy", "other"), 1):
            self.check(["tx", "market", "decline", "42", "--reason", reason], "MsgDeclineJob", {"reason": number})
        self.check(["tx", "market", "prove", "42", "--proof", self.x], "MsgSpotCheck",
                   {"proof": base64.b64encode(pathlib.Path(self.x).read_bytes()).decode()})

    def test_a_commit_says_what_a_run_gave(self):
        inline = base64.b64encode(struct.pack("<4f", -1, 2, -3, 4)).decode()
        roots = {"output_root": HEX, "trace_root": "cd" * 32}
        run = self.write("run.json", json.dumps({**roots, "steps": 2, "seconds": 0.1}))
        commit = ["tx", "market", "commit", "42"]
        said = ["--output-root", HEX, "--trace-root", "cd" * 32, "--steps", 2]
        for way in (["--run", run], said):
            self.check([*commit, *way, "--result", self.x], "MsgCommitResult",
                       {"output_root": RAW, "steps": "2", "fault_kind": 0, "inline_result": inline, "results": []})
        self.check([*commit, *said, "--result-id", HEX, "--result-id", HEX], "MsgCommitResult",
                   {"inline_result": None, "results": [RAW, RAW]})
        large = self.write("large.npy", npy(*[0.0] * 4097))
        ids = self.make(*commit, *said, "--result", self.x, "--result", large)[0]["results"]
        self.assertEqual(len(ids), 2, "16 KiB are not enough for both")
        fault = self.write("fault.json", json.dumps(
            {**roots, "steps": 1, "fault": {"kind": "bad_index", "step": 1, "element": 5}}))
        self.check([*commit, "--run", fault], "MsgCommitResult",
                   {"steps": "1", "fault_kind": 2, "fault_step": "1", "fault_element": "5", "inline_result": None})
        self.refuse("no results", *commit, "--run", fault, "--result", self.x)
        self.refuse("outputs are missing", *commit, "--run", run)
        self.refuse("--steps is missing", *commit, "--output-root", HEX)
        self.refuse("is not what", *commit, "--run", self.x)
        self.refuse("is not out_of_bound:STEP:ELEMENT", *commit, *said, "--fault", "out_of_bound:1")

    def test_orders_name_their_inputs(self):
        one = self.make(*self.order, "--input", f"x={self.x}")[0]
        program = base64.b64encode(bytes.fromhex(self.id)).decode()
        self.assertEqual((one["program"], one["limit_price"], one["class_id"], one["product"]), (program, "30", 1, 1))
        self.check([*self.order, "--input", self.x], "MsgPostOrder", {"inputs": one["inputs"]})
        self.check([*self.order, "--input", f"x={HEX}"], "MsgPostOrder", {"inputs": [RAW]})
        self.check(["order", "post", "--program", self.id, "--class", 1, "--limit-price", 30, "--input", HEX],
                   "MsgPostOrder", {"program": program, "inputs": [RAW]})
        self.check([*self.order, "--input", HEX, "--region", "us", "--region", "eu", "--attribute", "b=1", "--attribute",
                    "a=1", "--exclude", "bob", "--reputation-min", "0.55", "--deadline", 99, "--lifetime", 5, "--retries", 0],
                   "MsgPostOrder", {"regions": ["eu", "us"], "attributes": ["a=1", "b=1"], "excluded": [self.bob],
                                    "reputation_min": 5500, "deadline": "99", "lifetime": 5, "retries": 0})
        self.check(["order", "cancel", 7], "MsgCancelOrder", {"user": self.alice, "order_id": "7"})

    def test_arrays_have_tasks_of_their_own_or_alike(self):
        budget = ["--budget", "1yard"]
        self.check([*self.order, "--input", HEX, "--array", 3, *budget], "MsgPostArray",
                   {"inputs": [RAW], "tasks": [""] * 3, "max_parallel": 3})
        tasks = self.write("tasks", f"x={HEX}\n\n# a remark\n{HEX}\n")
        self.check([*self.order, "--array", tasks, "--max-parallel", 1, *budget], "MsgPostArray",
                   {"inputs": [""], "tasks": [RAW, RAW], "max_parallel": 1})
        self.refuse("say --budget", *self.order, "--input", HEX, "--array", 3)
        self.refuse("tasks, task 1: ", *self.order, "--array", self.write("tasks", f"{HEX}\ny={HEX}\n"), *budget)
        self.refuse("is no number from 1 to 1,024", *self.order, "--input", HEX, "--array", 1025, *budget)
        self.refuse("has 0 tasks", *self.order, "--array", self.write("none", "#\n"), *budget)

    def test_a_file_has_several_orders(self):
        line = f"--program {self.program} --input {self.x} --class 1 --limit-price "
        made = self.make("order", "post", "--from-file", self.write("orders", "".join(f"{line}{i}\n" for i in range(1, 17))))
        self.assertEqual([one["limit_price"] for one in made], [str(i) for i in range(1, 17)])
        self.refuse("order 2: --limit-price \"0\"", "order", "post", "--from-file", self.write("orders", f"{line}1\n{line}0\n"))
        self.refuse("order 1: --class", "order", "post", "--from-file", self.write("orders", f"{line}1 --class 2 --class"))
        self.refuse("has 101 orders, must have 1 to 100", "order", "post", "--from-file",
                    self.write("orders", f"{line}1\n" * 101))

    def test_wrong_values_are_named(self):
        given = [*self.order, "--input", HEX]
        for why, arguments in (
                ("--limit-price \"5abc\" is no price", [*self.order[:-1], "5abc", "--input", HEX]),
                ("--reputation-min \"2\"", [*given, "--reputation-min", 2]),
                ("the attribute \"x\" is not NAME=VALUE", [*given, "--attribute", "x"]),
                ("has no input \"y\"", [*self.order, "--input", f"y={HEX}"]),
                ("is given twice", [*given, "--input", f"x={HEX}", "--input", f"x={HEX}"]),
                ("one input more", [*given, "--input", HEX]),
                ("neither FILE.npy nor an id", [*self.order, "--input", "x=x.bin"]),
                ("nobody brings the input \"x\"", self.order),
                ("f32[3], the input \"x\" is f32[4]", [*self.order, "--input", self.write("y.npy", npy(1, 2, 3))]),
                ("--program is missing", ["order", "post", "--class", 1, "--limit-price", 1]),
                ("nobody to ask for the class \"cpu\"", ["provider", "ask", "--class", "cpu", "--price", 1, "--work-units", 1]),
                ("--work-units \"1,23\"", ["provider", "ask", "--class", 1, "--price", 1, "--work-units", "1,23"]),
                ("the amount \"0yard\" is no amount", ["provider", "bond", "0yard"]),
                ("say all of the profile", ["provider", "edit", "--moniker", "x"]),
                ("\"0\" is no job", ["tx", "market", "start", "0"]),
                ("\"1/4294967296\" is no job", ["tx", "market", "start", "1/4294967296"])):
            self.refuse(why, *arguments)
        self.refuse("offset 0: does not begin with", "program", "register", self.x)
        self.refuse("there is no key \"carol\"", *given, "--exclude", "carol", exit_code=3)

    def test_a_program_is_registered_as_it_is(self):
        self.check(["program", "register", self.program], "MsgRegisterProgram",
                   {"program": base64.b64encode(PROGRAM).decode()})
        for name in (self.program, self.id):
            self.check(["program", "remove", name], "MsgRemoveProgram",
                       {"program_id": base64.b64encode(bytes.fromhex(self.id)).decode()})

    def test_a_receipt_needs_somebody_to_trust(self):
        broken = self.write("receipt", "{}")
        for why, arguments in (("--header FILE, or --height and --hash", []), ("64 hex digits", ["--height", 1, "--hash", "x"]),
                               ("receipt", ["--height", 1, "--hash", HEX])):
            done = self.run_wallet("receipt", "verify", broken, *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
