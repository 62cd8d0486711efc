#!/usr/bin/python3
"""Who double-signs is slashed and tombstoned, who sleeps is jailed and may come back; delegators pay their part."""

import json
import os
import subprocess
import unittest
import urllib.request

from support import ROOT, Devnet, run, wait_until

WALLET = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
BYZANTINE = os.environ.get("BYZANTINE_NODE", str(ROOT / "build/release/bin/byzantine_node"))
REST_OFFSET = 7
STAKE = 20_000_000
DOUBLE_SIGN = (5, 100)
DOWNTIME = (1, 100)


class Penalties(unittest.TestCase):
    def setUp(self):
        self.net = Devnet(app="ledger", arguments=["--account", "alice"],
                          settings=["consensus.target_block_interval=250ms"])
        self.addCleanup(self.net.__exit__, None, None, None)
        self.set_params()
        self.net.start()
        self.net.wait_for_height(2)

    def set_params(self):
        """Windows that a test can wait for."""
        for index in range(self.net.count):
            file = self.net.home(index) / "config/genesis.json"
            genesis = json.loads(file.read_text())
            genesis["app_state"]["params"]["params"]["slashing"] |= {
                "signed_blocks_window": "20", "min_signed_per_window": "0.500000000000000000",
                "downtime_jail_seconds": "2", "slash_fraction_double_sign": "0.050000000000000000",
                "slash_fraction_downtime": "0.010000000000000000"}
            file.write_text(json.dumps(genesis))

    def wallet(self, home, *arguments):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
        done = subprocess.run(
            [WALLET, "--home", home, "--keyring-backend", "test", "-o", "json",
             "--node", f"tcp://127.0.0.1:{self.net.port(0) + 1}", *map(str, arguments)],
            capture_output=True, text=True, timeout=60, env=clean, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def rest(self, path):
        url = f"http://127.0.0.1:{self.net.port(0) + REST_OFFSET}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)

    def operator(self, index):
        return self.wallet(self.net.home(index), "keys", "show", f"node{index}", "--bech", "val")["address"]

    def validator(self, operator):
        return self.rest(f"/cosmos/staking/v1beta1/validators/{operator}")["validator"]

    def stake(self, delegator, operator):
        answer = self.rest(f"/cosmos/staking/v1beta1/validators/{operator}/delegations/{delegator}")
        return int(answer["delegation_response"]["balance"]["amount"])

    def delegate(self, operator):
        keyring = self.net.folder / "keyring"
        home = self.net.folder / "alice"
        if not home.exists():
            home.mkdir(mode=0o700)
            (keyring / "keyring-test").rename(home / "keyring-test")
        self.wallet(home, "tx", "delegate", operator, f"{STAKE}uyard", "--from", "alice", "--yes")
        return self.wallet(home, "keys", "show", "alice")["address"]

    def assert_slashed(self, before, after, fraction):
        """Exactly, but for what shares round away: one unit."""
        numerator, denominator = fraction
        expected = before - before * numerator // denominator
        self.assertIn(after, (expected, expected - 1))

    def verify(self):
        for index in list(self.net.processes):
            self.net.kill(index)
        done = run("-o", "json", "--home", self.net.home(0), "verify")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["problems"], "0")

    def test_a_double_sign(self):
        operator = self.operator(3)
        alice = self.delegate(operator)
        tokens = int(self.validator(operator)["tokens"])
        # The stake votes from two blocks after its own; an offence before that costs the old power's part.
        self.net.wait_for_height(self.net.rpc(0).height() + 3, [0, 1, 2])
        peers = [f"{run('--home', self.net.home(i), 'show-node-id').stdout.strip()}@127.0.0.1:{self.net.port(i)}"
                 for i in range(4)]
        with subprocess.Popen(
                [BYZANTINE, self.net.home(3) / "config/priv_validator_key.json", "functional", *peers],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as liar:
            try:
                wait_until(lambda: self.validator(operator)["jailed"], 60, "it is jailed")
            finally:
                liar.stdin.close()
        self.assert_slashed(tokens, int(self.validator(operator)["tokens"]), DOUBLE_SIGN)
        self.assert_slashed(STAKE, self.stake(alice, operator), DOUBLE_SIGN)
        infos = self.rest("/cosmos/slashing/v1beta1/signing_infos")["info"]
        self.assertEqual([info["tombstoned"] for info in infos].count(True), 1)

        refused = subprocess.run(
            [WALLET, "--home", self.net.home(3), "--keyring-backend", "test", "--node",
             f"tcp://127.0.0.1:{self.net.port(0) + 1}", "tx", "unjail", "--from", "node3", "--yes"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, "tombstoned|jailed for")
        height = self.net.rpc(0).height()
        self.net.wait_for_height(height + 3, [0, 1, 2])
        powers = self.net.rpc(0).call("validators")["validators"]
        self.assertEqual(len(powers), 3)
        self.verify()

    def test_a_sleeper(self):
        operator = self.operator(3)
        alice = self.delegate(operator)
        tokens = int(self.validator(operator)["tokens"])
        height = self.net.rpc(0).height()
        self.net.wait_for_height(max(height, 22), [0, 1, 2])
        self.net.kill(3)
        wait_until(lambda: self.validator(operator)["jailed"], 60, "it is jailed")
        self.assertEqual(self.validator(operator)["status"], "BOND_STATUS_UNBONDING")
        self.assert_slashed(tokens, int(self.validator(operator)["tokens"]), DOWNTIME)
        self.assert_slashed(STAKE, self.stake(alice, operator), DOWNTIME)

        self.net.start(3)
        self.net.wait_for_height(self.net.rpc(0).height(), [3])
        wait_until(lambda: self.unjail(3), 20, "the jail's time is over")
        self.assertEqual(self.validator(operator)["status"], "BOND_STATUS_BONDED")
        key = json.loads((self.net.home(3) / "config/priv_validator_key.json").read_text())
        wait_until(lambda: key["address"] in self.last_signers(), 30, "it signs again")
        self.verify()

    def last_signers(self):
        commit = self.net.rpc(0).call("commit")["signed_header"]["commit"]
        return [one["validator_address"] for one in commit["signatures"]]

    def unjail(self, index):
        done = subprocess.run(
            [WALLET, "--home", self.net.home(index), "--keyring-backend", "test", "--node",
             f"tcp://127.0.0.1:{self.net.port(0) + 1}", "tx", "unjail", "--from", f"node{index}", "--yes"],
            capture_output=True, text=True, timeout=60, check=False)
        return done.returncode == 0


if __name__ == "__main__":
    unittest.main()
