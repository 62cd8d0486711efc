#!/usr/bin/python3
"""What goes wrong at a provider: a full disk, a program that kills children or faults, keys that two workers have."""

import json
import os
import resource
import shutil
import signal
import subprocess
import tomllib
import unittest

from worker_net import CLEAN, PRICE, WORKER, MarketNet, Model, SmallDisk, floats, relu
from support import STEELYARDD, wait_until

BOND = 50_000_000
OTHER = 5  # of the reasons of a decline
FILE_BYTES_MAX = 100_000  # of the file limit: more than small jobs write, less than what `large` gives
COLUMNS = 64
ORDINARY = [number / 8 - 4 for number in range(COLUMNS)]


def overflow():
    """x times a million: out of what a tensor may hold, if x is large."""
    m = Model(opset=17, seed=5)
    m.node("Mul", m.input("x", [1, COLUMNS]), m.scalar(1e6), output="y")
    m.output("y", [1, COLUMNS])
    return m.bytes()


def lookup():
    """Rows of a table by numbers that the user brings: a number that is no row's is a fault."""
    m = Model(opset=17, seed=5)
    int64 = 7
    rows = m.node("Cast", m.input("x", [1, COLUMNS]), to=int64)
    m.node("Gather", m.weights([8, 4], 0, 1), rows, output="y", axis=0)
    m.output("y", [1, COLUMNS, 4])
    return m.bytes()


def large():
    """128 KiB out of a few bytes."""
    m = Model(opset=17, seed=5)
    m.node("MatMul", m.input("x", [32, 1]), m.weights([1, 1024], 0, 1), output="y")
    m.output("y", [32, 1024])
    return m.bytes()


