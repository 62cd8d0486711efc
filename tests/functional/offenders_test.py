#!/usr/bin/python3
"""Whoever asks too much of a node is refused or dropped with a reason, and counted; the chain goes on."""

import contextlib
import json
import os
import pathlib
import resource
import socket
import time
import unittest
import urllib.request

import burdens
from burdens import Burden
from chain_checks import Load
from support import Devnet, wait_until
from websocket import WebSocket

METRICS_OFFSET = 4
TXS_PER_SECOND = 1500
SLOW_SECONDS = 40
MEMORY_GROWTH_MAX = 200 << 20


class Offenders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = Devnet(4, settings=[
            "instrumentation.prometheus=true", "p2p.handshake_timeout=2s", "rpc.subscription_buffer_size=2000"])
        cls.addClassCleanup(cls.net.__exit__, None, None, None)
        cls.net.start()
        cls.net.wait_for_height(2)

    def tearDown(self):
        height = self.net.rpc(0).height()
        self.net.wait_for_height(height + 2)
        self.assertEqual(sorted(self.net.alive()), [0, 1, 2, 3])

    def counted(self, name, reason=None):
        """A metric of the first node; 0 if it is not there."""
        page = f"http://127.0.0.1:{self.net.port(0) + METRICS_OFFSET}/metrics"
        with urllib.request.urlopen(page, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith((f"steelyard_{name}", f"cometbft_{name}")) and (reason is None or f'reason="{reason}"' in line):
                    return float(line.rpartition(" ")[2])
        return 0

    def ask(self, request):
        """The status line and the rest of what the first node answers to raw bytes."""
        with socket.create_connection(("127.0.0.1", self.net.port(0) + 1), timeout=20) as one:
            with contextlib.suppress(ConnectionError):
                one.sendall(request)
            answer = b""
            with contextlib.suppress(ConnectionError):
                while chunk := one.recv(1 << 16):
                    answer += chunk
        return answer.split(b"\r\n", 1)[0], answer

    def memory(self):
        pages = pathlib.Path(f"/proc/{self.net.processes[0].pid}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    def test_half_open_handshakes(self):
        with Burden(burdens.half_open_handshakes, self.net.port(0), self.net.port(0) + 1):
            # Of one host only some may be open at a time: the older ones give way.
            wait_until(lambda: self.counted("p2p_connections_refused_total", "limit") >= 100, 20, "pushed out")
            wait_until(lambda: self.counted("p2p_connections_refused_total", "authentication") >= 20, 20, "nonsense")
            stranger = socket.create_connection(("127.0.0.1", self.net.port(0)), timeout=10)
            self.addCleanup(stranger.close)
        wait_until(lambda: self.counted("p2p_connections_refused_total", "timeout") >= 1, 20, "silent too long")
        self.assertEqual(self.counted("p2p_peers{"), 3)

    def test_a_body_over_the_limit(self):
        status, answer = self.ask(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + b"x" * 10_000_000)
        self.assertIn(b" 400 ", status)
        self.assertIn(b"error reading request body: http: request body too large", answer)
        self.assertEqual(self.counted("rpc_requests_refused_total", "body_too_large"), 1)

        with WebSocket(self.net.port(0) + 1) as client:
            with self.assertRaises(OSError):
                client.send_frame(1, b"x" * 1_000_001)
                client.receive()
        wait_until(lambda: self.counted("rpc_requests_refused_total", "body_too_large") == 2, 10, "counted")

    def test_a_body_within_the_limit(self):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "health", "pad": "x" * 990_000}).encode()
        status, _ = self.ask(
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.assertIn(b" 200 ", status)

    def test_a_header_over_the_limit_and_what_is_not_http(self):
        status, _ = self.ask(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
        self.assertIn(b" 431 ", status)
        self.assertEqual(self.counted("rpc_requests_refused_total", "header_too_large"), 1)
        status, _ = self.ask(os.urandom(64) + b"\r\n\r\n")
        self.assertIn(b" 400 ", status)
        self.assertEqual(self.counted("rpc_requests_refused_total", "malformed"), 1)

    def test_batches_at_the_limit_and_over_it(self):
        rpc = self.net.rpc(0, timeout=30)
        calls = [{"jsonrpc": "2.0", "id": i, "method": "status", "params": {}} for i in range(1000)]
        answers = rpc.post(calls)
        self.assertEqual([one["id"] for one in answers], list(range(1000)))
        self.assertTrue(all("result" in one for one in answers))

        answer = rpc.post(calls + calls[:1])

        self.assertEqual(answer["error"]["code"], -32600)
        self.assertEqual(answer["error"]["data"], "batch request exceeds maximum (1000) allowed number of requests")
        self.assertIsNone(answer["id"])

    def test_a_subscriber_who_reads_a_byte_a_second_under_load(self):
        memory = self.memory()
        with WebSocket(self.net.port(0) + 1, receive_buffer=4096) as slow, Load(self.net, TXS_PER_SECOND):
            slow.subscribe("tm.event='Tx'")
            slow.send("subscribe", number=2, query="tm.event='NewBlock'")
            end = time.monotonic() + SLOW_SECONDS
            read = b""
            while not self.counted("rpc_slow_clients_total"):
                self.assertLess(time.monotonic(), end, "was not cut off")
                read += slow.socket.recv(1)
                time.sleep(1)
            began = time.monotonic()
            with contextlib.suppress(OSError):
                while chunk := slow.socket.recv(1 << 16):
                    read += chunk
        print(f"{len(read)} bytes were under way; read in {time.monotonic() - began:.1f} s", flush=True)
        reason = b"subscription was canceled (reason: client is not pulling messages fast enough)"
        self.assertIn(reason, read)
        self.assertEqual(self.counted("rpc_slow_clients_total"), 1)
        grown = self.memory() - memory
        print(f"memory grew by {grown / (1 << 20):.0f} MiB", flush=True)
        self.assertLess(grown, MEMORY_GROWTH_MAX)
        wait_until(lambda: self.counted("rpc_open_websockets") == 0, 10, "the WebSocket is gone")


unittest.main(verbosity=2)
