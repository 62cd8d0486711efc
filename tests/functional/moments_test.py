#!/usr/bin/python3
"""A node that ends at an inconvenient moment: while it starts, replays or fetches blocks, by signals, and asleep.

ROUNDS and SEED are variables of the environment.
"""

import os
import random
import signal
import time
import unittest

from chain_checks import Load, Witness, expect_committed_stay, expect_no_double_sign, expect_one_chain
from support import Devnet, wait_until

ROUNDS = int(os.environ.get("ROUNDS", "1"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 32)
ALL = [0, 1, 2, 3]
FAST = ["consensus.target_block_interval=100ms"]
ASLEEP_SECONDS = 20 if ROUNDS > 1 else 6
TERMINATION_SECONDS = 5


class Moments(unittest.TestCase):
    def setUp(self):
        self.draw = random.Random(SEED)
        print(f"SEED={SEED} ROUNDS={ROUNDS}", flush=True)

    def expect_nothing_lost(self, net, witness, indexes):
        expect_one_chain(self, net, indexes)
        expect_committed_stay(self, net, witness, indexes)
        expect_no_double_sign(self, net, indexes)

    def catch_up(self, net, index):
        """Whichever height the others have now, `index` reaches."""
        tip = max(net.rpc(one).height() for one in net.alive() if one != index)
        net.wait_for_height(tip, [index], seconds=60)

    def test_killed_while_it_starts_and_replays(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net):
                for number in range(ROUNDS * 4):
                    victim = number % 4
                    net.kill(victim, signal.SIGKILL)
                    for _ in range(2):
                        net.start(victim)
                        time.sleep(self.draw.uniform(0.0, 0.25))
                        net.kill(victim, signal.SIGKILL)
                    net.start(victim)
                    self.catch_up(net, victim)
            self.expect_nothing_lost(net, witness, ALL)

    def test_all_are_killed_while_they_replay(self):
        # Without block sync the log is replayed as soon as the stores are open, not a second later.
        with Devnet(4, settings=["blocksync.enabled=false"]) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net):
                for _ in range(ROUNDS):
                    time.sleep(self.draw.uniform(0.5, 1.0))
                    for _ in range(3):
                        for process in net.processes.values():
                            process.send_signal(signal.SIGKILL)
                        for index in ALL:
                            net.kill(index, signal.SIGKILL)
                        net.start()
                        time.sleep(self.draw.uniform(0.0, 0.3))
                    net.wait_for_height(max(witness.blocks) + 2)
            self.expect_nothing_lost(net, witness, ALL)

    def test_killed_while_it_fetches_blocks(self):
        with Devnet(4, settings=FAST) as net:
            net.start()
            with Witness(net, ALL) as witness, Load(net):
                net.wait_for_height(40)
                net.add_node(4)
                for _ in range(ROUNDS * 3):
                    net.start(4)
                    time.sleep(self.draw.uniform(0.05, 0.35))
                    net.kill(4, signal.SIGKILL)
                net.start(4)
                self.catch_up(net, 4)
                rpc = net.rpc(4)
                wait_until(lambda: rpc.call("status")["sync_info"]["catching_up"] is False, 60, "the tip")
            self.expect_nothing_lost(net, witness, [0, 4])

    def test_terminated_under_load(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net, rate=1000):
                for number in range(max(4, ROUNDS)):
                    time.sleep(self.draw.uniform(0.1, 0.8))
                    victim = number % 4
                    self.assertEqual(net.kill(victim, signal.SIGTERM, TERMINATION_SECONDS), 0)
                    net.start(victim)
                    self.catch_up(net, victim)
                # A second SIGTERM would end them at once.
                for process in net.processes.values():
                    process.send_signal(signal.SIGTERM)
                for process in net.processes.values():
                    self.assertEqual(process.wait(TERMINATION_SECONDS), 0)
                net.start()
                net.wait_for_height(max(witness.blocks) + 2)
            self.expect_nothing_lost(net, witness, ALL)

    def test_asleep_it_falls_behind_and_comes_back(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            others = [0, 1, 3]
            with Witness(net, others) as witness, Load(net):
                sleeper = net.processes[2]
                sleeper.send_signal(signal.SIGSTOP)
                height = net.rpc(0).height()
                try:
                    time.sleep(ASLEEP_SECONDS)
                    self.assertGreater(net.rpc(0).height(), height + ASLEEP_SECONDS // 6)
                finally:
                    sleeper.send_signal(signal.SIGCONT)
                self.catch_up(net, 2)
                tip = net.rpc(2).height()
                net.wait_for_height(tip + 3, ALL)
            self.expect_nothing_lost(net, witness, ALL)


unittest.main(verbosity=2)
