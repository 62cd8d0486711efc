#!/usr/bin/python3
"""The commands of steelyard-worker, and a worker whose node is not there."""

import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tempfile
import unittest

from support import ROOT, wait_until

WORKER = os.environ.get("STEELYARD_WORKER", str(ROOT / "build/release/bin/steelyard-worker"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
NODE_KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"  # of RFC 26's examples


class WorkerCli(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-w-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.home = self.folder / "w"

    def call(self, *arguments, env=None):
        return subprocess.run([WORKER, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL, env={**CLEAN, **(env or {})})

    def worker(self, *arguments):
        return self.call("--home", self.home, *arguments)

    def init(self, *arguments):
        # Nobody listens at this port: the worker goes on trying.
        return self.worker("init", "--node", "tcp://127.0.0.1:9", "--node-key", NODE_KEY, *arguments)

    def start(self):
        log = open(self.folder / "log", "ab")
        process = subprocess.Popen([WORKER, "--home", self.home, "run"], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, env=CLEAN)
        log.close()

        def end():
            process.kill()
            process.wait()
        self.addCleanup(end)
        return process

    def status(self):
        told = self.worker("status", "-o", "json")
        return json.loads(told.stdout) if told.returncode == 0 else None

    def test_init_makes_a_home_and_says_what_is_left_to_do(self):
        made = self.init("--class", "cpu.small", "--slots", "3")

        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("--class cpu.small --slots 3", made.stdout)
        self.assertRegex(made.stdout, "steelyard provider worker add yard1[a-z0-9]{38} ")
        self.assertIn("worker.authorized_keys", made.stdout)
        for name in ("account_key", "link_key", "config.toml"):
            self.assertEqual(stat.S_IMODE((self.home / name).stat().st_mode), 0o600, name)
        self.assertIn("slots = 3", (self.home / "config.toml").read_text())

    def test_init_touches_no_home_that_is_there(self):
        self.init()
        key = (self.home / "account_key").read_bytes()

        again = self.init()

        self.assertEqual(again.returncode, 1)
        self.assertIn("is a worker's home already", again.stderr)
        self.assertEqual((self.home / "account_key").read_bytes(), key)

    def test_init_imports_a_key(self):
        key = self.folder / "key"
        key.write_text("11" * 32 + "\n")
        open_key = self.init("--import-key", key)
        key.chmod(0o600)
        first = json.loads(self.init("--import-key", key, "-o", "json").stdout)
        self.home = self.folder / "w2"
        second = json.loads(self.init("--import-key", key, "-o", "json").stdout)

        self.assertEqual(open_key.returncode, 1)
        self.assertIn("chmod 600", open_key.stderr)
        self.assertEqual(first["address"], second["address"])
        self.assertNotEqual(first["link_key"], second["link_key"])

    def test_settings_are_checked(self):
        self.init()
        config = self.home / "config.toml"
        good = config.read_text()
        for wrong, said in (("slots = 0", "slots is no number from 1 to 64"), ("slotz = 1", "no setting \"slotz\""),
                            ("backend = \"abacus\"", "backend"), ("slots = [", "config.toml:")):
            lines = [line for line in good.splitlines() if not line.startswith(wrong.split(" ")[0] + " ")]
            config.write_text("\n".join(lines + [wrong]))
            done = self.worker("run")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(said, done.stderr)
        config.write_text(good.replace(NODE_KEY, ""))
        self.assertIn("node_key is not set", self.worker("run").stderr)

    def test_what_is_not_there_is_told(self):
        for command in ("run", "status", "drain"):
            done = self.worker(command)
            self.assertEqual(done.returncode, 3, command)
            self.assertIn("steelyard-worker init", done.stderr)
        self.init()
        for command in ("status", "drain"):
            self.assertEqual(self.worker(command).returncode, 5, command)
        self.assertEqual(self.worker("dance").returncode, 2)

    def test_the_machine_is_looked_at(self):
        told = json.loads(self.worker("detect", "-o", "json").stdout)
        self.assertEqual(told["usable_gpus"], "0")
        self.assertIn(told["instruction_set"], told["available"])
        self.assertGreater(int(told["memory_bytes"]), 1 << 28)

        tested = self.worker("selftest", "--quick", "-o", "json")
        checks = json.loads(tested.stdout)
        backends = [one for one in checks if one["check"].startswith("backend ")]
        self.assertGreaterEqual(len(backends), 2)
        self.assertTrue(all(one["actual"] == "right" for one in backends), backends)
        self.assertEqual(tested.returncode, 0 if all(one["good"] for one in checks) else 6)

    def test_a_worker_runs_without_its_node(self):
        self.init()
        process = self.start()
        status = wait_until(self.status, 30, "it answers")
        self.assertFalse(status["linked"])
        self.assertEqual(status["jobs"], [])
        self.assertIn("link", self.worker("status").stdout)
        second = self.worker("run")
        self.assertEqual(second.returncode, 1)
        self.assertIn("a worker runs on this home already", second.stderr)

        process.send_signal(signal.SIGTERM)

        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.worker("status").returncode, 5)

    def test_a_worker_that_was_killed_starts_again(self):
        self.init()
        process = self.start()
        wait_until(self.status, 30, "it answers")
        process.kill()
        process.wait()
        self.assertEqual(self.worker("status").returncode, 5)

        self.start()

        wait_until(self.status, 30, "it answers again")


if __name__ == "__main__":
    unittest.main()
