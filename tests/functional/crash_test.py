#!/usr/bin/python3
"""Validators die by kill -9 while transactions come, and a node joins: the chain goes on, and loses nothing."""

import base64
import os
import random
import signal
import threading
import time
import unittest

from support import Devnet, RpcError, wait_until

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "1"))


def tx_hash_param(tx_hash):
    """JSON-RPC takes bytes in base64."""
    return base64.b64encode(bytes.fromhex(tx_hash)).decode()


class Load:
    """Sends transactions to whichever node answers, and keeps those that a node took."""

    def __init__(self, net, rate=200):
        self.net = net
        self.pause = 1 / rate
        self.taken = {}
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def work(self):
        clients = {index: self.net.rpc(index, timeout=2) for index in range(self.net.count)}
        number = 0
        while not self.stopping.wait(self.pause):
            number += 1
            try:
                index = number % self.net.count
                self.taken[number] = (index, clients[index].send(b"key%d=value%d" % (number, number)))
            except (OSError, RpcError):
                continue


class Crash(unittest.TestCase):
    def blocks(self, rpc, first, last):
        """Hashes of the headers and app hashes of these heights, as the node tells them."""
        headers = [rpc.call("commit", height=str(height))["signed_header"] for height in range(first, last + 1)]
        return [(one["header"]["height"], one["commit"]["block_id"]["hash"], one["header"]["app_hash"])
                for one in headers]

    def expect_one_chain(self, net, indexes):
        height = min(net.rpc(index).height() for index in indexes)
        self.assertGreater(height, 0)
        first = self.blocks(net.rpc(indexes[0]), 1, height)
        for index in indexes[1:]:
            self.assertEqual(self.blocks(net.rpc(index), 1, height), first, f"node{index}")

    def expect_committed_stay(self, net, committed, indexes):
        for index in indexes:
            rpc = net.rpc(index)
            for tx_hash, height in committed.items():
                self.assertEqual(rpc.call("tx", hash=tx_hash_param(tx_hash))["height"], height, tx_hash)

    def committed_now(self, net, index, load):
        """What one node says is in blocks: from now on it must stay there."""
        found = {}
        rpc = net.rpc(index)
        for _, tx_hash in random.sample(list(load.taken.values()), min(20, len(load.taken))):
            try:
                found[tx_hash] = rpc.call("tx", hash=tx_hash_param(tx_hash))["height"]
            except RpcError:
                continue
        return found

    def expect_no_double_sign(self, net):
        for index in range(net.count):
            log = (net.folder / f"node{index}.log").read_text(errors="replace")
            self.assertNotIn("contradicted itself", log)
            self.assertNotIn("DuplicateVote", log)

    def test_one_of_four_dies_again_and_again(self):
        draw = random.Random(SEED)
        with Devnet(4, settings=["consensus.timeout_propose=500ms"]) as net:
            net.start()
            net.wait_for_height(2)
            committed = {}
            with Load(net) as load:
                for _ in range(KILLS):
                    victim = draw.randrange(4)
                    time.sleep(draw.uniform(0.05, 1.0))
                    committed.update(self.committed_now(net, (victim + 1) % 4, load))
                    net.kill(victim, signal.SIGKILL)
                    survivors = net.alive()
                    height = max(net.rpc(index).height() for index in survivors)
                    net.wait_for_height(height + 1, survivors, seconds=30)
                    net.start(victim)
                    net.wait_for_height(height + 1, [victim], seconds=60)
            self.expect_one_chain(net, [0, 1, 2, 3])
            self.assertGreater(len(committed), 0)
            self.expect_committed_stay(net, committed, [0, 1, 2, 3])
            self.expect_no_double_sign(net)

    def test_all_four_die_at_once(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Load(net) as load:
                time.sleep(3)
                committed = self.committed_now(net, 0, load)
                height = net.rpc(0).height()
                for process in net.processes.values():
                    process.send_signal(signal.SIGKILL)
                for index in range(4):
                    net.kill(index, signal.SIGKILL)
                net.start()
                net.wait_for_height(height + 3)
            self.expect_one_chain(net, [0, 1, 2, 3])
            self.expect_committed_stay(net, committed, [0, 1, 2, 3])
            self.expect_no_double_sign(net)

    def test_a_fifth_node_joins_from_empty_under_load(self):
        with Devnet(4) as net:
            net.start()
            net.wait_for_height(2)
            with Load(net):
                net.wait_for_height(12)
                net.add_node(4)
                net.start(4)
                tip = net.rpc(0).height()
                net.wait_for_height(tip, [4], seconds=60)
                rpc = net.rpc(4)
                wait_until(lambda: rpc.call("status")["sync_info"]["catching_up"] is False, 60, "the tip")
            self.expect_one_chain(net, [0, 4])


unittest.main(verbosity=2)
