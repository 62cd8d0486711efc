"""A provider that works through the commands of steelyard: it starts, runs, commits and proves what is matched to it."""

import base64
import json
import pathlib
import subprocess
import threading
import time

from support import Rpc


class ScriptedProvider:
    """One provider and its worker. Inputs come from the node's blobs, programs from the chain; large results go back as blobs.

    `wallet` runs steelyard with arguments and gives the finished process.
    """

    def __init__(self, wallet, rpc_port, folder, provider="provider0", worker="worker0"):
        self.wallet = wallet
        self.port = rpc_port
        self.folder = pathlib.Path(folder)
        self.provider, self.worker = provider, worker
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.error = None

    def json(self, *arguments):
        done = self.wallet(*arguments, "--output", "json")
        if done.returncode not in (0, 6):  # 6: a run that ends in a fault
            raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def send(self, who, *arguments):
        return self.json(*arguments, "--from", who, "--yes")

    def register(self, price, attributes=()):
        words = [word for one in attributes for word in ("--attribute", one)]
        self.send(self.provider, "provider", "register", "--moniker", "P", "--region", "lab", "--bond", "50yard", *words)
        self.send(self.provider, "provider", "worker", "add", self.worker, "--class", 1, "--slots", 8)
        self.send(self.provider, "provider", "ask", "--class", 1, "--price", f"{price}uyard", "--work-units", "5,000,000",
                  "--lifetime", 100_000)

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join(60)

    def address(self, name):
        return self.json("keys", "show", name)["address"]

    def work(self):
        try:
            worker = self.address(self.worker)
            rpc = Rpc(self.port)
            while not self.stopping.is_set():
                for job in rpc.call("market_listJobs", worker=worker, only_live=True)["jobs"]:
                    self.advance(job)
                time.sleep(0.1)
        except (AssertionError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
            self.error = error

    def advance(self, job):
        name = f"{job['order_id']}/{job['task']}"
        home = self.folder / name.replace("/", "-")
        if job["state"] == "matched":
            self.send(self.worker, "tx", "market", "start", name)
        elif job["state"] == "started" and not (home / "run.json").exists():
            self.run(job, name, home)
        elif job["state"] == "challenged" and not (home / "proof").exists():
            self.prove(job, name, home)

    def run(self, job, name, home):
        home.mkdir(parents=True)
        program = home / "p.svm"
        self.json("program", "show", job["program"], "--out", program)
        given = self.inputs(job, program, home)
        report = self.json("vm", "run", program, *given, "--out", home / "out")
        results = []
        if "fault" not in report:
            for one in self.json("vm", "inspect", program)["outputs"]:
                file = home / "out" / f"{one['name']}.npy"
                self.json("blobs", "put", file)
                results += ["--result", file]
        (home / "run.json").write_text(json.dumps(report))
        self.send(self.worker, "tx", "market", "commit", name, "--run", home / "run.json", *results)

    def inputs(self, job, program, home):
        """The options that give a run its inputs, each fetched by its id."""
        given = []
        for number, one in enumerate(self.json("vm", "inspect", program)["inputs"]):
            file = home / f"input{number}.npy"
            if not file.exists():
                self.json("blobs", "get", job["inputs"][number], "--out", file)
            given += ["--input", f"{one['name']}={file}"]
        return given

    def prove(self, job, name, home):
        challenge = job["challenge"]
        proof = home / "proof"
        made = ["--seed", challenge["seed"], "--probes", challenge["probes"], "--out", home / "made"]
        self.json("vm", "prove", home / "p.svm", *self.inputs(job, home / "p.svm", home), *made)
        self.send(self.worker, "tx", "market", "prove", name, "--proof", home / "made")
        (home / "made").rename(proof)
