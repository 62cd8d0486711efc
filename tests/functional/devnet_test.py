#!/usr/bin/python3
"""contrib/devnet as its users run it: first blocks, and 10,000 transactions that are found as soon as they are committed."""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

from chain_checks import block_at, hash_of_tx, tx_hash_param
from support import ROOT, STEELYARDD, Rpc, free_base_port, wait_until
from websocket import WebSocket

DEVNET = ROOT / "contrib/devnet"
TXS = 10_000
BATCH = 250
PAGE = 100
VALIDATORS = 4
FIRST_BLOCK_SECONDS = 5


def leaf_hash(tx):
    """RFC 6962 over the transaction's hash, as CometBFT's data_hash has it."""
    return hashlib.sha256(b"\x00" + hashlib.sha256(tx).digest()).digest()


def root_of(index, total, leaf, aunts):
    """The root that an RFC 6962 audit path leads to; ValueError if it has a wrong length."""
    if total == 1:
        if aunts:
            raise ValueError("too many aunts")
        return leaf
    if not aunts:
        raise ValueError("too few aunts")
    left = 1 << (total - 1).bit_length() - 1
    if index < left:
        return hashlib.sha256(b"\x01" + root_of(index, left, leaf, aunts[:-1]) + aunts[-1]).digest()
    return hashlib.sha256(b"\x01" + aunts[-1] + root_of(index - left, total - left, leaf, aunts[:-1])).digest()


