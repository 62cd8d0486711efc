#!/usr/bin/python3
"""A chain of four validators on the ledger: blocks, a transfer, restarts, crashes, export, and verify at the end."""

import base64
import json
import signal
import unittest

from support import Devnet, run


def balance(rpc, address):
    """By the ledger's own query; uyard."""
    request = b"\x0a" + bytes([len(address)]) + address.encode() + b"\x12\x05uyard"
    answer = rpc.call("abci_query", path="/cosmos.bank.v1beta1.Query/Balance", data=request.hex())["response"]
    assert answer.get("code", 0) == 0, answer
    value = base64.b64decode(answer["value"])
    return int(value[value.rindex(b"\x12") + 2:])


class Ledger(unittest.TestCase):
    def test_a_chain_lives_through_restarts_and_crashes(self):
        with Devnet(app="ledger", arguments=["--account", "alice"]) as net:
            self.change_params(net)
            net.start()
            net.wait_for_height(3)
            genesis = json.loads((net.home(0) / "config/genesis.json").read_text())
            alice = genesis["app_state"]["auth"]["accounts"][4]["address"]
            self.assertEqual(balance(net.rpc(0), alice), 10**12)
            net.kill(1)
            net.kill(2, signal.SIGKILL)
            net.start(1, 2)
            tip = net.rpc(0).height()
            net.wait_for_height(tip + 3)
            for index in (0, 1, 2, 3):
                net.kill(index)
            for index in (0, 3):
                done = run("-o", "json", "--home", net.home(index), "verify")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                found = json.loads(done.stdout)
                self.assertEqual(found["problems"], "0")
                if index == 0:
                    app_hash = found["app_hash"]
            self.check_export(net, app_hash)

    def change_params(self, net):
        """Blocks mint, so that there are rewards; and the state has nothing that an export leaves out."""
        for index in range(net.count):
            file = net.home(index) / "config/genesis.json"
            genesis = json.loads(file.read_text())
            params = genesis["app_state"]["params"]["params"]
            params["mint"] = {"steps": [{"from_height": "1", "amount": "1000003"}]}
            params["distribution"]["community_tax"] = "0.02"
            params["staking"]["historical_entries"] = 0
            file.write_text(json.dumps(genesis))

    def check_export(self, net, app_hash):
        """A chain that starts from an export has the very state of this one, and goes on."""
        file = net.folder / "exported.json"
        done = run("--home", net.home(0), "export", "--output-document", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run("-o", "json", "validate-genesis", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["validators"], "4")
        self.assertEqual(json.loads(done.stdout)["app_hash"], app_hash)
        height = int(json.loads(file.read_text())["initial_height"]) - 1
        earlier = run("--home", net.home(0), "export", "--height", height - 2)
        self.assertEqual(json.loads(earlier.stdout)["initial_height"], str(height - 1))
        for index in range(net.count):
            done = run("--home", net.home(index), "reset", "--i-accept-slashing")
            self.assertEqual(done.returncode, 0, done.stderr)
            (net.home(index) / "config/genesis.json").write_text(file.read_text())
        net.start()
        net.wait_for_height(height + 3)


if __name__ == "__main__":
    unittest.main()
