#!/usr/bin/python3
"""A market under load for a long time, while validators and workers are killed: no job ends wrongly, no money is lost, no
process ends by itself or grows, and all nodes agree.

SOAK_SECONDS (1800) and SEED are variables of the environment.
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from chain_checks import Witness, expect_committed_stay, expect_no_double_sign, expect_one_chain
from soak_judge import Judge, read_steps
from soak_net import BLOCK_MS, SAMPLE_SECONDS, VALIDATORS, WINDOW_BLOCKS, WORKERS, SoakNet, Wallet, course
from soak_orders import Catalogue, User
from support import RpcError, wait_until

SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 32)
USERS = ["alice", "bob", "carol"]
ENDING_SECONDS = 420
WARM_UP_SECONDS = min(300, SECONDS / 4)
LONG_EVERY_SECONDS = 900
LONG_SECONDS = WINDOW_BLOCKS * BLOCK_MS / 1000 + 20
KEEPER_SECONDS = 5
GROWTH_MAX = {"node": {"memory": 64 << 20, "files": 64, "threads": 8},
              "worker": {"memory": 16 << 20, "files": 16, "threads": 4}}


class Chaos(threading.Thread):
    """Kills and starts again: one process at a time, now and then two validators, once in a while a worker for longer than
    a job waits for it. A node and its worker, drawn by the seed, are never touched."""

    def __init__(self, net, seed):
        super().__init__(daemon=True)
        self.net = net
        self.draw = random.Random(seed)
        self.spared = self.draw.randrange(WORKERS)
        self.nodes = [f"node{index}" for index in range(VALIDATORS) if index != self.spared]
        self.workers = [f"worker{index}" for index in range(WORKERS) if index != self.spared]
        self.sleeper = self.draw.choice(self.workers)
        self.stopping = threading.Event()
        self.counts = {}
        self.sleeping = None
        self.next_sleep = time.monotonic() + min(60, SECONDS / 4)
        self.actions = [(8, self.kill_worker), (7, self.kill_node), (2, self.end_node), (2, self.end_worker), (1, self.kill_two)]

    def run(self):
        weights, actions = zip(*self.actions)
        while not self.stopping.wait(self.draw.uniform(3, 12)):
            if self.sleeping is None and time.monotonic() >= self.next_sleep:
                self.sleeping = threading.Thread(target=self.sleep)
                self.sleeping.start()
                continue
            self.draw.choices(actions, weights)[0]()
        if self.sleeping:
            self.sleeping.join()

    def away(self, names, number, seconds):
        for name in names:
            self.net.stop(name, number)
        self.stopping.wait(seconds)
        for name in names:
            self.net.start(name)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def one_worker(self):
        return self.draw.choice([one for one in self.workers if self.sleeping is None or one != self.sleeper])

    def kill_worker(self):
        self.count("workers killed")
        self.away([self.one_worker()], signal.SIGKILL, self.draw.uniform(0, 4))

    def end_worker(self):
        self.count("workers ended")
        self.away([self.one_worker()], signal.SIGTERM, self.draw.uniform(0, 2))

    def kill_node(self):
        self.count("nodes killed")
        self.away([self.draw.choice(self.nodes)], signal.SIGKILL, self.draw.uniform(0, 6))

    def end_node(self):
        self.count("nodes ended")
        self.away([self.draw.choice(self.nodes)], signal.SIGTERM, self.draw.uniform(0, 4))

    def kill_two(self):
        """There is no quorum for a moment."""
        self.count("two nodes killed")
        self.away(self.draw.sample(self.nodes, 2), signal.SIGKILL, self.draw.uniform(0, 3))

    def sleep(self):
        self.count("long sleeps")
        self.away([self.sleeper], signal.SIGKILL, LONG_SECONDS)
        self.next_sleep = time.monotonic() + LONG_EVERY_SECONDS
        self.sleeping = None


class Keeper(threading.Thread):
    """Sees to it that each provider is matched: who lost a job has no ask after it, who was slashed is jailed besides."""

    def __init__(self, net):
        super().__init__(daemon=True)
        self.net = net
        self.wallet = Wallet(net)
        self.stopping = threading.Event()
        self.counts = {}

    def run(self):
        while not self.stopping.wait(KEEPER_SECONDS):
            for number in range(WORKERS):
                try:
                    self.look_after(f"provider{number}", self.draw_node())
                except (AssertionError, StopIteration, subprocess.TimeoutExpired):
                    continue  # its node is away; the next time then

    def draw_node(self):
        return next(index for index in range(VALIDATORS) if f"node{index}" in self.net.processes)

    def look_after(self, name, node):
        status = self.wallet.json(node, "provider", "status", name)["provider"]
        if status.get("is_removed"):
            return
        if status.get("is_jailed"):
            self.do(node, "unjail", name)
        asks = self.wallet.json(node, "provider", "asks", name).get("asks") or []
        if not any(not one.get("is_void") for one in asks):
            self.do(node, "ask", name, "--class", "cpu.small", "--price", "25uyard", "--work-units", 1_000_000_000)

    def do(self, node, what, name, *words):
        self.wallet.json(node, "provider", what, *words, "--from", name, "--yes")
        self.counts[what] = self.counts.get(what, 0) + 1


class Soak(unittest.TestCase):
    def setUp(self):
        print(f"SEED={SEED} SOAK_SECONDS={SECONDS:g}", flush=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-soak-"))
        self.net = SoakNet(self.folder / "net")

    def tearDown(self):
        if self._outcome.success:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"homes and logs are left in {self.folder}")

    def test_a_market_for_a_long_time(self):
        with self.net as net:
            for index in range(VALIDATORS):
                wait_until(lambda: net.rpc(index).height() > 1, 60, f"node{index} runs")
            wallet = Wallet(net)
            self.providers = [wallet.address(f"provider{number}") for number in range(WORKERS)]
            self.supply = self.supply_at(wallet, 0)
            with Witness(net, range(VALIDATORS)) as witness:
                self.burden(net)
            height = self.expect_agreement(net, witness)
            self.expect_right_ends(net, height)
            self.expect_supply(wallet)
            self.end_all(net)
        self.expect_no_growth(net)
        self.expect_sound_states(net)
        self.assertEqual(net.faults, [])

    def burden(self, net):
        """Users, kills, and then peace until nothing is under way any more."""
        catalogue = Catalogue(net, random.Random(SEED))
        catalogue.register(USERS[0])
        self.users = [User(net, catalogue, name, SEED + number) for number, name in enumerate(USERS)]
        chaos, keeper = Chaos(net, SEED), Keeper(net)
        self.spared = chaos.spared
        print(f"worker{chaos.spared} and node{chaos.spared} are spared; worker{chaos.sleeper[-1]} sleeps", flush=True)
        threads = [*self.users, chaos, keeper]
        for thread in threads:
            thread.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and not net.faults:
            time.sleep(1)
        for thread in (chaos, *self.users):
            thread.stopping.set()
        for thread in (chaos, *self.users):
            thread.join()
        try:
            wait_until(lambda: self.are_closed(net), ENDING_SECONDS, "all orders are closed")
        finally:
            keeper.stopping.set()
            keeper.join()
            print(f"chaos {chaos.counts}; keeper {keeper.counts}; {net.faults or 'all processes are well'}", flush=True)
            for user in self.users:
                print(f"{user.name} {dict(sorted(user.counts.items()))}", flush=True)
        self.assertEqual([fault for user in self.users for fault in user.faults], [])
        self.assertGreater(sum(user.counts.get("results compared", 0) for user in self.users), SECONDS / 60)

    def are_closed(self, net):
        """All orders. False also where the node cannot say."""
        time.sleep(0.5)
        try:
            answer = net.rpc(self.spared).call("market_listOrders", only_open=True, limit=1000)
        except (OSError, RpcError):
            return False
        return answer["orders"] == [] and answer["next_cursor"] is None

    def expect_agreement(self, net, witness):
        height = net.rpc(self.spared).height()
        for index in range(VALIDATORS):
            wait_until(lambda: net.rpc(index).height() >= height, 60, f"node{index} at height {height}")
        nodes = range(VALIDATORS)
        expect_one_chain(self, net, nodes)
        expect_committed_stay(self, net, witness, nodes)
        expect_no_double_sign(self, net, nodes)
        print(f"{height} blocks, the same at all nodes", flush=True)
        return height

    def expect_right_ends(self, net, height):
        jobs = read_steps(net.rpc(self.spared), 1, height)
        judge = Judge(net, self.providers, set().union(*(user.cancelled for user in self.users)))
        judge.judge(jobs)
        print(f"{len(jobs)} jobs: " + ", ".join(
            f"{count} {state} ({reason})" for (state, reason), count in sorted(judge.ends.items())), flush=True)
        for loss in judge.losses:
            print(f"job {loss.job}: lost by provider{judge.number_of[loss.provider]} by {loss.reason} in block {loss.height}, "
                  f"{loss.end - loss.begin:.0f} s", flush=True)
        self.assertEqual(judge.faults, [])
        self.assertGreater(judge.ends.get(("settled", "settled"), 0), 0)

    def expect_supply(self, wallet):
        """Each node tells the same, and money was burned only: how much is what I1 says, which `verify` looks at."""
        told = [self.supply_at(wallet, index) for index in range(VALIDATORS)]
        print(f"supply: {self.supply:,} uyard before, {told[0]:,} after", flush=True)
        self.assertEqual(set(told), {told[0]})
        self.assertLess(told[0], self.supply)

    @staticmethod
    def supply_at(wallet, index):
        return {one["denom"]: int(one["amount"]) for one in wallet.json(index, "query", "supply")["supply"]}["uyard"]

    def end_all(self, net):
        for name in sorted(net.names(), reverse=True):  # workers first
            net.stop(name, signal.SIGTERM)
        self.assertEqual(net.left_over(), [])

    def expect_no_growth(self, net):
        """Of those that were never killed: bounded. Of others that lived for long: told."""
        for (name, _), samples in sorted(net.samples.items()):
            if len(samples) * SAMPLE_SECONDS < 2 * WARM_UP_SECONDS:
                continue
            courses = {of: course(samples, of, WARM_UP_SECONDS) for of in ("memory", "anonymous", "files", "threads")}
            print(f"{name}: MiB " + " ".join(f"{one / (1 << 20):.0f}" for one in courses["memory"]) + "; without files " +
                  " ".join(f"{one / (1 << 20):.0f}" for one in courses["anonymous"]) +
                  f"; {samples[-1].files} files, {samples[-1].threads} threads", flush=True)
            if name in (f"node{self.spared}", f"worker{self.spared}"):
                for of, most in GROWTH_MAX[name[:-1]].items():
                    self.assertLess(courses[of][-1] - courses[of][0], most, f"{of} of {name}")

    def expect_sound_states(self, net):
        """Every record, and all that is to hold of money: the rules I and M."""
        for index in range(VALIDATORS):
            self.assertIsNone(net.verify(index), f"node{index}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