class Devnet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="steelyard-devnet-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        began = time.monotonic()
        cls.addClassCleanup(cls.devnet, "down")
        cls.nodes = json.loads(cls.devnet("up", "--app", "kvstore", "--base-port", free_base_port(VALIDATORS + 1), "-o", "json"))
        cls.seconds_to_blocks = time.monotonic() - began
        cls.ports = [int(node["rpc"].rpartition(":")[2]) for node in cls.nodes]
        cls.headers = {}

    @classmethod
    def devnet(cls, *arguments):
        done = subprocess.run([DEVNET, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=90,
                              env={**os.environ, "DEVNET_DIR": str(cls.folder), "STEELYARDD": STEELYARDD})
        if done.returncode != 0:
            raise AssertionError(f"devnet {arguments}: {done.stderr}")
        return done.stdout

    def check_found(self, found, tx, rpc, height=None):
        """An answer of `tx` or a hit of `tx_search`: the transaction, its result, and the proof if there is one."""
        self.assertEqual(base64.b64decode(found["tx"]), tx)
        self.assertEqual(found["hash"], hashlib.sha256(tx).hexdigest().upper())
        self.assertEqual(found["tx_result"]["code"], 0)
        if height is not None:
            self.assertEqual(found["height"], str(height))
        if "proof" not in found:
            return
        key = found["height"]
        if key not in self.headers:
            self.headers[key] = rpc.call("block", height=key)["block"]["header"]["data_hash"]
        proof = found["proof"]["proof"]
        self.assertEqual(found["proof"]["root_hash"], self.headers[key])
        self.assertEqual(base64.b64decode(found["proof"]["data"]), tx)
        self.assertEqual(base64.b64decode(proof["leaf_hash"]), leaf_hash(tx))
        self.assertEqual(int(proof["index"]), found["index"])
        aunts = [base64.b64decode(aunt) for aunt in proof["aunts"] or []]
        root = root_of(int(proof["index"]), int(proof["total"]), leaf_hash(tx), aunts)
        self.assertEqual(root.hex().upper(), self.headers[key])

    def test_1_blocks_come_within_seconds(self):
        self.assertLess(self.seconds_to_blocks, FIRST_BLOCK_SECONDS)

    def test_2_a_tx_is_found_when_broadcast_tx_commit_answers(self):
        for number in range(20):
            rpc = Rpc(self.ports[number % VALIDATORS])
            tx = b"commit%d=%d" % (number, time.time_ns())
            answer = rpc.call("broadcast_tx_commit", tx=base64.b64encode(tx).decode())
            found = rpc.call("tx", hash=tx_hash_param(answer["hash"]), prove=True)
            self.check_found(found, tx, rpc, answer["height"])
            query = f"tx.hash='{answer['hash']}'"
            hits = rpc.call("tx_search", query=query, prove=number % 2 == 0)
            self.assertEqual(hits["total_count"], "1")
            self.check_found(hits["txs"][0], tx, rpc, answer["height"])

    def send_all(self, txs):
        """In batches over kept connections to all nodes in turn."""
        clients = [Rpc(port) for port in self.ports]
        for number, first in enumerate(range(0, len(txs), BATCH)):
            for answer in clients[number % VALIDATORS].send_many(txs[first:first + BATCH]):
                self.assertEqual(answer["result"]["code"], 0, answer)

    def find_block(self, rpc, height, hashes, by_hash):
        """Each transaction of a block just announced, by `tx` and by `tx_search`. How many there were."""
        self.assertLessEqual(set(hashes), set(by_hash))
        for first in range(0, len(hashes), BATCH):
            chunk = hashes[first:first + BATCH]
            answers = rpc.post([
                {"jsonrpc": "2.0", "id": i, "method": "tx",
                 "params": {"hash": tx_hash_param(one), "prove": i % 2 == 0}} for i, one in enumerate(chunk)])
            for one, answer in zip(chunk, answers, strict=True):
                self.assertIn("result", answer, one)
                self.check_found(answer["result"], by_hash[one], rpc, height)
        found = set()
        for page in range(1, (len(hashes) + PAGE - 1) // PAGE + 1):
            hits = rpc.call("tx_search", query=f"tx.height={height}", page=str(page), per_page=str(PAGE),
                            prove=page % 2 == 0)
            for hit in hits["txs"]:
                self.check_found(hit, base64.b64decode(hit["tx"]), rpc, height)
                found.add(hit["hash"])
        self.assertEqual(set(hashes), found)
        return len(hashes)

    def test_3_ten_thousand_are_found_right_after_their_commit(self):
        txs = [b"many%d=%d" % (number, time.time_ns()) for number in range(TXS)]
        by_hash = {hashlib.sha256(tx).hexdigest().upper(): tx for tx in txs}
        found = [0] * VALIDATORS
        failures = []
        listeners = [WebSocket(port) for port in self.ports]
        for listener in listeners:
            self.addCleanup(listener.close)
            listener.subscribe("tm.event='NewBlock'")

        def follow(index):
            rpc = Rpc(self.ports[index], timeout=30)
            end = time.monotonic() + 100
            try:
                while found[index] < TXS and time.monotonic() < end and not failures:
                    block = listeners[index].receive()["result"]["data"]["value"]["block"]
                    hashes = [hash_of_tx(tx) for tx in block["data"]["txs"]]
                    found[index] += self.find_block(rpc, block["header"]["height"], hashes, by_hash)
            except Exception as error:  # told by the main thread
                failures.append(f"node {index}: {error!r}")

        threads = [threading.Thread(target=follow, args=(index,)) for index in range(VALIDATORS)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        try:
            self.send_all(txs)
        except BaseException:
            failures.append("not all were sent")
            raise
        finally:
            print(f"sent in {time.monotonic() - began:.1f} s", flush=True)
            for thread in threads:
                thread.join()
        print(f"found by all in {time.monotonic() - began:.1f} s", flush=True)
        self.assertEqual(failures, [])
        self.assertEqual(found, [TXS] * VALIDATORS)

    def test_4_a_fifth_node_joins(self):
        tip = Rpc(self.ports[0]).height()
        rows = json.loads(self.devnet("add", "-o", "json"))
        rpc = Rpc(int(rows[-1]["rpc"].rpartition(":")[2]))
        wait_until(lambda: rpc.height() >= tip, 30, "the tip")
        for height in range(1, tip + 1):
            self.assertEqual(block_at(rpc, height), block_at(Rpc(self.ports[0]), height))


unittest.main(verbosity=2)
