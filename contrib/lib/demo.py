"""A chain of four validators and three providers, of which one cheats, classifies 1,000 test images.

usage: contrib/demo [--keep] [--base-port P] [--tasks 20] [--folder DIR]

The programs are those of the preset release, or those that STEELYARDD, STEELYARD, STEELYARD_WORKER and
CHEATING_WORKER name. All that runs listens on loopback and is ended at the end, unless --keep leaves it; what a
killed demo has left is ended first. Exit code 0: every image was classified by a run that was proven, enough are
right, the cheat was slashed for an element that is wrong, its users have lost nothing, and a receipt holds.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "contrib/examples/fashion-mnist"
sys.path.insert(0, str(EXAMPLE))

import fashion_data  # noqa: E402
from chain import ChainError, Rpc, Wallet  # noqa: E402
from story import Story  # noqa: E402

VALIDATORS = 4
PROVIDERS = 3
CHEAT = 2
USER = "alice"
CLASS = "cpu.small"
RIGHT_SHARE_MIN = 0.85
DEVNET_SECONDS = 180
RUN_SECONDS = 600
END_SECONDS = 300
RECEIPT_SECONDS = 30


class Failure(Exception):
    """What is not as it should be."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def say(text=""):
    print(text, flush=True)


def yard(uyard):
    return f"{uyard / 1_000_000:.6f}".rstrip("0").rstrip(".") + " yard"


