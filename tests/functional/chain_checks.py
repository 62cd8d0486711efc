"""What tests of a chain under stress share: load, a witness of what nodes report, and what must hold after."""

import base64
import hashlib
import threading
import time

from support import RpcError

TXS_PER_REQUEST = 100


def tx_hash_param(tx_hash):
    """JSON-RPC takes bytes in base64."""
    return base64.b64encode(bytes.fromhex(tx_hash)).decode()


def hash_of_tx(text):
    """Of a transaction in base64, as RPC shows it."""
    return hashlib.sha256(base64.b64decode(text)).hexdigest().upper()


class Load:
    """Sends about `rate` transactions a second to whichever nodes answer, in batches. A context manager."""

    def __init__(self, net, rate=300):
        self.net = net
        self.rate = rate
        self.taken = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def work(self):
        batch = max(1, self.rate // 20)
        clients = [self.net.rpc(index, timeout=2) for index in range(self.net.count)]
        number = 0
        start = time.monotonic()
        while not self.stopping.is_set():
            self.stopping.wait(max(0, start + number / self.rate - time.monotonic()))
            txs = [b"key%d=%d" % (i, time.time_ns()) for i in range(number, number + batch)]
            client = clients[number // batch % len(clients)]
            number += batch
            try:
                answers = client.send_many(txs)
            except OSError:
                continue
            self.taken += sum(1 for one in answers if one.get("result", {}).get("code") == 0)
        for client in clients:
            client.close()


class Witness:
    """Follows what every node reports as committed, block after block. A context manager."""

    def __init__(self, net, indexes):
        self.net = net
        self.indexes = indexes
        self.blocks = {}  # height -> (hash, app hash of the block before, hashes of its transactions)
        self.faults = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.follow, args=(index,)) for index in indexes]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def follow(self, index):
        rpc = self.net.rpc(index, timeout=5)
        seen = 0
        while not self.stopping.wait(0.1):
            tip = rpc.height()
            for height in range(seen + 1, tip + 1):
                try:
                    self.note(index, height, block_at(rpc, height))
                except (OSError, RpcError) as error:
                    if isinstance(error, RpcError):
                        self.faults.append(f"node{index} at {tip} has no block {height}: {error}")
                    break
                seen = height
        rpc.close()

    def note(self, index, height, block):
        with self.lock:
            known = self.blocks.setdefault(height, block)
        if known != block:
            self.faults.append(f"node{index} has another block {height}: {block}, not {known}")


def block_at(rpc, height):
    answer = rpc.call("block", height=str(height))
    block = answer["block"]
    if block["evidence"]["evidence"]:
        raise AssertionError(f"block {height} holds evidence: {block['evidence']}")
    return (answer["block_id"]["hash"], block["header"]["app_hash"],
            tuple(hash_of_tx(tx) for tx in block["data"]["txs"]))


def expect_one_chain(test, net, indexes):
    """All nodes have the same blocks, without evidence, and app hashes. Height -> block."""
    height = min(net.rpc(index).height() for index in indexes)
    test.assertGreater(height, 0)
    chains = []
    for index in indexes:
        rpc = net.rpc(index)
        chains.append({one: block_at(rpc, one) for one in range(1, height + 1)})
        test.assertEqual(chains[-1], chains[0], f"node{index}")
    return chains[0]


def expect_committed_stay(test, net, witness, indexes):
    """What any node has ever reported is in every node's chain, and each transaction is found.

    No transaction is in two blocks. kvstore would refuse no repetition, but no node proposes what it knows as committed,
    and the load is too small, and nobody off for too long, for a node to have forgotten it (doc/spec/mempool.md, M9).
    """
    test.assertEqual(witness.faults, [])
    heights = {}
    for height, block in sorted(witness.blocks.items()):
        for tx in block[2]:
            test.assertNotIn(tx, heights, f"is in block {height} too")
            heights[tx] = height
    for index in indexes:
        rpc = net.rpc(index)
        last = max(witness.blocks)
        net.wait_for_height(last, [index])
        for height, block in sorted(witness.blocks.items()):
            test.assertEqual(block_at(rpc, height), block, f"node{index}, block {height}")
        wanted = list(heights.items())
        for first in range(0, len(wanted), TXS_PER_REQUEST):
            chunk = wanted[first:first + TXS_PER_REQUEST]
            answers = rpc.post([
                {"jsonrpc": "2.0", "id": i, "method": "tx", "params": {"hash": tx_hash_param(tx)}}
                for i, (tx, _) in enumerate(chunk)])
            # To a batch of one the answer is no list, as with CometBFT.
            answers = answers if isinstance(answers, list) else [answers]
            for (tx, height), answer in zip(chunk, answers, strict=True):
                found = int(answer.get("result", {}).get("height", 0))
                test.assertEqual(found, height, f"node{index}, {tx}: {answer}")


def expect_no_double_sign(test, net, indexes):
    for index in indexes:
        log = (net.folder / f"node{index}.log").read_text(errors="replace")
        test.assertNotIn("a validator contradicts itself", log, f"node{index}")
        test.assertNotIn("level=error", log, f"node{index}")
