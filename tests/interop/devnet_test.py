#!/usr/bin/python3
"""Runs scripts of this folder against a chain of four nodes on loopback.

usage: devnet_test.py FOLDER kvstore|ledger; node's packages and the scripts are in FOLDER. STEELYARDD names the
program, and the last word what the chain runs.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/functional"))

from support import free_base_port  # noqa: E402

DEVNET = str(ROOT / "contrib/devnet")
SETTINGS = ["instrumentation.prometheus=true", "rpc.max_subscription_clients=3"]
SCRIPT_SECONDS = 120


def scripts(app, node, metrics):
    """What is run against a chain, with its arguments."""
    rpc = node["rpc"].removeprefix("http://")
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
            up = [DEVNET, "up", "--app", app, "--base-port", str(base), "-o", "json"]
            nodes = json.loads(subprocess.run(
                up + [word for setting in SETTINGS for word in ("--set", setting)],
                env=environment, stdout=subprocess.PIPE, check=True, timeout=SCRIPT_SECONDS).stdout)
            for command in scripts(app, nodes[0], f"127.0.0.1:{base + 4}"):
                subprocess.run(["node", *command], cwd=folder, check=True, timeout=SCRIPT_SECONDS)
            guard.stdin.close()
            assert guard.wait(SCRIPT_SECONDS) == 0


main()
