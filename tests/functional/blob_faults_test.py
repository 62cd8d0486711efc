#!/usr/bin/python3
"""Inputs of jobs whose sources vanish or lie, or that the provider's node has no room for."""

import os
import struct
import subprocess
import unittest

from worker_net import CLEAN, MarketNet, Model, SmallDisk, npy
from support import ROOT, STEELYARDD, wait_until

FALSE_SOURCE = os.environ.get("FALSE_SOURCE", str(ROOT / "build/release/bin/false_source"))
MIB = 1 << 20
RATE = 2_000_000  # bytes a second of a connection, so that there is a middle
ROWS, COLUMNS = 1024, 1024
NO_INPUT = 1  # of the reasons of a decline


def tall():
    """Four mebibytes in, four kibibytes out."""
    m = Model(opset=17, seed=5)
    m.node("MatMul", m.input("x", [ROWS, COLUMNS]), m.weights([COLUMNS, 1], 0, 1), output="y")
    m.output("y", [ROWS, 1])
    return m.bytes()


class Liar:
    """A peer of node0 that says it has the file's blob, and sends all but some groups of it wrong."""

    def __init__(self, net, file, right):
        shown = subprocess.run([STEELYARDD, "--home", net.home("node0"), "show-node-id"], capture_output=True, text=True,
                               check=True, env=CLEAN)
        self.process = subprocess.Popen(
            [FALSE_SOURCE, "devnet", file, str(right), f"{shown.stdout.strip()}@127.0.0.1:{net.port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.id = self.process.stdout.readline().split()[1]
        net.wait_for_log("node0", "peer is up", self.id)

    def end(self):
        """What it said."""
        said, _ = self.process.communicate("", timeout=30)
        return said


class BlobFaults(unittest.TestCase):
    """One validator, beside which the worker is; two more nodes, which have the inputs."""

    @classmethod
    def setUpClass(cls):
        cls.net = MarketNet(workers=1, params={"start_blocks": 100})
        cls.addClassCleanup(cls.net.stop)
        for node in (1, 2):
            cls.net.devnet("add")
            cls.net.devnet("kill", node)
            cls.net.configure(node, p2p__send_rate=RATE, p2p__recv_rate=2 * RATE)
            cls.net.devnet("start", node)
        cls.model = cls.net.write("tall.onnx", tall())
        cls.program = cls.net.folder / "tall.svm"
        cls.net.json("vm", "import", cls.model, "-o", cls.program)
        cls.net.send("alice", "program", "register", cls.program)

    def tearDown(self):
        provider = self.net.provider("provider0")
        self.assertEqual((int(provider.get("slashes", 0)), provider.get("is_jailed", False)), (0, False))

    def input(self, number):
        """A tensor that no other test has."""
        rows = [struct.pack("<f", number + row) * COLUMNS for row in range(ROWS)]
        return self.net.write(f"x{number}.npy", npy([ROWS, COLUMNS], b"".join(rows)))

    def put(self, node, file):
        done = self.net.wallet("blobs", "put", file, node=node)
        self.assertEqual(done.returncode, 0, done.stderr)

    def received(self):
        return self.net.metric(0, "blob_exchange_received_bytes_total")

    def test_1_a_source_vanishes_in_the_middle(self):
        net, x = self.net, self.input(1)
        self.put(2, x)
        self.put(2, self.program.with_suffix(".safetensors"))
        before = self.received()
        order = net.order(self.model, x, node=1)
        wait_until(lambda: self.received() >= before + MIB, 30, "a quarter of the input is there")

        net.devnet("kill", 1, "-9")
        self.addCleanup(net.devnet, "start", 1)

        net.wait_for(order, "settled")
        self.assertLess(self.received() - before, 4 * ROWS * COLUMNS + MIB, "what came from the first source was not thrown away")

    def test_2_a_source_lies_and_another_does_not(self):
        net, x = self.net, self.input(2)
        liar = Liar(net, x, right=3)
        start = len(net.log("node0"))
        order = net.order(self.model, x, node=2)

        net.wait_for(order, "settled")

        self.assertIn("lied about group", liar.end())
        line = net.wait_for_log("node0", "peer is down", liar.id, start=start)
        self.assertIn("sends a group that is not the blob's", line)
        net.wait_for_log("node0", "peer is banned", start=start)

    def test_3_the_only_source_lies(self):
        net, x = self.net, self.input(3)
        self.put(0, self.program.with_suffix(".safetensors"))
        liar = Liar(net, x, right=3)
        start = len(net.log("node0"))
        # Unlike `run` this leaves it to the user to bring the inputs to a node.
        net.send("alice", "order", "post", "--program", self.program, "--input", f"x={x}", "--class", 1, "--limit-price", 30,
                 "--retries", 0, "--lifetime", 100)
        posted = net.balance("alice")
        order = max(int(one["order_id"]) for one in net.json("order", "list", "alice")["orders"])
        escrow = net.wait_for(order, "matched")

        job = net.wait_for_end(order)

        self.assertEqual((job["state"], job["reason"], int(job["decline_reason"]), job["party_at_fault"]),
                         ("refunded", "declined", NO_INPUT, "user"))
        self.assertEqual(net.balance("alice") - posted, int(escrow["job_escrow"]) + int(escrow["proof_escrow"]))
        self.assertIn("lied about group", liar.end())
        net.wait_for_log("node0", "peer is down", liar.id, "sends a group that is not the blob's", start=start)
        net.wait_for_log("worker0", "a job goes badly", "step=decline", "the inputs did not come in time")

    def test_4_the_node_of_the_worker_has_no_room(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a small file system")
        net, x = self.net, self.input(4)
        net.devnet("kill", 0)
        self.addCleanup(net.devnet, "start", 0)
        try:
            disk = SmallDisk(net.home("node0") / "data/blobs")
        except PermissionError as error:
            self.skipTest(str(error))
        self.addCleanup(disk.remove)
        self.addCleanup(net.devnet, "kill", 0)
        net.devnet("start", 0)
        disk.fill(free=MIB)
        before = net.balance("alice")
        refused = net.wallet(*net.infer(self.model, self.input(5), "--detach"))
        self.assertEqual((refused.returncode, "no_space" in refused.stderr), (1, True), refused.stderr)
        self.assertEqual(net.balance("alice"), before, "uploads come before money")
        nodes, workers = len(net.log("node0")), len(net.log("worker0"))

        order = net.order(self.model, x, node=1)

        net.wait_for_log("node0", "a blob could not be fetched", "No space left on device", start=nodes)
        net.wait_for_log("worker0", "a job is held up", "No space left on device", start=workers)
        disk.give_room()
        net.wait_for(order, "settled")


if __name__ == "__main__":
    unittest.main()
