#!/usr/bin/python3
"""How one node starts, serves its supervisor and stops."""

import json
import pathlib
import os
import signal
import socket
import subprocess
import tempfile
import unittest

from support import STEELYARDD, free_base_port, run, wait_until


class Start(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = self.folder / "home"
        self.log = self.folder / "log"
        self.pid_file = self.home / "steelyardd.pid"
        port = free_base_port(1)
        self.assertEqual(run("--home", self.home, "init", "alice", "--chain-id", "test-1", "--app", "kvstore").returncode, 0)
        for name, value in {"p2p.laddr": f"tcp://127.0.0.1:{port}",
                            "rpc.laddr": f"tcp://127.0.0.1:{port + 1}", "api.enable": "false"}.items():
            run("--home", self.home, "config", "set", name, value)

    def start(self, *flags, env=None):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([STEELYARDD, "--home", self.home, "start", *flags], stderr=log,
                                       stdout=log, env={**os.environ, **(env or {})})
        self.addCleanup(lambda: (process.kill(), process.wait()))
        wait_until(lambda: self.pid_file.exists() or process.poll() is not None, 30, "the pid file")
        self.assertIsNone(process.poll(), self.log.read_text())
        return process

    def test_signals_end_it_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start()
            self.assertEqual(self.pid_file.read_text(), f"{process.pid}\n")
            process.send_signal(number)
            self.assertEqual(process.wait(30), 0, self.log.read_text())
            self.assertFalse(self.pid_file.exists())
            self.assertIn(f"msg=stopping signal={number.name}", self.log.read_text())

    def test_supervisor_hears_of_it(self):
        supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(supervisor.close)
        supervisor.bind(str(self.folder / "notify"))
        supervisor.settimeout(30)
        process = self.start(env={"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "200000"})

        heard = [supervisor.recv(100).decode() for _ in range(3)]
        process.terminate()
        while "STOPPING=1" not in heard:
            heard.append(supervisor.recv(100).decode())

        self.assertEqual(process.wait(30), 0)
        self.assertEqual(heard[0], "READY=1")
        self.assertEqual(set(heard[1:-1]), {"WATCHDOG=1"})

    def test_status_says_why_a_node_has_none(self):
        # The key of nobody: it waits for the blocks of others.
        key = self.home / "config/priv_validator_key.json"
        key.unlink()
        run("--home", self.home, "gen-validator", "--file", key)
        done = run("--home", self.home, "status")
        self.assertEqual(done.returncode, 5)
        self.assertIn("is the node running", done.stderr)
        self.start()

        for command in ("status", "healthcheck"):
            wait_until(lambda: "refused" not in run("--home", self.home, "status").stderr, 30, "the RPC")
            done = run("--home", self.home, command)
            self.assertEqual(done.returncode, 5, done.stdout)
            self.assertIn("answers: the chain has no block yet\n", done.stderr)

    def test_flags_win_over_the_file(self):
        run("--home", self.home, "config", "set", "log_format", "plain")
        process = self.start("--log_format", "json", "--rpc.unsafe")
        process.terminate()
        self.assertEqual(process.wait(30), 0)
        for line in self.log.read_text().splitlines():
            self.assertIn("msg", json.loads(line))

    def test_log_level_changes_while_it_runs(self):
        process = self.start("--log_format", "json")
        run("--home", self.home, "config", "set", "log_level", "main:debug,*:none")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "main:debug,*:none" in self.log.read_text(), 10, "the new level in the log")
        process.terminate()
        self.assertEqual(process.wait(30), 0)

    def test_wrong_flags_end_with_2(self):
        for flags, text in ((["--rpc.threads", "0"], "rpc.threads = 0 is out of range"),
                            (["--log_level", "loud"], "no log level"),
                            (["--rpc.ladr", "x"], "")):
            done = run("--home", self.home, "start", *flags)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(text, done.stderr)


unittest.main(verbosity=1)
