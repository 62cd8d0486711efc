#!/usr/bin/python3
"""contrib/demo with programs that are built: all of it is true, and a demo that was killed is cleaned up by the next."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from support import ROOT, free_base_port, wait_until

TASKS = 6
DEMO_SECONDS = 420


class Demo(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="steelyard-demo-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.command = [ROOT / "contrib/demo", "--folder", self.folder, "--base-port", str(free_base_port(4)),
                        "--tasks", str(TASKS)]
        self.addCleanup(self.stop_net)

    def stop_net(self):
        """What a failed test has left."""
        if (self.folder / "net/devnet.json").exists():
            subprocess.run([ROOT / "contrib/devnet", "down"], env={**os.environ, "DEVNET_DIR": str(self.folder / "net")},
                           check=False, timeout=120)

    def pids(self):
        return {int(file.read_text().split()[0]) for file in (self.folder / "net").glob("*.pid")}

    def test_a_cheat_is_caught_and_everybody_else_is_served(self):
        with open(self.folder / "told", "w", encoding="utf-8") as told:
            killed = subprocess.Popen(self.command, stdout=told, stderr=told)
        wait_until(lambda: len(self.pids()) > 4 or killed.poll() is not None, 120, "validators and a worker run")
        self.assertIsNone(killed.poll(), (self.folder / "told").read_text())
        left = self.pids()
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)

        done = subprocess.run(self.command, capture_output=True, text=True, timeout=DEMO_SECONDS, check=False)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for told in (r"accuracy +\d+ of 300 images", r"price +\S+ yard for 6 runs", r"verification +\d+ challenges",
                     r"cheat +job \d+/\d, block \d+: step \d+ \(\w+\), element \d+", r"made whole +\d+ runs", r"receipt .*holds"):
            self.assertRegex(done.stdout, told)
        for pid in left | self.pids():
            self.assertFalse(self.is_ours(pid), f"{pid} still runs")

    def is_ours(self, pid):
        try:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return False
        return re.search(re.escape(str(self.folder)), words) is not None


if __name__ == "__main__":
    unittest.main()