class Demo:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = arguments.folder.absolute()
        self.programs = {
            variable: fashion_data.program(variable, name)
            for variable, name in (("STEELYARDD", "steelyardd"), ("STEELYARD", "steelyard"),
                                   ("STEELYARD_WORKER", "steelyard-worker"), ("CHEATING_WORKER", "cheating_worker"))}
        self.rpc = Rpc(arguments.base_port + 1)
        self.wallet = Wallet(self.programs["STEELYARD"], self.folder / "net/keyring", arguments.base_port + 1)

    # The net.

    def devnet(self, *words):
        done = subprocess.run(
            [ROOT / "contrib/devnet", *map(str, words)], timeout=DEVNET_SECONDS, check=False, capture_output=True,
            text=True, env={**os.environ, **self.programs, "DEVNET_DIR": str(self.folder / "net")})
        expect(done.returncode == 0, f"contrib/devnet {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def clean(self):
        """Ends what a demo before this one has left, and removes it."""
        if (self.folder / "net/devnet.json").exists():
            self.devnet("down", "--clean")
        for name in ("net", "images", "results"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def start(self):
        say(f"Starting {VALIDATORS} validators and {PROVIDERS} providers, of which provider{CHEAT} cheats ...")
        self.devnet("up", "--validators", VALIDATORS, "--base-port", self.arguments.base_port, "--workers", PROVIDERS,
                    "--worker-program", f"{CHEAT}={self.programs['CHEATING_WORKER']}")
        self.first_height = self.rpc.height()
        self.user = self.wallet.run("keys", "show", USER, "--address").strip()
        self.balance_before = self.wallet.balance(USER)

    # The order.

    def order(self):
        tasks = self.arguments.tasks
        _, self.labels = fashion_data.write_tasks(self.folder / "images", tasks)
        say(f"Ordering {tasks} runs of fashion.onnx on {len(self.labels):,} test images, as {USER} ...")
        told = self.wallet.json("run", "infer", "--model", EXAMPLE / "fashion.onnx", "--array",
                                f"images={self.folder}/images/images-*.npy", "--class", CLASS, "--out",
                                self.folder / "results", "--from", USER, "--yes", seconds=RUN_SECONDS)
        self.order_id = int(told["order"])
        self.story = Story(self.rpc, self.wallet, self.order_id, self.first_height)
        self.wait_for_end()

    def wait_for_end(self):
        end = time.monotonic() + END_SECONDS
        while True:
            self.story.update()
            if self.story.all_ended(self.arguments.tasks):
                return
            expect(time.monotonic() < end, f"the order {self.order_id} is not over after {END_SECONDS} s")
            time.sleep(0.3)

    # What came of it: each part raises Failure if it is not true.

    def check_images(self):
        states = [job.end()[0] for job in self.story.jobs.values()]
        expect(states == ["settled"] * self.arguments.tasks, f"the jobs ended as {sorted(set(states))}")
        found = []
        for task in range(self.arguments.tasks):
            found += fashion_data.read_npy(self.folder / f"results/{task}/label.npy")[1]
        right = sum(one == other for one, other in zip(found, self.labels))
        expect(len(found) == len(self.labels), f"{len(found)} labels came for {len(self.labels)} images")
        expect(right >= RIGHT_SHARE_MIN * len(found), f"only {right} of {len(found)} images are right")
        say(f"accuracy       {right:,} of {len(found):,} images ({100 * right / len(found):.1f} %)")

    def receipt_of(self, task):
        path = self.folder / f"results/{task}.receipt"
        path.unlink(missing_ok=True)
        self.wallet.run("receipt", "show", f"{self.order_id}/{task}", "--out", path)
        return path, json.loads(path.read_text())["receipt"]

    def check_money(self):
        """To the uyard: what the user has less is the price of runs and proofs that hold, and fees."""
        receipts = [self.receipt_of(task)[1] for task in range(self.arguments.tasks)]
        paid, proofs = (sum(int(one[name]) for one in receipts) for name in ("paid", "proof_paid"))
        fees = self.story.fees.get(self.user, 0)
        deposit = int(self.wallet.json("program", "show", receipts[0]["program"])["program"]["deposit"])
        less = self.balance_before - self.wallet.balance(USER)
        damages = sum(self.story.price_of(job, height) for job, height in self.story.slashed())
        expect(paid + proofs + fees + deposit - less >= damages,
               f"{USER} has {less} uyard less, for runs of {paid}, proofs of {proofs}, fees of {fees}, a deposit of "
               f"{deposit} and damages of {damages}")
        say(f"price          {yard(paid)} for {len(receipts)} runs, {yard(proofs)} for their proofs")
        say(f"work           {sum(int(one['work_units']) for one in receipts):,} work units")
        return damages

    def tell_times(self):
        for name, first, last in (("match", "entered", "matched"), ("start", "matched", "started"),
                                  ("commit", "started", "committed"), ("settle", "committed", "ended")):
            middle, longest = self.story.seconds_between(first, last)
            say(f"time to {name:<6} {middle:.1f} s, at most {longest:.1f} s")

    def check_proofs(self):
        """Every run that was paid for was proven; and what the proofs cost."""
        right = [one for one in self.story.proofs if one.verdict == "right"]
        challenges = sum(len(job.heights("challenged")) for job in self.story.jobs.values())
        for task, job in self.story.jobs.items():
            expect(job.last("proved"), f"{self.order_id}/{task} was paid for without a proof")
        sizes, gas = [one.bytes for one in right], [one.gas for one in right]
        say(f"verification   {challenges} challenges, {len(right)} right proofs: {statistics.median(sizes):,.0f} bytes "
            f"and {statistics.median(gas):,.0f} gas each, {sum(sizes):,} bytes in all")

    def check_cheat(self, damages):
        """It was slashed for an element that the chain names, and whoever it cheated has an honest result."""
        wrong = [one for one in self.story.proofs if one.verdict == "wrong"]
        expect(wrong, f"provider{CHEAT} was not caught")
        slashes = self.wallet.json("provider", "slashes", f"provider{CHEAT}")
        taken = sum(int(one["amount"]) for one in slashes if one["action"] == "slashed")
        nodes = self.wallet.json("vm", "inspect", EXAMPLE / "fashion.onnx", "--nodes")["node_list"]
        for one in wrong:
            found = re.match(r"step (\d+) element (\d+): (.*)", one.reason)
            expect(found, f"no element is named: {one.reason}")
            # The program has no loops: each step is a node.
            say(f"cheat          job {one.job}, block {one.height}: step {found[1]} ({nodes[int(found[1])]['op']}), "
                f"element {found[2]}: {found[3]}")
        say(f"               provider{CHEAT} lost {yard(taken)} of its bond")
        others = {job.end()[1] for job in self.story.jobs.values()}
        cheat = self.wallet.run("keys", "show", f"provider{CHEAT}", "--address").strip()
        expect(cheat not in others, f"a run of provider{CHEAT} was paid for")
        say(f"made whole     {len(wrong)} runs were done again by others; {USER} got {yard(damages)} damages")

    def check_receipt(self):
        """Offline, from a header that another node tells."""
        path, receipt = self.receipt_of(0)
        height = int(json.loads(path.read_text())["header"]["height"])
        other = Rpc(self.arguments.base_port + 11)
        end = time.monotonic() + RECEIPT_SECONDS
        while other.height() < height:
            expect(time.monotonic() < end, f"the second node has no block {height}")
            time.sleep(0.1)
        header = self.folder / "results/header.json"
        header.write_text(json.dumps(other.call("commit", height=str(height))))
        self.wallet.run("receipt", "verify", path, "--header", header, "--node", "tcp://127.0.0.1:1")
        say(f"receipt        {path.name} holds against the header of block {height} of another node")

    def tell_of_net(self):
        net = self.folder / "net"
        say(f"""
The net is left up. Look around:
  export PATH={pathlib.Path(self.programs['STEELYARD']).parent}:$PATH DEVNET_DIR={net}
  export STEELYARD_HOME={net}/keyring STEELYARD_KEYRING_BACKEND=test
  export STEELYARD_NODE=tcp://127.0.0.1:{self.arguments.base_port + 1}
  {ROOT}/contrib/devnet status
  steelyard order show {self.order_id}
  steelyard provider list
  {ROOT}/contrib/devnet down --clean""")

    def run(self):
        self.clean()
        try:
            self.start()
            self.order()
            say()
            self.check_images()
            damages = self.check_money()
            self.tell_times()
            self.check_proofs()
            self.check_cheat(damages)
            self.check_receipt()
            if self.arguments.keep:
                self.tell_of_net()
        finally:
            if not self.arguments.keep:
                self.devnet("down")


def parse():
    parser = argparse.ArgumentParser(prog="contrib/demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="leave the net up")
    parser.add_argument("--base-port", type=int, default=27656)
    parser.add_argument("--tasks", type=int, default=20, help="of 50 images each")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".demo")
    return parser.parse_args()


def main():
    arguments = parse()
    if not fashion_data.is_installed():
        print(f"demo: {fashion_data.DATA} has no images: install Debian's package dataset-fashion-mnist", file=sys.stderr)
        return 1
    try:
        Demo(arguments).run()
    except (Failure, ChainError, subprocess.TimeoutExpired) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
