#!/usr/bin/python3
"""Blobs between nodes: what one has the others get, while sources are killed, and takers too."""

import hashlib
import http.client
import os
import pathlib
import random
import signal
import struct
import subprocess
import threading
import unittest
import urllib.request

from support import ROOT, Devnet, run, wait_until

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
MIB = 1 << 20
RATE = 2_000_000  # bytes a second of a connection, so that there is a middle to be killed in
SIZE = 12 * MIB
METRICS_OFFSET = 4


def random_npy(seed, size):
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({size},), }}"
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + random.Random(seed).randbytes(size)


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Network(Devnet):
    def __init__(self, settings=()):
        super().__init__(4, settings=[
            f"p2p.send_rate={RATE}", f"p2p.recv_rate={2 * RATE}", "instrumentation.prometheus=true", *settings])

    def make_line(self):
        """Each node knows the one before it and no other."""
        for index in range(self.count):
            before = []
            if index > 0:
                before.append(f"{run('--home', self.home(index - 1), 'show-node-id').stdout.strip()}"
                              f"@127.0.0.1:{self.port(index - 1)}")
            done = run("--home", self.home(index), "config", "set", "p2p.persistent_peers", ",".join(before))
            assert done.returncode == 0, done.stderr

    def http_port(self, index):
        return self.port(index) + 1

    def put(self, index, file):
        """Uploads a file; the id of its blob."""
        path = pathlib.Path(self.folder) / "upload.npy"
        path.write_bytes(file)
        done = subprocess.run([STEELYARD, "--node", f"tcp://127.0.0.1:{self.http_port(index)}", "blobs", "put", path],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return next(word for word in done.stdout.split() if len(word) == 64)

    def get(self, index, blob_id, wait):
        """The file, or nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port(index), timeout=90)
        try:
            connection.request("GET", f"/blobs/{blob_id}?wait={wait}")
            answer = connection.getresponse()
            body = answer.read()
            return body if answer.status == 200 else None
        finally:
            connection.close()

    def fetch_later(self, index, blob_id):
        """A fetch in a thread of its own; its result is the list's only element in the end."""
        result = []

        def fetch():
            try:
                result.append(self.get(index, blob_id, 60))
            except (OSError, http.client.HTTPException):
                result.append(None)

        thread = threading.Thread(target=fetch)
        thread.start()
        return thread, result

    def metric(self, index, name):
        url = f"http://127.0.0.1:{self.port(index) + METRICS_OFFSET}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"steelyard_{name}{{") or line.startswith(f"steelyard_{name} "):
                    return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")

    def peers(self, index):
        return int(self.rpc(index).call("net_info")["n_peers"])

    def wait_for_bytes(self, index, count):
        wait_until(lambda: self.metric(index, "blob_exchange_received_bytes_total") >= count, 30,
                   f"node{index} has fetched {count} bytes")


class BlobExchangeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = Network()
        cls.net.__enter__()
        cls.addClassCleanup(lambda: cls.net.__exit__(None))
        cls.net.start()
        cls.net.wait_for_height(2)

    def expect_the_chain_goes_on(self):
        self.net.wait_for_height(self.net.rpc(1).height() + 2)

    def test_brings_a_blob_to_who_asks(self):
        file = random_npy(1, 1_000_001)
        blob_id = self.net.put(0, file)
        self.assertIsNone(self.net.get(3, blob_id, 0))
        received = [self.net.metric(index, "blob_exchange_received_bytes_total") for index in range(4)]
        sent = self.net.metric(0, "blob_exchange_sent_bytes_total")

        self.assertEqual(digest(self.net.get(3, blob_id, 60)), digest(file))

        # One copy goes over the wire, and to nobody who has not asked for it.
        self.assertEqual(self.net.metric(3, "blob_exchange_received_bytes_total") - received[3], 1_000_001)
        self.assertEqual(self.net.metric(0, "blob_exchange_sent_bytes_total") - sent, 1_000_001)
        for index in (1, 2):
            self.assertEqual(self.net.metric(index, "blob_exchange_received_bytes_total"), received[index])
            self.assertIsNone(self.net.get(index, blob_id, 0))
        self.assertEqual(digest(self.net.get(3, blob_id, 0)), digest(file))

    def test_finds_nothing_that_nobody_has(self):
        self.assertIsNone(self.net.get(3, "0" * 64, 1))

    def test_brings_a_blob_that_is_put_while_somebody_waits_for_it(self):
        file = random_npy(2, 300_000)
        blob_id = self.net.put(1, file)
        for index in (1, 2):  # forgotten again: only the id is known
            self.net.kill(index)
            for path in (self.net.home(index) / "data/blobs").rglob(f"{blob_id}*"):
                path.unlink()
        self.net.start(1, 2)
        for index in (1, 2):
            wait_until(lambda: self.net.rpc(index).height() >= 0, 60, f"node{index} is back")
        thread, result = self.net.fetch_later(2, blob_id)
        wait_until(lambda: self.net.metric(2, "blob_exchange_fetches") == 1, 20, "node2 looks for it")

        self.net.put(1, file)
        thread.join(60)

        self.assertEqual(digest(result[0]), digest(file))

    def test_goes_on_when_a_source_is_killed_in_the_middle(self):
        file = random_npy(4, SIZE)
        blob_id = self.net.put(0, file)
        self.net.put(1, file)
        before = self.net.metric(3, "blob_exchange_received_bytes_total")
        thread, result = self.net.fetch_later(3, blob_id)
        self.net.wait_for_bytes(3, before + 2 * MIB)

        self.net.kill(0, signal.SIGKILL)
        thread.join(60)

        self.assertEqual(digest(result[0]), digest(file))
        self.assertLess(self.net.metric(3, "blob_exchange_received_bytes_total") - before, SIZE + MIB)
        self.net.start(0)
        wait_until(lambda: self.net.rpc(0).height() >= 0, 60, "node0 is back")
        self.expect_the_chain_goes_on()

    def test_takes_what_is_missing_only_after_a_kill(self):
        file = random_npy(5, SIZE)
        blob_id = self.net.put(1, file)
        before = self.net.metric(2, "blob_exchange_received_bytes_total")
        thread, result = self.net.fetch_later(2, blob_id)
        self.net.wait_for_bytes(2, before + SIZE // 2)
        self.net.kill(2, signal.SIGKILL)
        thread.join(60)
        self.assertEqual(result, [None])

        self.net.start(2)
        wait_until(lambda: self.net.rpc(2).height() >= 0, 60, "node2 is back")
        self.assertEqual(digest(self.net.get(2, blob_id, 60)), digest(file))

        self.assertLess(self.net.metric(2, "blob_exchange_received_bytes_total"), SIZE * 3 // 4)
        self.expect_the_chain_goes_on()


class BlobLineTest(unittest.TestCase):
    def test_brings_a_blob_over_two_nodes_between(self):
        file = random_npy(6, 1_000_001)
        with Network(["p2p.pex=false"]) as net:
            net.make_line()
            net.start()
            net.wait_for_height(2)
            self.assertEqual([net.peers(index) for index in range(4)], [1, 2, 2, 1])
            blob_id = net.put(0, file)

            self.assertEqual(digest(net.get(3, blob_id, 60)), digest(file))

            for index in range(3):
                self.assertEqual(net.metric(index, "blob_exchange_sent_bytes_total"), 1_000_001)
            self.assertEqual(digest(net.get(1, blob_id, 0)), digest(file))


if __name__ == "__main__":
    unittest.main()
