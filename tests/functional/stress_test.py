#!/usr/bin/python3
"""Clients and strangers that are a burden: the chain keeps its pace, memory stays bounded, the offenders are dropped."""

import base64
import contextlib
import os
import pathlib
import resource
import socket
import threading
import time
import unittest

from support import Devnet
from websocket import WebSocket

SECONDS = float(os.environ.get("SECONDS_EACH", "2"))
CLIENTS = int(os.environ.get("CLIENTS", "300"))
SLOWER_MAX = float(os.environ.get("SLOWER_MAX", "1.5"))
MEMORY_GROWTH_MAX = 150 << 20


class Stress(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
        self.net = Devnet(4, settings=["consensus.target_block_interval=0s"])
        self.addCleanup(self.net.__exit__, None, None, None)
        self.net.start()
        self.net.wait_for_height(2)
        self.rpc = self.net.rpc(0, timeout=30)
        self.number = 0

    def memory(self):
        pages = pathlib.Path(f"/proc/{self.net.processes[0].pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def latency(self):
        """The median time to commit a transaction at another node."""
        rpc, times = self.net.rpc(1, timeout=30), []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or len(times) < 3:
            self.number += 1
            began = time.monotonic()
            rpc.call("broadcast_tx_commit", tx=self.text(b"a%d=1" % self.number))
            times.append(time.monotonic() - began)
        return sorted(times)[len(times) // 2]

    def text(self, tx):
        return base64.b64encode(tx).decode()

    def expect_bearable(self, burden):
        before, memory = self.latency(), self.memory()
        with contextlib.ExitStack() as stack:
            burden(stack)
            during = self.latency()
        after = self.latency()
        rest = max(before, after)
        print(f"{self.id().rpartition('.')[2]}: {rest * 1e3:.1f} ms without, {during * 1e3:.1f} ms with")
        self.assertLess(during, rest * SLOWER_MAX + 0.02)
        self.assertLess(self.memory(), memory + MEMORY_GROWTH_MAX)

    def test_idle_websockets(self):
        def burden(stack):
            for _ in range(CLIENTS):
                stack.enter_context(WebSocket(self.net.port(0) + 1))
        self.expect_bearable(burden)

    def test_subscribers_that_never_read(self):
        def burden(stack):
            for _ in range(20):
                stack.enter_context(WebSocket(self.net.port(0) + 1)).subscribe("tm.event='NewBlock'")
        self.expect_bearable(burden)

    def test_strangers_at_the_peers_port(self):
        def burden(stack):
            for number in range(200):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", self.net.port(0)), timeout=10))
                if number % 2:
                    with contextlib.suppress(OSError):
                        one.sendall(os.urandom(2000))
        self.expect_bearable(burden)

    def test_bodies_over_the_limit(self):
        def burden(stack):
            for _ in range(20):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", self.net.port(0) + 1), timeout=10))
                with contextlib.suppress(OSError):
                    one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
                    one.sendall(b"x" * 1_000_000)
        self.expect_bearable(burden)

    def test_batches_over_the_limit(self):
        stopping = threading.Event()

        def send():
            while not stopping.wait(0.1):
                self.rpc.post([{"jsonrpc": "2.0", "id": i, "method": "status", "params": {}} for i in range(1000)])

        def burden(stack):
            thread = threading.Thread(target=send)
            thread.start()
            stack.callback(thread.join)
            stack.callback(stopping.set)
        self.expect_bearable(burden)


unittest.main(verbosity=2)
