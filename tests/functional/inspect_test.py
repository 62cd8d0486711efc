#!/usr/bin/python3
"""steelyardd inspect: the RPC over the stores of a node that does not run."""

import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from support import STEELYARDD, Rpc, RpcError, free_base_port, run, wait_until

STORED = ("block", "block_by_hash", "block_results", "blockchain", "commit", "consensus_params", "header",
          "header_by_hash", "validators", "tx", "tx_search", "block_search")


def contents(folder):
    """Every file below a folder, and what is in it."""
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


class Inspect(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.home = pathlib.Path(temporary.name) / "home"
        self.log = pathlib.Path(temporary.name) / "log"
        self.port = free_base_port(1)
        self.assertEqual(run("--home", self.home, "init", "alice", "--chain-id", "test-1", "--app", "kvstore").returncode, 0)
        for name, value in {"p2p.laddr": f"tcp://127.0.0.1:{self.port}",
                            "rpc.laddr": f"tcp://127.0.0.1:{self.port + 1}",
                            "api.enable": "false", "consensus.target_block_interval": "50ms"}.items():
            self.assertEqual(run("--home", self.home, "config", "set", name, value).returncode, 0)

    def start(self, command, *flags, port=1):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([STEELYARDD, "--home", self.home, command, *flags], stderr=log, stdout=log)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        rpc = Rpc(self.port + port)

        def answers():
            try:
                rpc.call("block")
                return True
            except OSError:
                return process.poll() is not None
            except RpcError:
                return False
        wait_until(answers, 30, "a block")
        self.assertIsNone(process.poll(), self.log.read_text())
        return process, rpc

    def end(self, process):
        process.terminate()
        self.assertEqual(process.wait(30), 0, self.log.read_text())

    def ask(self, rpc, tx, height, last):
        """The answers of all routes that read what is stored."""
        block = rpc.call("block", height=str(height))
        name = bytes.fromhex(block["block_id"]["hash"])
        wanted = {
            "block": {"height": str(height)}, "block_by_hash": {"hash": encoded(name)},
            "block_results": {"height": str(height)}, "blockchain": {"minHeight": "1", "maxHeight": str(height)},
            "commit": {"height": str(height)}, "consensus_params": {"height": str(height)},
            "header": {"height": str(height)}, "header_by_hash": {"hash": name.hex()},
            "validators": {"height": str(last + 1)}, "tx": {"hash": encoded(bytes.fromhex(tx)), "prove": True},
            "tx_search": {"query": f"tx.height={height}"}, "block_search": {"query": f"block.height={height}"}}
        self.assertEqual(sorted(wanted), sorted(STORED))
        answers = {route: rpc.call(route, **params) for route, params in wanted.items()}
        answers["blockchain"].pop("last_height")
        return answers

    def test_answers_as_the_node_did_and_changes_nothing(self):
        process, rpc = self.start("start")
        tx = rpc.send(b"apple=green")
        height = int(wait_until(lambda: rpc.call("tx_search", query=f"tx.hash='{tx}'")["txs"], 20, "the tx")[0]["height"])
        wait_until(lambda: rpc.height() >= height + 2, 20, "two more blocks")
        refused = run("--home", self.home, "inspect")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another process is using the folder", refused.stderr)
        live = self.ask(rpc, tx, height, height)
        process.kill()  # the stores have logs that were not merged
        process.wait()

        before = contents(self.home)
        process, rpc = self.start("inspect", "--rpc.laddr", f"tcp://127.0.0.1:{self.port + 2}", port=2)
        last = int(rpc.call("block")["block"]["header"]["height"])
        self.assertGreaterEqual(last, height + 2)
        stored = self.ask(rpc, tx, height, last)
        for route in STORED:
            if route != "validators":
                self.assertEqual(live[route], stored[route], route)
        self.assertEqual(stored["tx"]["hash"], tx)
        self.assertEqual(stored["validators"]["total"], "1")
        self.check_refusals(rpc)
        self.assertEqual(run("--home", self.home, "start").returncode, 1)
        self.end(process)
        self.assertEqual(contents(self.home), before)

        process, rpc = self.start("start")
        self.end(process)

    def check_refusals(self, rpc):
        """What needs a running node is refused, and why."""
        for route in ("status", "net_info", "broadcast_tx_sync", "abci_query", "consensus_state", "genesis"):
            with self.assertRaisesRegex(RpcError, "Method not found.*does not run", msg=route):
                rpc.call(route)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{rpc.port}/status", timeout=10)
        self.assertEqual(caught.exception.code, 404)
        self.assertIn("does not run", json.load(caught.exception)["error"]["data"])
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{rpc.port}/readyz", timeout=10)
        self.assertEqual(caught.exception.code, 503)
        offered = {method["name"] for method in rpc.call("rpc.discover")["methods"]}
        self.assertEqual(offered - {"rpc.discover"}, set(STORED))

    def test_says_why_it_cannot_start(self):
        done = run("--home", self.home / "no", "inspect")
        self.assertEqual(done.returncode, 3, done.stderr)
        done = run("--home", self.home, "inspect")  # a home whose node never ran
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("blockstore.db does not exist", done.stderr)


def encoded(data):
    return base64.b64encode(data).decode()


unittest.main(verbosity=1)
