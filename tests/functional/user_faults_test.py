#!/usr/bin/python3
"""What goes wrong around a user: his node is down, clocks are hours off, a model cannot be run."""

import calendar
import pathlib
import signal
import subprocess
import time
import unittest

from worker_net import CLEAN, STEELYARD, WORKER, MarketNet, Model, floats, relu
from support import STEELYARDD, Rpc, wait_until

USERS = 3  # the user's node
ROWS, COLUMNS = 65, 127  # results are blobs
NODE_AHEAD, WORKER_BEHIND = "+5h", "-7h"
CLOCKS = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))  # of the package faketime


def unsupported():
    m = Model(opset=17, seed=5)
    m.node("Multinomial", m.node("Mul", m.input("x", [4]), m.weights([4], 0, 1)), output="y")
    m.output("y", [4])
    return m.bytes()


class UserFaults(unittest.TestCase):
    """Four validators, of which one is the user's node; the worker is beside the first."""

    @classmethod
    def setUpClass(cls):
        cls.net = MarketNet(validators=4, workers=1)
        cls.addClassCleanup(cls.net.stop)
        cls.model = cls.net.write("relu.onnx", relu(ROWS, COLUMNS))

    def tearDown(self):
        provider = self.net.provider("provider0")
        self.assertEqual((int(provider.get("slashes", 0)), provider.get("is_jailed", False)), (0, False))

    def input(self, number):
        values = [(number + index) % 9 - 4 for index in range(ROWS * COLUMNS)]
        return self.net.write(f"x{number}.npy", floats([ROWS, COLUMNS], values))

    def expect_results(self, folder, number):
        values = [max(0, (number + index) % 9 - 4) + 5 for index in range(ROWS * COLUMNS)]
        self.assertEqual((self.net.folder / folder / "y.npy").read_bytes(), floats([ROWS, COLUMNS], values))

    def refuse(self, exit_code, said, *arguments, node=0):
        done = self.net.wallet(*arguments, node=node)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        for text in said:
            self.assertIn(text, done.stderr)

    def test_1_a_model_that_cannot_run_costs_nothing(self):
        net = self.net
        before, orders = net.balance("alice"), net.json("order", "list", "alice")
        x = net.write("four.npy", floats([4], [1, 2, 3, 4]))

        self.refuse(7, ["Multinomial"], *net.infer(net.write("unsupported.onnx", unsupported()), x))

        self.assertEqual(net.balance("alice"), before)
        self.assertEqual(net.json("order", "list", "alice"), orders)
        self.assertEqual(net.json("program", "list").get("programs", []), [])
        self.assertEqual(net.json("blobs", "ls")["blobs"], [])

    def test_2_the_users_node_is_down_while_a_job_runs(self):
        net, x = self.net, self.input(2)
        order = net.order(self.model, x, node=USERS)
        attached = subprocess.Popen(
            [STEELYARD, "jobs", "attach", str(order), "--out", "attached"], cwd=net.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=net.environment(USERS))
        self.addCleanup(lambda: attached.poll() is None and attached.kill())
        self.assertIn(f"{order}/0", attached.stdout.readline())
        net.wait_for(order, "started")
        net.devnet("kill", USERS, "-9")

        where = f"127.0.0.1:{net.rpc_port(USERS)}"
        before = net.balance("alice")
        for command in (["get", order, "--out", "down"], ["jobs", "show", order], ["jobs", "attach", order],
                        net.infer(self.model, x, "--detach")):
            with self.subTest(command):
                self.refuse(5, ["node_unreachable", where], *command, node=USERS)
        self.assertEqual(net.balance("alice"), before)
        # The inputs are at the worker's node by now, and the order does not need the user's.
        net.wait_for(order, "settled")
        again = net.order(self.model, x)
        net.wait_for(again, "settled")
        self.assertIsNone(attached.poll(), "it waits for its node")

        net.devnet("start", USERS)

        said, _ = attached.communicate(timeout=60)
        self.assertEqual(attached.returncode, 0, said)
        self.assertRegex(said, f"{where}.*: it is waited for, 60 s at most")
        self.assertIn("the node answers again", said)
        self.expect_results("attached", 2)
        for number in (order, again):
            done = net.wallet("get", number, "--out", f"out{number}", node=USERS)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.expect_results(f"out{number}", 2)

    # Clocks.

    def start_with_clock(self, shift, log, *command):
        """A process whose wall clock is off by that much."""
        with open(self.net.net / f"{log}.log", "ab") as file:
            process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={**CLEAN, "LD_PRELOAD": str(CLOCKS[0]), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "DONT_FAKE_MONOTONIC": "1"})

        def end():
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        self.addCleanup(end)

    def hours_off(self, log):
        """By how much the last line of a log is off."""
        told = self.net.log(log).splitlines()[-1].split()[0].removeprefix("ts=")
        return round((calendar.timegm(time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S")) - time.time()) / 3600)

    def block_time(self):
        told = Rpc(self.net.rpc_port(0)).call("status")["sync_info"]["latest_block_time"]
        return calendar.timegm(time.strptime(told[:19], "%Y-%m-%dT%H:%M:%S"))

    @unittest.skipUnless(CLOCKS, "needs libfaketime")
    def test_3_clocks_are_hours_off(self):
        net = self.net
        net.devnet("kill", USERS)
        net.devnet("kill", "worker0")
        self.addCleanup(net.devnet, "start", "worker0")
        self.start_with_clock(NODE_AHEAD, f"node{USERS}", STEELYARDD, "--home", net.home(f"node{USERS}"), "start")
        self.start_with_clock(WORKER_BEHIND, "worker0", WORKER, "--home", net.home("worker0"), "run")
        rpc = Rpc(net.rpc_port(USERS))
        wait_until(lambda: rpc.height() > 0 and not rpc.call("status")["sync_info"]["catching_up"], 60,
                   "the node whose clock is ahead follows")
        begun = rpc.height()
        wait_until(lambda: rpc.height() > begun + 8, 60, "it takes part")
        self.assertEqual(self.hours_off(f"node{USERS}"), 5)
        self.assertEqual(self.hours_off("worker0"), -7)

        done = net.wallet(*net.infer(self.model, self.input(3), "--out", "skewed"), node=USERS)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.expect_results("skewed", 3)
        self.assertLess(abs(self.block_time() - time.time()), 600, "one validator does not move the chain's time")


if __name__ == "__main__":
    unittest.main()
