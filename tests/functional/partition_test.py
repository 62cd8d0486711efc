#!/usr/bin/python3
"""Four validators in network namespaces, whose links go down and come up: nothing forks, nothing is lost.

Each node has a namespace with one link to a hub, which is a namespace with two bridges: who is on one bridge is not
heard on the other. RPC goes over unix sockets, which no partition touches. Needs root and Linux; else skipped.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from chain_checks import expect_no_double_sign, expect_one_chain, tx_hash_param
from support import STEELYARDD, Devnet, RpcError, UnixRpc, run, wait_until

NODES = 4
PORT = 26656
SEED = int(os.environ.get("SEED", "1"))
FLAPS = int(os.environ.get("FLAPS", "8"))
LONG_SECONDS = int(os.environ.get("LONG_SECONDS", "0"))
HEAL_SECONDS = int(os.environ.get("HEAL_SECONDS", "15"))


def ip(*arguments, check=True):
    subprocess.run(["ip", *map(str, arguments)], check=check, capture_output=True, timeout=20)


def remove_leftovers():
    """Namespaces of a test that was killed: their names hold its process id."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True, timeout=20)
    for name, pid in re.findall(r"^(steel(\d+)\w+)", listed.stdout, re.MULTILINE):
        if not os.path.exists(f"/proc/{pid}"):
            ip("netns", "del", name, check=False)


class Hub:
    """The network: namespaces named after this process. A context manager: they go in the end."""

    def __init__(self):
        self.prefix = f"steel{os.getpid()}"
        self.hub = f"{self.prefix}hub"

    def namespace(self, index):
        return f"{self.prefix}n{index}"

    def names(self):
        return [self.hub, *map(self.namespace, range(NODES))]

    def __enter__(self):
        remove_leftovers()
        try:
            for name in self.names():
                ip("netns", "add", name)
            for bridge in ("left", "right"):
                ip("-n", self.hub, "link", "add", "name", bridge, "type", "bridge")
                ip("-n", self.hub, "link", "set", "dev", bridge, "up")
            for index in range(NODES):
                name = self.namespace(index)
                ip("link", "add", "name", f"v{index}", "netns", self.hub, "type", "veth", "peer", "name", "eth0", "netns", name)
                ip("-n", name, "addr", "add", f"{address(index)}/24", "dev", "eth0")
                ip("-n", name, "link", "set", "dev", "lo", "up")
                ip("-n", name, "link", "set", "dev", "eth0", "up")
                self.move(index, "left")
                self.set_link(index, True)
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for name in self.names():
            ip("netns", "del", name, check=False)

    def move(self, index, bridge):
        ip("-n", self.hub, "link", "set", "dev", f"v{index}", "master", bridge)

    def set_link(self, index, up):
        ip("-n", self.hub, "link", "set", "dev", f"v{index}", "up" if up else "down")


def address(index):
    return f"10.77.0.{index + 1}"


class Network(Devnet):
    """A devnet whose nodes are in the hub's namespaces."""

    def __init__(self, hub):
        super().__init__(NODES, settings=["p2p.allow_duplicate_ip=false"])
        self.hub = hub
        ids = [run("--home", self.home(index), "show-node-id").stdout.strip() for index in range(NODES)]
        for index in range(NODES):
            peers = ",".join(f"{ids[i]}@{address(i)}:{PORT}" for i in range(NODES) if i != index)
            for name, value in {"p2p.laddr": f"tcp://{address(index)}:{PORT}", "p2p.persistent_peers": peers,
                                "rpc.laddr": f"unix://{self.folder}/rpc{index}"}.items():
                done = run("--home", self.home(index), "config", "set", name, value)
                assert done.returncode == 0, done.stderr

    def rpc(self, index, timeout=10):
        return UnixRpc(f"{self.folder}/rpc{index}", timeout)

    def start(self, *indexes):
        for index in indexes or range(NODES):
            with open(self.folder / f"node{index}.log", "ab") as log:
                self.processes[index] = subprocess.Popen(
                    ["ip", "netns", "exec", self.hub.namespace(index), STEELYARDD, "--home", self.home(index), "start"],
                    stdout=log, stderr=log)

    def heights(self):
        return [self.rpc(index).height() for index in range(NODES)]


