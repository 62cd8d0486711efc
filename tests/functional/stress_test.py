#!/usr/bin/python3
"""Clients and strangers that are a burden: the chain keeps its pace, within a tenth.

Blocks come as fast as votes do, under a light load, so that nothing hides what a block costs. Windows without and with the
burden alternate, and each one with is compared with the two beside it: what else the machine does is in both. ROUNDS, WINDOW_SECONDS, CLIENTS, INTERVAL, SLOWER_MAX and RETRIES are variables of the environment.
"""

import contextlib
import os
import pathlib
import resource
import statistics
import threading
import time
import unittest

import burdens
from burdens import Burden
from chain_checks import hash_of_tx
from support import Devnet
from websocket import WebSocket

ROUNDS = int(os.environ.get("ROUNDS", "4"))
WINDOW_SECONDS = float(os.environ.get("WINDOW_SECONDS", "3"))
CLIENTS = int(os.environ.get("CLIENTS", "1000"))
INTERVAL = os.environ.get("INTERVAL", "0s")
SLOWER_MAX = float(os.environ.get("SLOWER_MAX", "1.10"))
RETRIES = int(os.environ.get("RETRIES", "2"))
TXS_PER_SECOND = 150
BURDENED = 0
SENT_TO = 1
WATCHED_AT = 2
MEMORY_GROWTH_MAX = 200 << 20


class Watcher:
    """Follows the blocks of one node: when each came, and each transaction in it. A context manager."""

    def __init__(self, port):
        self.client = WebSocket(port, timeout=60)
        self.client.subscribe("tm.event='NewBlock'")
        self.blocks = []
        self.seen = {}
        self.thread = threading.Thread(target=self.work, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.client.socket.shutdown(2)
        self.thread.join()
        self.client.close()

    def work(self):
        with contextlib.suppress(OSError):
            while True:
                block = self.client.receive()["result"]["data"]["value"]["block"]
                now = time.monotonic()
                self.blocks.append(now)
                for tx in block["data"]["txs"]:
                    self.seen[hash_of_tx(tx)] = now


class Pace:
    """Of one window: medians, in milliseconds."""

    def __init__(self, intervals, latencies):
        self.interval = statistics.median(intervals) * 1e3
        self.latency = statistics.median(latencies) * 1e3


class Stress(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, burdens.DESCRIPTORS)), hard))
        self.net = Devnet(4, settings=[
            f"consensus.target_block_interval={INTERVAL}", f"rpc.max_body_bytes={burdens.LARGE_BODY + 1000}"])
        self.addCleanup(self.net.__exit__, None, None, None)
        self.net.start()
        self.net.wait_for_height(2)
        self.number = 0

    def memory(self):
        pages = pathlib.Path(f"/proc/{self.net.processes[BURDENED].pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def pace(self, watcher, rpc):
        """Under a steady light load."""
        sent = {}
        began, first = time.monotonic(), self.number
        while time.monotonic() < began + WINDOW_SECONDS:
            time.sleep(max(0, began + (self.number - first) / TXS_PER_SECOND - time.monotonic()))
            self.number += 1
            now = time.monotonic()
            sent[rpc.send(b"pace%d=%d" % (self.number, time.time_ns()))] = now
        ended = time.monotonic()
        while any(tx not in watcher.seen for tx in sent) and time.monotonic() < ended + 30:
            time.sleep(0.01)
        self.assertEqual([tx for tx in sent if tx not in watcher.seen], [])
        blocks = [at for at in watcher.blocks if began <= at <= ended]
        self.assertGreater(len(blocks), 2)
        return Pace([after - before for before, after in zip(blocks, blocks[1:])],
                    [watcher.seen[tx] - at for tx, at in sent.items()])

    def compare(self, burden):
        """How much slower blocks and commits are under the burden: two ratios."""
        rpc = self.net.rpc(SENT_TO, timeout=30)
        with Watcher(self.net.port(WATCHED_AT) + 1) as watcher:
            self.pace(watcher, rpc)  # not counted: caches fill
            without, loaded = [self.pace(watcher, rpc)], []
            for _ in range(ROUNDS):
                with contextlib.ExitStack() as stack:
                    burden(stack)
                    loaded.append(self.pace(watcher, rpc))
                without.append(self.pace(watcher, rpc))
        rpc.close()
        ratios = []
        for name in ("interval", "latency"):
            rest, under = [getattr(one, name) for one in without], [getattr(one, name) for one in loaded]
            each = [2 * under[i] / (rest[i] + rest[i + 1]) for i in range(ROUNDS)]
            ratios.append(statistics.median(each))
            print(f"{self.id().rpartition('.')[2]}: {name} {statistics.median(rest):.1f} ms without, "
                  f"{statistics.median(under):.1f} ms with, ratio {ratios[-1]:.3f} (" +
                  ", ".join(f"{one:.2f}" for one in each) + ")", flush=True)
        return ratios

    def expect_bearable(self, *parts):
        """`parts`: burdens, with their settings, that weigh at the same time."""
        def burden(stack):
            for work, settings in parts:
                stack.enter_context(Burden(work, self.net.port(BURDENED), self.net.port(BURDENED) + 1, **settings))
        memory = self.memory()
        for attempt in range(RETRIES + 1):
            if max(self.compare(burden)) <= SLOWER_MAX:
                break
            print(f"slower than {SLOWER_MAX}; try {attempt + 1} of {RETRIES + 1}", flush=True)
        else:
            self.fail(f"the chain was more than {SLOWER_MAX} as slow in each of {RETRIES + 1} tries")
        grown = self.memory() - memory
        print(f"{self.id().rpartition('.')[2]}: memory grew by {grown / (1 << 20):.0f} MiB", flush=True)
        self.assertLess(grown, MEMORY_GROWTH_MAX)
        self.assertEqual(sorted(self.net.alive()), [0, 1, 2, 3])

    idle = (burdens.idle_websockets, {"count": CLIENTS})
    slow = (burdens.slow_subscribers, {})
    bodies = (burdens.large_bodies, {})
    batches = (burdens.batches, {})
    half_open = (burdens.half_open_handshakes, {})

    def test_idle_websockets(self):
        self.expect_bearable(self.idle)

    def test_slow_subscribers(self):
        self.expect_bearable(self.slow)

    def test_large_bodies(self):
        self.expect_bearable(self.bodies)

    def test_large_batches(self):
        self.expect_bearable(self.batches)

    def test_half_open_handshakes(self):
        self.expect_bearable(self.half_open)

    def test_all_at_once(self):
        self.expect_bearable(self.idle, self.slow, self.bodies, self.batches, self.half_open)


unittest.main(verbosity=2)
