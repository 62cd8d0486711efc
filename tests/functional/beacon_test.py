#!/usr/bin/python3
"""Validators with and without their beacon keys, on a chain with the ledger."""

import base64
import json
import os
import re
import subprocess
import unittest

from support import ROOT, STEELYARDD, Devnet, run, wait_until

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))

KEYLESS = 3
SETTINGS = ("consensus.timeout_propose=500ms", "consensus.target_block_interval=100ms")


def varint(number):
    """As protobuf writes it; below 2^14."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])


class Net(Devnet):
    """Validators of a chain with the ledger, which may miss a key."""

    def __init__(self, epoch_blocks=1000):
        super().__init__(settings=SETTINGS, app="ledger")
        self.key_file = self.home(KEYLESS) / "config/beacon_key.json"
        for index in range(self.count):
            genesis = self.home(index) / "config/genesis.json"
            text = re.sub(r'("epoch_blocks": *)"\d+"', rf'\1"{epoch_blocks}"', genesis.read_text())
            genesis.write_text(text)

    def wallet(self, index, *arguments):
        done = subprocess.run(
            [STEELYARD, "--home", self.home(index), "--keyring-backend", "test", "-o", "json",
             "--node", f"tcp://127.0.0.1:{self.port(index) + 1}", *arguments],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def next_key(self, index, key):
        """The height from which on the key, which is registered, is in force; or one after it."""
        for row in self.wallet(index, "query", "beacon-keys")["keys"]:
            if row["next"] == key:
                return int(row["next_mature_height"])
            if row["current"] == key:
                return self.rpc(index).height() + 1
        raise AssertionError(f"{key} is not registered")

    def log(self, index):
        return (self.folder / f"node{index}.log").read_text()

    def address(self, index):
        return self.rpc(index).call("status")["validator_info"]["address"]

    def proposers(self, heights):
        rpc = self.rpc(0)
        return [rpc.call("block", height=str(height))["block"]["header"]["proposer_address"] for height in heights]

    def value(self, index, height):
        """The beacon's value, as the node's ledger answers."""
        data = (b"\x08" + varint(height)).hex()
        answer = self.rpc(index).call("abci_query", path="/steelyard.beacon.v1.Query/Value", data=data)
        return base64.b64decode(answer["response"]["value"] or "")[-32:]


class BeaconKeys(unittest.TestCase):
    def test_a_validator_without_its_key_votes_and_proposes_when_it_is_back(self):
        with Net() as net:
            hidden = net.key_file.with_name("hidden")
            os.rename(net.key_file, hidden)
            net.start()
            net.wait_for_height(2)
            self.assertIn("the beacon key will not do", net.log(KEYLESS))
            wait_until(lambda: "it is our turn, and we propose nothing" in net.log(KEYLESS), 30, "its turn")
            self.assertIn("beacon_key.json is not there: put the file of that key there", net.log(KEYLESS))
            net.wait_for_height(8)
            address = net.address(KEYLESS)
            self.assertNotIn(address, net.proposers(range(1, 9)))
            commit = net.rpc(0).call("commit", height="5")["signed_header"]["commit"]
            self.assertEqual(len(commit["signatures"]), net.count)

            os.rename(hidden, net.key_file)

            def has_proposed():
                height = net.rpc(0).height()
                return address in net.proposers(range(max(1, height - 3), height + 1))

            wait_until(has_proposed, 30, f"a block of node{KEYLESS}, which was not started anew")

    def test_a_registered_successor_takes_over_at_its_height_without_a_lost_turn(self):
        with Net(epoch_blocks=10) as net:
            next_file = net.home(KEYLESS) / "config/beacon_key_next.json"
            made = run("--home", net.home(KEYLESS), "gen-beacon-key", "--file", next_file)
            self.assertEqual(made.returncode, 0, made.stderr)
            key = json.loads(next_file.read_text())["pub_key"]["value"]
            net.start()
            net.wait_for_height(2)

            net.wallet(KEYLESS, "tx", "register-beacon-key", key, "--from", f"node{KEYLESS}", "--yes")
            mature = net.next_key(KEYLESS, key)
            net.wait_for_height(mature)
            os.rename(next_file, net.key_file)

            net.wait_for_height(mature + 2 * net.count)
            turns = net.proposers(range(mature - net.count, mature + 2 * net.count)).count(net.address(KEYLESS))
            self.assertGreaterEqual(turns, 2)
            self.assertNotIn("we propose nothing", net.log(KEYLESS))

    def test_every_block_has_a_value_and_all_nodes_the_same(self):
        with Net() as net:
            net.start()
            net.wait_for_height(6)

            values = [[net.value(index, height) for height in range(1, 6)] for index in range(net.count)]

            self.assertTrue(all(len(value) == 32 for value in values[0]))
            self.assertEqual(len(set(values[0])), 5)
            for others in values[1:]:
                self.assertEqual(others, values[0])
            block = net.rpc(0).call("block", height="5")["block"]
            self.assertEqual(len(base64.b64decode(block["data"]["txs"][0])), 125)

    def test_a_key_that_others_can_read_is_refused(self):
        with Net() as net:
            os.chmod(net.key_file, 0o640)

            started = subprocess.run([STEELYARDD, "--home", net.home(KEYLESS), "start"],
                                     capture_output=True, text=True, timeout=30, check=False)

            self.assertEqual(started.returncode, 1, started.stderr)
            self.assertIn("beacon_key.json", started.stderr)
            self.assertRegex(run("--home", net.home(KEYLESS), "doctor").stdout, r"BAD\s+beacon key")

    def test_keys_are_shown_and_made(self):
        with Net() as net:
            home = net.home(KEYLESS)
            shown = run("--home", home, "show-beacon-key").stdout.strip()
            self.assertEqual(len(base64.b64decode(shown)), 33)
            next_file = home / "config/beacon_key_next.json"
            self.assertEqual(run("--home", home, "gen-beacon-key", "--file", next_file).returncode, 0)
            self.assertEqual(next_file.stat().st_mode & 0o777, 0o600)
            self.assertNotEqual(run("--home", home, "gen-beacon-key", "--file", next_file).returncode, 0)


if __name__ == "__main__":
    unittest.main()
