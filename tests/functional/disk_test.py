#!/usr/bin/python3
"""A disk that is full, and files that have changed: the node stops or refuses, and says which file and what to do."""

import os
import shutil
import signal
import subprocess
import unittest

from chain_checks import Load, Witness, expect_committed_stay, expect_one_chain
from support import Devnet, run, wait_until

DATA_BYTES = 64 << 20


def flip(path, offset):
    """Changes one byte."""
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0xFF]))


def largest(folder, *patterns):
    files = [path for pattern in patterns for path in folder.glob(pattern)]
    return max(files, key=lambda path: path.stat().st_size)


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = Devnet(1, settings=["consensus.target_block_interval=50ms"])
        cls.addClassCleanup(cls.net.__exit__, None)
        cls.net.start()
        with Load(cls.net):
            cls.net.wait_for_height(30)
        cls.net.kill(0, signal.SIGKILL)
        cls.data = cls.net.home(0) / "data"
        cls.sound = cls.net.folder / "sound"
        shutil.copytree(cls.data, cls.sound)

    def setUp(self):
        shutil.rmtree(self.data)
        shutil.copytree(self.sound, self.data)

    def expect_refusal(self, *texts):
        done = run("--home", self.net.home(0), "start", timeout=30)
        self.assertNotEqual(done.returncode, 0)
        self.assertGreater(done.returncode, 0, "ended by a signal")
        print(done.stderr.splitlines()[-1].replace(str(self.net.folder), "..."), flush=True)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_stores(self):
        for name in ("blockstore.db", "state.db", "application.db", "evidence.db", "tx_index.db"):
            file = largest(self.data / name, "*.log", "*.ldb")
            if file.stat().st_size < 100:
                continue
            with self.subTest(name):
                flip(file, file.stat().st_size // 2)
                self.expect_refusal(name, "damaged", "restore a backup", "steelyardd reset")
            self.setUp()

    def test_a_store_that_has_lost_its_current_file(self):
        (self.data / "blockstore.db/CURRENT").unlink()
        self.expect_refusal("blockstore.db", "CURRENT is missing", "restore a backup", "steelyardd reset")

    def test_a_store_that_is_gone(self):
        shutil.rmtree(self.data / "blockstore.db")
        self.expect_refusal("the block store only at 0", "restore a backup", "steelyardd reset")

    def test_write_ahead_log(self):
        file = largest(self.data / "cs.wal", "*.wal")
        flip(file, file.stat().st_size // 2)
        # The node starts to open the log when consensus begins, and ends then.
        self.expect_refusal(".wal", "durable", "doc/howto/recover-wal.md")

    def test_last_sign_state(self):
        file = self.data / "priv_validator_state.json"
        text = file.read_text()
        for what, damaged in {"cut": text[:len(text) // 2], "lower": text.replace('"height": "3', '"height": "2', 1),
                              "empty": ""}.items():
            with self.subTest(what):
                file.write_text(damaged)
                self.expect_refusal("priv_validator_state.json", "doc/howto/recover-wal.md")
        file.unlink()
        self.expect_refusal("priv_validator_state.json", "doc/howto/recover-wal.md")


class FullDisk(unittest.TestCase):
    def mount(self, folder):
        folder.mkdir(exist_ok=True)
        kept = {path.name: path.read_bytes() for path in folder.iterdir()}
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DATA_BYTES}", "tmpfs", folder],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs can be mounted: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=False)
        for name, content in kept.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)

    @staticmethod
    def fill(path):
        with open(path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_the_node_stops_and_comes_back(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a small file system")
        net = Devnet(4)
        self.addCleanup(net.__exit__, None)
        folder = net.home(3) / "data"
        self.mount(folder)
        self.addCleanup(lambda: [net.kill(index, signal.SIGKILL) for index in list(net.processes)])
        net.start()
        net.wait_for_height(3)
        with Witness(net, [0, 1, 2, 3]) as witness, Load(net):
            self.fill(folder / "ballast")
            process = net.processes[3]
            wait_until(lambda: process.poll() is not None, 60, "the end of the node whose disk is full")
            self.assertGreater(process.returncode, 0)
            log = (net.folder / "node3.log").read_text()
            self.assertIn("No space left on device", log)
            self.assertIn(str(folder), log.splitlines()[-1])
            print(log.splitlines()[-1].replace(str(net.folder), "..."), flush=True)
            height = net.rpc(0).height()
            net.wait_for_height(height + 2, [0, 1, 2])
            again = run("--home", net.home(3), "start", timeout=30)
            self.assertGreater(again.returncode, 0)
            self.assertIn(str(folder), again.stderr.splitlines()[-1])
            (folder / "ballast").unlink()
            net.start(3)
            net.wait_for_height(height + 3, [3])
        expect_one_chain(self, net, [0, 1, 2, 3])
        expect_committed_stay(self, net, witness, [0, 1, 2, 3])


unittest.main(verbosity=2)
