#!/usr/bin/python3
"""Validators die by kill -9 while transactions come, and a node joins: the chain goes on, and loses nothing.

KILLS and SEED are variables of the environment.
"""

import os
import random
import signal
import time
import unittest

from chain_checks import Load, Witness, expect_committed_stay, expect_no_double_sign, expect_one_chain
from support import Devnet, wait_until

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("SEED", "0")) or random.randrange(1, 1 << 32)
ALL = [0, 1, 2, 3]


class Crash(unittest.TestCase):
    def setUp(self):
        self.draw = random.Random(SEED)
        print(f"SEED={SEED} KILLS={KILLS}", flush=True)

    def expect_nothing_lost(self, net, load, witness, indexes=ALL):
        self.assertGreater(load.taken, 0)
        self.assertTrue(any(block[2] for block in witness.blocks.values()))
        expect_one_chain(self, net, indexes)
        expect_committed_stay(self, net, witness, indexes)
        expect_no_double_sign(self, net, indexes)

    def test_one_of_four_dies_again_and_again(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net) as load:
                for _ in range(KILLS):
                    time.sleep(self.draw.uniform(0.05, 1.0))
                    victim = self.draw.randrange(4)
                    net.kill(victim, signal.SIGKILL)
                    survivors = net.alive()
                    height = max(net.rpc(index).height() for index in survivors)
                    net.wait_for_height(height + 1, survivors, seconds=30)
                    net.start(victim)
                    net.wait_for_height(height + 1, [victim], seconds=60)
            self.expect_nothing_lost(net, load, witness)

    def test_all_four_die_at_once(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net) as load:
                for _ in range(max(1, KILLS // 4)):
                    time.sleep(self.draw.uniform(1.0, 2.0))
                    for process in net.processes.values():
                        process.send_signal(signal.SIGKILL)
                    for index in ALL:
                        net.kill(index, signal.SIGKILL)
                    net.start()
                    net.wait_for_height(max(witness.blocks) + 2)
            self.expect_nothing_lost(net, load, witness)

    def test_a_fifth_node_joins_from_empty_under_load(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Witness(net, ALL) as witness, Load(net) as load:
                net.wait_for_height(10)
                net.add_node(4)
                net.start(4)
                tip = net.rpc(0).height()
                net.wait_for_height(tip, [4], seconds=60)
                rpc = net.rpc(4)
                wait_until(lambda: rpc.call("status")["sync_info"]["catching_up"] is False, 60, "the tip")
                net.wait_for_height(tip + 3, [4], seconds=60)
            self.expect_nothing_lost(net, load, witness, [0, 4])


unittest.main(verbosity=2)