def limit_files():
    """A child that writes more is killed by the kernel."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))


class WorkerFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = MarketNet(workers=2, params={"commit_blocks": 40})
        cls.addClassCleanup(cls.net.stop)
        cls.processes = []
        cls.addClassCleanup(lambda: [cls.end(one) for one in list(cls.processes)])
        cls.x = cls.net.write("x.npy", floats([1, COLUMNS], ORDINARY))
        cls.model = cls.net.write("relu.onnx", relu(1, COLUMNS))
        cls.make_twin()

    @classmethod
    def make_twin(cls):
        """A second home for worker0's account, which the node lets in by a link key of its own."""
        net = cls.net
        settings = tomllib.loads((net.home("node0") / "config/config.toml").read_text())
        keys = settings["worker"]["authorized_keys"]
        keys = keys.split(",") if isinstance(keys, str) else keys
        node_key = subprocess.run([STEELYARDD, "--home", net.home("node0"), "worker-key"], capture_output=True,
                                  text=True, check=True, env=CLEAN).stdout.strip()
        made = net.worker("twin", "init", "--node", f"tcp://127.0.0.1:{net.port + 8}", "--node-key", node_key, "--class",
                          "cpu.small", "--slots", 2, "--threads", 1, "--keyring", net.home("keyring"), "--key", "worker0",
                          "--output", "json")
        assert made.returncode == 0, made.stderr
        net.devnet("kill", 0)
        net.configure(0, worker__authorized_keys=",".join([*keys, json.loads(made.stdout)["link_key"]]))
        net.devnet("start", 0)

    @classmethod
    def start_worker(cls, home, **options):
        """A worker that is none of the devnet's, with the log of its home's name."""
        with open(cls.net.net / f"{home}.log", "ab") as file:
            process = subprocess.Popen([WORKER, "--home", cls.net.home(home), "run"], stdin=subprocess.DEVNULL,
                                       stdout=file, stderr=file, env=CLEAN, **options)
        cls.processes.append(process)
        return process

    @classmethod
    def end(cls, process, number=signal.SIGTERM):
        cls.processes.remove(process)
        if process.poll() is None:
            process.send_signal(number)
        return process.wait(60)

    def tearDown(self):
        """Nobody here is dishonest."""
        for name in ("provider0", "provider1"):
            provider = self.net.provider(name)
            self.assertEqual((int(provider.get("slashes", 0)), provider.get("is_jailed", False)), (0, False), provider)

    def order_of(self, provider, model, x):
        """That no other provider can have."""
        return self.net.order(model, x, "--exclude", f"provider{1 - provider}", "--retries", 0)

    def end_of(self, order):
        job = self.net.wait_for_end(order)
        return job["state"], job["reason"]

    def expect_declined(self, order):
        job = self.net.wait_for_end(order)
        self.assertEqual((job["state"], job["reason"], int(job["decline_reason"])), ("refunded", "declined", OTHER))

    # Programs that end children.

    def test_1_a_program_that_killed_children_is_given_back(self):
        net = self.net
        model = net.write("large.onnx", large())
        x = [net.write(f"large{i}.npy", floats([32, 1], [i + 1] * 32)) for i in range(3)]
        net.devnet("kill", "worker1")
        process = self.start_worker("worker1", preexec_fn=limit_files)

        type(self).killed = self.order_of(1, model, x[0])
        net.wait_for_log("worker1", "a child failed", f"killed by signal {int(signal.SIGXFSZ)}")
        net.wait_for_log("worker1", "a program is not taken any more")
        other, small = self.order_of(1, model, x[1]), self.order_of(1, self.model, self.x)

        self.expect_declined(other)
        net.wait_for_log("worker1", "a job goes badly", "step=decline", f"ended children of job {self.killed}/0")
        net.wait_for(small, "settled")
        self.assertEqual(self.end(process, signal.SIGKILL), -signal.SIGKILL)
        net.devnet("start", "worker1")
        self.expect_declined(self.order_of(1, model, x[2]))

    # Programs that fault.

    def test_2_a_fault_costs_its_user_and_nobody_else(self):
        net = self.net
        large_x = net.write("large_x.npy", floats([1, COLUMNS], [3e38] * COLUMNS))
        no_row = net.write("no_row.npy", floats([1, COLUMNS], [2] * (COLUMNS - 1) + [99]))
        looked_up = self.order_of(0, net.write("lookup.onnx", lookup()), no_row)
        net.wait_for(looked_up, "matched")

        done = net.wallet(*net.infer(net.write("overflow.onnx", overflow()), large_x, "--exclude", "provider1",
                                     who="bob"))

        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertIn("ended in a fault", done.stderr)
        job = net.wait_for(looked_up, "settled")
        self.assertEqual((job["reason"], job["party_at_fault"], int(job["paid"])), ("settled_fault", "user", PRICE))
        self.assertTrue(job["commitment"]["fault"])
        self.assertEqual(int(net.provider("provider0")["bond"]), BOND)

        net.wait_for(self.order_of(0, self.model, self.x), "settled")

    # Keys that two have.

    def test_3_two_workers_with_one_link_key(self):
        net = self.net
        home = net.home("copy")
        shutil.copytree(net.home("worker0"), home, ignore=shutil.ignore_patterns("worker.sock", "lock", "jobs"))
        start = len(net.log("node0"))
        process = self.start_worker("copy")
        order = self.order_of(0, self.model, self.x)

        self.assertEqual(process.wait(60), 1)
        self.end(process)

        net.wait_for_log("copy", "the node refuses: in_use: session [0-9]+ of this key is alive")
        self.assertIn("another worker has the session of this link key", net.log("copy").splitlines()[-1])
        net.wait_for(order, "settled")
        self.assertNotIn("a worker's session is over", net.log("node0")[start:])

    def test_4_two_workers_with_one_account(self):
        net = self.net
        before = net.provider("provider0")
        process = self.start_worker("twin")
        net.wait_for_log("twin", "the session with the node begins")

        x = [net.write(f"twin{i}.npy", floats([1, COLUMNS], [i] * COLUMNS)) for i in range(2)]
        orders = [self.order_of(0, self.model, one) for one in x]
        for order in orders:
            net.wait_for(order, "settled")
            net.wait_for_log("twin", 'msg="a job"', f"job={order}/0")
        self.assertEqual(self.end(process), 0)

        after = net.provider("provider0")
        self.assertEqual(int(after["bond"]), int(before["bond"]))
        self.assertEqual(int(after["settled"]), int(before["settled"]) + len(orders))

    # A disk that is full.

    def small_disk(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to mount a small file system")
        net = self.net
        net.devnet("kill", "worker0")
        self.addCleanup(net.devnet, "start", "worker0")
        try:
            disk = SmallDisk(net.home("worker0") / "jobs")
        except PermissionError as error:
            self.skipTest(str(error))
        self.addCleanup(disk.remove)
        self.addCleanup(net.devnet, "kill", "worker0")
        (disk.folder / "ballast").write_bytes(b"x")
        net.devnet("start", "worker0")
        return disk

    def test_5_a_full_disk_gives_jobs_back_or_holds_them_up(self):
        net = self.net
        disk = self.small_disk()

        # So little room that a job is not begun.
        disk.fill(free=1 << 20)
        start = len(net.log("worker0"))
        self.expect_declined(self.order_of(0, self.model, self.x))
        net.wait_for_log("worker0", "a job goes badly", "step=decline", str(disk.folder), "free on the disk", start=start)

        # None at all: it waits until there is some.
        wait_until(lambda: [path.name for path in disk.folder.iterdir()] == ["ballast"], 30, "the job's folder is gone")
        disk.fill()
        start = len(net.log("worker0"))
        order = self.order_of(0, self.model, self.x)
        net.wait_for_log("worker0", "a job is held up", r"job\.pb\.new", "No space left on device", start=start)
        disk.give_room()
        net.wait_for(order, "settled")

        # It is full once the job has been started, which cannot be given back.
        start = len(net.log("worker0"))
        order = self.order_of(0, self.model, self.x)
        net.wait_for_log("worker0", "a transaction is sent", "step=start", start=start)
        disk.fill()
        net.wait_for_log("worker0", "a job is held up", str(disk.folder), "No space left on device", start=start)
        disk.give_room()
        net.wait_for(order, "settled")

    def test_6_what_children_could_not_do_was_late_and_the_user_made_whole(self):
        job = self.net.wait_for_end(self.killed)
        self.assertEqual((job["state"], job["reason"], job["party_at_fault"]), ("refunded", "late", "provider"))
        self.assertEqual(int(job["damages"]), PRICE // 10)
        self.assertEqual(int(job["paid"]), 0)
        self.assertEqual(int(self.net.provider("provider1")["bond"]), BOND - PRICE // 10)


if __name__ == "__main__":
    unittest.main()
