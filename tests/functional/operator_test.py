#!/usr/bin/python3
"""What an operator does to a node's stores, and what a node says that cannot start."""

import fcntl
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest

from support import ROOT, STEELYARDD, Rpc, RpcError, free_base_port, run, wait_until


class Operator(unittest.TestCase):
    """One validator, whose evidence grows old at once."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = self.folder / "home"
        self.log = self.folder / "log"
        self.port = free_base_port(1)
        self.assertEqual(self.run_home("init", "alice", "--chain-id", "test-1", "--app", "kvstore").returncode, 0)
        genesis = self.home / "config/genesis.json"
        document = json.loads(genesis.read_text())
        document["consensus_params"]["evidence"].update(max_age_num_blocks="1", max_age_duration="1000000")
        genesis.write_text(json.dumps(document))
        for name, value in {"p2p.laddr": f"tcp://127.0.0.1:{self.port}",
                            "rpc.laddr": f"tcp://127.0.0.1:{self.port + 1}",
                            "api.enable": "false", "consensus.target_block_interval": "0s"}.items():
            self.assertEqual(self.run_home("config", "set", name, value).returncode, 0)

    def run_home(self, *arguments):
        return run("--home", self.home, *arguments)

    def start(self, *flags):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([STEELYARDD, "--home", self.home, "start", *flags], stderr=log, stdout=log)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        rpc = Rpc(self.port + 1)
        ready = lambda: not rpc.call("status")["sync_info"]["catching_up"] if rpc.height() >= 0 else False
        wait_until(lambda: process.poll() is not None or ready(), 30, "an answer")
        self.assertIsNone(process.poll(), self.log.read_text())
        return process, rpc

    def stop(self, process):
        process.terminate()
        self.assertEqual(process.wait(30), 0, self.log.read_text())

    def grow(self, rpc, blocks):
        """A block for each transaction; the height."""
        for number in range(blocks):
            height = rpc.height()
            rpc.send(b"k%d=%d" % (number, height))
            wait_until(lambda: rpc.height() > height, 20, f"a block after {height}")
        return rpc.height()

    def refused(self, code, *texts, flags=()):
        done = self.run_home("start", *flags)
        self.assertEqual(done.returncode, code, done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_old_blocks_go(self):
        process, rpc = self.start("--storage.retain_blocks", "10")
        self.grow(rpc, 40)
        base = wait_until(lambda: (lambda n: n if n > 1 else 0)(
            int(rpc.call("status")["sync_info"]["earliest_block_height"])), 20, "a higher base")
        self.assertGreater(base, 10)
        with self.assertRaises(RpcError):
            rpc.call("block", height="1")
        self.assertEqual(rpc.call("tx_search", query="tx.height=1")["total_count"], "0")
        self.assertEqual(rpc.call("block", height=str(base))["block"]["header"]["height"], str(base))
        self.stop(process)

        process, rpc = self.start()
        self.grow(rpc, 1)
        self.stop(process)

    def test_rollback_reindex_and_databases(self):
        process, rpc = self.start()
        height = self.grow(rpc, 5)
        done = self.run_home("rollback")
        self.assertEqual(done.returncode, 1, done.stderr)  # it runs
        self.stop(process)

        back = self.run_home("-o", "json", "rollback")
        self.assertEqual(back.returncode, 0, back.stderr)
        self.assertGreaterEqual(int(json.loads(back.stdout)["height"]), height - 1)
        process, rpc = self.start()
        self.grow(rpc, 1)
        self.stop(process)

        self.assertEqual(self.run_home("rollback", "--hard").returncode, 2)
        back = self.run_home("rollback", "--hard", "--replay-application")
        self.assertEqual(back.returncode, 0, back.stderr)
        made = self.run_home("-o", "json", "reindex")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertGreaterEqual(int(json.loads(made.stdout)["txs"]), 5)
        for command in ("verify", "compact", "stats"):
            done = self.run_home("db", command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("blockstore.db", done.stdout)
        process, rpc = self.start()
        # The only validator's signer remembers the block that is gone: the chain stands, and answers.
        self.assertEqual(rpc.call("abci_query", data="6b30")["response"]["log"], "exists")
        self.stop(process)

    def test_stop_ends_it_and_waits(self):
        self.assertEqual(self.run_home("stop").returncode, 3)
        for flags in ([], ["--wait-window"]):
            process, rpc = self.start()
            self.grow(rpc, 1)
            ended = threading.Thread(target=process.wait)
            ended.start()
            done = self.run_home("stop", *flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"stopped process {process.pid}", done.stdout)
            ended.join(10)
            self.assertEqual(process.returncode, 0, self.log.read_text())
        self.assertIn("msg=leaving", self.log.read_text())

    def test_stop_ends_nobody_else(self):
        """A pid file that a kill -9 has left names some other process by now."""
        (self.home / "steelyardd.pid").write_text(f"{os.getpid()}\n")
        self.assertEqual(self.run_home("stop").returncode, 3)
        holder = os.open(self.home / "data", os.O_RDONLY)
        fcntl.flock(holder, fcntl.LOCK_EX)
        bystander = subprocess.Popen(["sleep", "60"])
        self.addCleanup(lambda: (bystander.kill(), bystander.wait()))
        (self.home / "steelyardd.pid").write_text(f"{bystander.pid}\n")
        done = self.run_home("stop")
        os.close(holder)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("is in use, but not by process", done.stderr)
        self.assertIsNone(bystander.poll())

    def test_own_signature_in_late_blocks_is_refused(self):
        process, rpc = self.start()
        self.grow(rpc, 2)
        self.stop(process)

        self.refused(1, "consensus.double_sign_check_height = 3", flags=["--consensus.double_sign_check_height", "3"])

    def test_what_hinders_a_start_is_told(self):
        genesis = self.home / "config/genesis.json"
        key = self.home / "config/priv_validator_key.json"
        state = self.home / "data/priv_validator_state.json"
        process, rpc = self.start()
        self.grow(rpc, 1)
        self.refused(1, str(self.home / "data"))  # locked by the first
        status = self.run_home("status")
        self.assertIn("test-1", status.stdout)
        self.assertEqual(self.run_home("healthcheck").returncode, 0)
        other = self.folder / "other"
        run("--home", other, "init", "bob", "--chain-id", "test-2", "--app", "kvstore")
        run("--home", other, "config", "set", "api.enable", "false")
        done = run("--home", other, "start", "--rpc.laddr", f"tcp://127.0.0.1:{self.port + 1}",
                   "--p2p.laddr", f"tcp://127.0.0.1:{self.port + 2}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(self.port + 1), done.stderr)
        done = run("--home", other, "start", "--rpc.laddr", f"tcp://127.0.0.1:{self.port + 3}",
                   "--p2p.laddr", f"tcp://127.0.0.1:{self.port}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(self.port), done.stderr)
        self.stop(process)
        self.assertEqual(self.run_home("healthcheck", "--timeout", "500").returncode, 5)

        text = genesis.read_text()
        genesis.write_text(text.replace("test-1", "test-9"))
        self.refused(1, "test-9")
        genesis.write_text("{")
        self.refused(2, str(genesis))
        genesis.unlink()
        self.refused(3, str(genesis))
        genesis.write_text(text)

        key.chmod(0o644)
        self.refused(1, str(key), "chmod 600")
        key.chmod(0o600)
        kept = state.read_text()
        state.unlink()
        self.refused(3, "priv_validator_state.json")
        state.write_text(kept)
        state.chmod(0o600)
        self.refused(2, '"nosuch" is no application', flags=["--app", "nosuch"])

    def test_workers_may_connect(self):
        """The key that `worker-key` shows is the one that the log does, and its owner's alone."""
        shown = self.run_home("worker-key").stdout.strip()
        self.assertRegex(shown, r"^[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}$")
        self.assertEqual(self.run_home("worker-key").stdout.strip(), shown)
        key = self.home / "config/worker_link_key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(shown, key.read_text())
        self.assertEqual(self.run_home("config", "set", "worker.laddr", "tcp://127.0.0.1:*").returncode, 0)
        process, _ = self.start("--worker.authorized_keys", shown)
        self.assertIn("workers may connect", self.log.read_text())
        self.assertIn(shown, self.log.read_text())
        self.stop(process)
        self.refused(2, "worker.authorized_keys", "40 characters", flags=["--worker.authorized_keys", shown[1:]])
        key.chmod(0o644)
        self.refused(1, str(key), "chmod 600")

    def test_every_option_is_used(self):
        """Each option's field is named by the code that makes the node; p2p's, by the switch."""
        reference = (ROOT / "doc/reference/config.md").read_text()
        sections = re.split(r"^## ", reference, flags=re.M)[1:]
        daemon = ROOT / "src/bin/steelyardd"
        users = [*(ROOT / "src/node").glob("*.cpp"), daemon / "start.cpp", daemon / "setting_flags.cpp"]
        code = "".join(path.read_text() for path in users)
        peers = "".join(path.read_text() for path in (ROOT / "src/p2p").glob("*.cpp"))
        names = 0
        for section in sections:
            for name in re.findall(r"^\| `([a-z0-9_]+)` \|", section, flags=re.M):
                names += 1
                name = {"indexer": "tx_index.kind"}.get(name, name)
                where = peers + code if section.startswith("[p2p]") else code
                self.assertRegex(where, rf"\.{name}_?\b", f"{section[:20]}: {name}")
        self.assertGreater(names, 60)


unittest.main(verbosity=1)
