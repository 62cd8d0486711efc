#!/usr/bin/python3
"""Runs scripts of this folder against a chain of four nodes on loopback.

usage: devnet_test.py FOLDER kvstore|ledger|market; node's packages and the scripts are in FOLDER. The last word says what
the chain runs: `market` is the ledger with a worker, jobs and bids. STEELYARDD names the program, and for `market`
STEELYARD the wallet and STEELYARD_WORKER the worker.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/functional"))

from support import free_base_port  # noqa: E402

DEVNET = str(ROOT / "contrib/devnet")
SETTINGS = ["instrumentation.prometheus=true", "rpc.max_subscription_clients=3"]
SCRIPT_SECONDS = 120
# One worker, and windows in which a job is soon settled.
MARKET = ["--workers", "1", "--set", "consensus.target_block_interval=300ms", "--set", "consensus.empty_block_factor=1",
          "--param", "market.nominal_block_ms=300", "--param", "market.settle_blocks=4",
          "--param", "market.start_blocks=100", "--param", "market.commit_blocks=100",
          "--param", "market.respond_blocks=100"]
# y = |x| + 1 of four floats: doc/spec/vm.md, section 3.
PROGRAM = bytes.fromhex("53564d31 01 01 01 78 01 01 04 01 01 01 01 0000803f 02 8102 01 01 00 00 00008047 8004 01 02 02"
                        "01 00 00008047 00 00 01 01 79 0a")
LIMITS = [1, 3, 2, 3]  # of orders that no ask serves


class Wallet:
    """Runs steelyard for somebody of the devnet in a folder."""

    def __init__(self, folder, rpc):
        self.folder = pathlib.Path(folder)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")},
            "STEELYARD_HOME": str(self.folder / "keyring"), "STEELYARD_KEYRING_BACKEND": "test",
            "STEELYARD_NODE": f"tcp://{rpc}", "STEELYARD_FROM": "alice"}

    def run(self, *arguments):
        done = subprocess.run([os.environ["STEELYARD"], *map(str, arguments), "--output", "json"], cwd=self.folder, check=True,
                              env=self.environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              timeout=SCRIPT_SECONDS)
        return done.stdout.decode()

    def post(self, *arguments):
        """The number of the order."""
        events = json.loads(self.run("order", "post", *arguments, "--yes"))["events"]
        return next(one["value"] for event in events if event["type"] == "order"
                    for one in event["attributes"] if one["key"] == "id")


def make_market(folder, rpc):
    """A job that is settled, one that is cancelled, and bids that stay. The words that tell the script of them."""
    wallet = Wallet(folder, rpc)
    (wallet.folder / "p.svm").write_bytes(PROGRAM)
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    (wallet.folder / "x.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<4f", -1, 2, -3, 4))
    order = ["--program", "p.svm", "--input", "x=x.npy", "--class", "cpu.small"]
    wallet.run("run", "program", *order, "--out", "out", "--yes")
    settled = json.loads(wallet.run("order", "list", "alice"))["orders"][0]["order_id"]
    bids = [wallet.post(*order, "--limit-price", limit) for limit in LIMITS]
    wallet.run("order", "cancel", bids[0], "--yes")
    return ["1", "1", str(len(LIMITS) - 1), f"{settled}=settled", f"{bids[0]}=cancelled", f"{bids[1]}=open"]


def scripts(app, nodes, metrics, net_folder):
    """What is run against a chain, with its arguments."""
    node = nodes[0]
    rpc = node["rpc"].removeprefix("http://")
    if app == "market":
        other = nodes[1]["rpc"].removeprefix("http://")
        return [["market_proofs.mjs", rpc, other, str(ROOT / "src/proto"), *make_market(net_folder, rpc)]]
    rest = node["rest"].removeprefix("http://")
    if app == "ledger":
        return [["cosmos_client.mjs", rpc], ["store_proofs.mjs", rpc], ["keplr_checks.mjs", rpc, rest]]
    return [["comet_rpc.mjs", rpc, metrics], ["comet_client.mjs", rpc], ["rest_node.mjs", node["rest"], node["rpc"]],
            ["validate_open_rpc.mjs", node["rpc"]]]


def main():
    folder, app = pathlib.Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="steelyard-interop-") as net_folder:
        environment = {**os.environ, "DEVNET_DIR": net_folder}
        # Its input ends with this process, however that ends: then the chain ends too.
        with subprocess.Popen(["sh", "-c", f"read _; {DEVNET} down --clean"], stdin=subprocess.PIPE,
                              env=environment, start_new_session=True) as guard:
            base = free_base_port(4)
            up = [DEVNET, "up", "--app", "kvstore" if app == "kvstore" else "ledger", "--base-port", str(base),
                  "-o", "json", *(MARKET if app == "market" else [])]
            nodes = json.loads(subprocess.run(
                up + [word for setting in SETTINGS for word in ("--set", setting)],
                env=environment, stdout=subprocess.PIPE, check=True, timeout=SCRIPT_SECONDS).stdout)
            for command in scripts(app, nodes, f"127.0.0.1:{base + 4}", net_folder):
                subprocess.run(["node", *command], cwd=folder, check=True, timeout=SCRIPT_SECONDS)
            guard.stdin.close()
            assert guard.wait(SCRIPT_SECONDS) == 0


main()