class Sender:
    """Sends transactions to all nodes in turn, and keeps those that a node took."""

    def __init__(self, net, rate=100):
        self.net = net
        self.pause = 1 / rate
        self.taken = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def work(self):
        clients = [self.net.rpc(index, timeout=2) for index in range(NODES)]
        number = 0
        while not self.stopping.wait(self.pause):
            number += 1
            try:
                self.taken.append(clients[number % NODES].send(b"key%d=value%d" % (number, number)))
            except (OSError, RpcError):
                continue


def why_not():
    """Why this machine cannot run the test; empty if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    name = f"steel{os.getpid()}probe"
    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "add", "name", "left", "type", "bridge")
        ip("-n", name, "link", "add", "name", "one", "type", "veth", "peer", "name", "two")
    except (OSError, subprocess.SubprocessError) as error:
        return f"no network namespaces, bridges or links here: {error}"
    finally:
        try:
            ip("netns", "del", name, check=False)
        except OSError:
            pass
    return ""


OBSTACLE = why_not()


@unittest.skipIf(OBSTACLE, OBSTACLE)
class Partition(unittest.TestCase):
    def setUp(self):
        hub = self.enterContext(Hub())
        self.net = self.enterContext(Network(hub))
        self.hub = hub
        self.net.start()
        self.net.wait_for_height(2)

    def enterContext(self, context):  # unittest's own is of Python 3.11
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def expect_one_chain(self):
        expect_one_chain(self, self.net, range(NODES))
        expect_no_double_sign(self, self.net, range(NODES))

    def expect_nothing_lost(self, sender):
        self.assertGreater(len(sender.taken), 50)
        for index in range(NODES):
            rpc = self.net.rpc(index)

            def is_there(tx_hash):
                try:
                    return rpc.call("tx", hash=tx_hash_param(tx_hash))
                except RpcError:
                    return None
            for tx_hash in sender.taken:
                wait_until(lambda: is_there(tx_hash), HEAL_SECONDS, f"transaction {tx_hash} on node{index}")

    def expect_blocks_everywhere(self, seconds=HEAL_SECONDS):
        began = time.monotonic()
        self.net.wait_for_height(max(self.net.heights()) + 2, seconds=seconds)
        took = time.monotonic() - began
        print(f"{self.id().rpartition('.')[2]}: blocks everywhere after {took:.2f} s")

    def expect_no_blocks(self, seconds):
        time.sleep(1)  # what was under way
        before = self.net.heights()
        time.sleep(seconds)
        self.assertEqual(self.net.heights(), before)

    def test_halves_wait_for_each_other(self):
        with Sender(self.net) as sender:
            time.sleep(1)
            for index in (2, 3):
                self.hub.move(index, "right")
            self.expect_no_blocks(4)
            for index in (2, 3):
                self.hub.move(index, "left")
            self.expect_blocks_everywhere()
        self.expect_nothing_lost(sender)
        self.expect_one_chain()

    @unittest.skipUnless(LONG_SECONDS, "LONG_SECONDS is not set")
    def test_a_long_partition_heals_soon(self):
        for index in (2, 3):
            self.hub.move(index, "right")
        self.expect_no_blocks(LONG_SECONDS)
        for index in (2, 3):
            self.hub.move(index, "left")
        self.expect_blocks_everywhere()
        self.expect_one_chain()

    def test_three_go_on_without_one_and_it_catches_up(self):
        with Sender(self.net) as sender:
            self.hub.set_link(3, False)
            height = max(self.net.heights())
            self.net.wait_for_height(height + 5, [0, 1, 2], seconds=30)
            self.assertLessEqual(self.net.rpc(3).height(), height + 1)
            self.hub.set_link(3, True)
            self.expect_blocks_everywhere()
        self.expect_nothing_lost(sender)
        self.expect_one_chain()

    def test_links_go_down_and_up_again_and_again(self):
        draw = random.Random(SEED)
        with Sender(self.net) as sender:
            for _ in range(FLAPS):
                down = draw.sample(range(NODES), draw.randint(1, 3))
                for index in down:
                    self.hub.set_link(index, False)
                time.sleep(draw.uniform(0.05, 1.5))
                for index in down:
                    self.hub.set_link(index, True)
                time.sleep(draw.uniform(0, 1))
            self.expect_blocks_everywhere()
        self.expect_nothing_lost(sender)
        self.expect_one_chain()
        for index in list(self.net.processes):
            self.assertEqual(self.net.kill(index, signal.SIGTERM), 0, f"node{index}")


unittest.main(verbosity=2)
