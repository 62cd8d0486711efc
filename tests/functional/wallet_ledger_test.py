#!/usr/bin/python3
"""steelyard on a devnet of the ledger: money and stake move, and are found where they went."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from support import ROOT, STEELYARDD, free_base_port

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}


class Ledger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-wallet-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.net = cls.folder / "net"
        cls.port = free_base_port(3)
        cls.devnet("up", "--app", "ledger", "--validators", "2", "--epoch-blocks", "3", "--base-port", cls.port)
        cls.addClassCleanup(cls.devnet, "down")
        cls.keys = cls.net / "keyring"

    @classmethod
    def devnet(cls, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=120,
                       stdout=subprocess.DEVNULL,
                       env={**CLEAN, "DEVNET_DIR": str(cls.net), "STEELYARDD": STEELYARDD})

    def run_wallet(self, *arguments, home=None):
        return subprocess.run(
            [STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
            env={**CLEAN, "STEELYARD_HOME": str(home or self.keys), "STEELYARD_KEYRING_BACKEND": "test",
                 "STEELYARD_NODE": f"tcp://127.0.0.1:{self.port + 1}"})

    def json(self, *arguments, **options):
        done = self.run_wallet("-o", "json", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refuse(self, exit_code, code, text, *arguments):
        done = self.run_wallet(*arguments)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(f"[{code}]", done.stderr)
        self.assertIn(text, done.stderr)

    def balance(self, who):
        coins = self.json("query", "balances", who)["balances"]
        return {coin["denom"]: int(coin["amount"]) for coin in coins}.get("uyard", 0)

    def send(self, *arguments):
        done = self.json("tx", *arguments, "--yes")
        self.assertEqual(done["code"], 0)
        return done

    @staticmethod
    def fee(done):
        return int(done["tx"]["auth_info"]["fee"]["amount"][0]["amount"])

    def validator(self):
        return self.json("query", "validators")["validators"][0]["operator_address"]

    def test_money_goes_from_one_to_another(self):
        before, before_bob = self.balance("alice"), self.balance("bob")
        done = self.send("send", "bob", "2.5yard", "--from", "alice", "--note", "thanks")

        self.assertEqual(self.balance("alice"), before - 2_500_000 - self.fee(done))
        self.assertEqual(self.balance("bob"), before_bob + 2_500_000)
        self.assertLess(int(done["gas_used"]), int(done["gas_wanted"]))
        found = self.json("query", "tx", done["txhash"])
        self.assertEqual(found, done)
        self.assertEqual(self.json("query", "txs", "alice")[0]["txhash"], done["txhash"])
        self.assertGreater(int(self.json("query", "account", "alice")["account"]["sequence"]), 0)
        self.refuse(4, "insufficient_funds", "", "tx", "send", "bob", "9000000yard", "--from", "alice", "--yes")

    def test_stake_is_given_earns_and_is_taken_back(self):
        validator = self.validator()
        for mode in ("direct", "amino-json"):
            self.send("delegate", validator, "100yard", "--from", "bob", "--sign-mode", mode)
        delegation = self.json("query", "delegations", "bob")["delegation_responses"][0]
        self.assertEqual(delegation["balance"], {"denom": "uyard", "amount": "200000000"})
        self.send("send", "carol", "1yard", "--from", "bob", "--fees", "500yard")
        reward = "0"
        for _ in range(100):
            total = self.json("query", "rewards", "bob")["total"]
            reward = total[0]["amount"] if total else "0"
            if float(reward) >= 1:
                break
            time.sleep(0.1)
        self.assertGreaterEqual(float(reward), 1, "a fee of 500 yard was shared out")
        before = self.balance("bob")
        done = self.send("withdraw", "--from", "bob")
        self.assertGreater(self.balance("bob"), before - self.fee(done))
        self.send("undelegate", validator, "50yard", "--from", "bob")
        entry = self.json("query", "unbonding", "bob")["unbonding_responses"][0]["entries"][0]
        self.assertEqual(entry["balance"], "50000000")
        self.send("cancel-unbonding", validator, "20yard", entry["creation_height"], "--from", "bob")
        entry = self.json("query", "unbonding", "bob")["unbonding_responses"][0]["entries"][0]
        self.assertEqual(entry["balance"], "30000000")
        self.refuse(1, "tx_would_fail", "validator does not exist", "tx", "delegate", "bob", "1yard", "--from", "bob",
                    "--yes")

    def test_two_of_three_pay_together(self):
        homes = [self.folder / f"person{i}" for i in range(3)]
        keys = [self.json("keys", "add", "me", home=home)["pubkey"] for home in homes]
        for home in homes:
            self.json("keys", "multisig", "us", "--threshold", 2, *map(json.dumps, keys), home=home)
        us = self.json("keys", "show", "us", home=homes[0])["address"]
        self.send("send", us, "10yard", "--from", "carol")
        unsigned = self.folder / "unsigned.json"
        done = self.run_wallet("tx", "send", "us", "1uyard", "--from", "us", "--generate-only", "--note", "ours",
                               "--output-document", unsigned, home=homes[0])
        self.assertEqual(done.returncode, 0, done.stderr)
        parts = []
        for i in (0, 2):
            parts.append(self.folder / f"part{i}.json")
            done = self.run_wallet("tx", "sign", unsigned, "--multisig", us, "--from", "me", "--yes",
                                   "--output-document", parts[-1], home=homes[i])
            self.assertEqual(done.returncode, 0, done.stderr)
        signed = self.folder / "signed.json"
        done = self.run_wallet("tx", "multisign", unsigned, "us", *parts, "--output-document", signed, home=homes[1])
        self.assertEqual(done.returncode, 0, done.stderr)

        sent = self.json("tx", "broadcast", signed)

        self.assertEqual(sent["code"], 0)
        self.assertEqual(self.json("query", "account", us)["account"]["sequence"], "1")

    def test_every_question_is_answered(self):
        validator = self.validator()
        for query in (["status"], ["block"], ["supply"], ["validators"], ["validator", validator], ["params"],
                      ["proposals"], ["beacon"], ["beacon-keys"], ["signing-info"], ["commission", validator],
                      ["slashes", validator], ["rewards", "alice"], ["delegations", "alice"], ["unbonding", "alice"],
                      ["redelegations", "alice"], ["txs", "tx.height>0"]):
            with self.subTest(query[0]):
                self.json("query", *query)
                text = self.run_wallet("query", *query)
                self.assertEqual(text.returncode, 0, text.stderr)
        self.assertEqual(len(self.json("query", "signing-info", validator)["info"]), 1)
        done = self.run_wallet("query", "commission", "alice")
        self.assertEqual((done.returncode, "rpc error" in done.stderr), (3, False), done.stderr)
        self.refuse(3, "account_not_found", "nobody has paid", "query", "account",
                    "yard1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq4s0n39")

    def test_a_validator_is_made(self):
        self.devnet("add")
        home = self.net / "node2"

        shown = subprocess.run([STEELYARDD, "--home", home, "show-validator"], capture_output=True, text=True, check=True,
                               env=CLEAN).stdout.strip()
        beacon_key = json.loads((home / "config/beacon_key.json").read_text())["pub_key"]["value"]
        self.send("create-validator", "--moniker", "third", "--pubkey", shown, "--amount", "100yard", "--from", "carol")
        self.send("register-beacon-key", beacon_key, "--from", "carol")
        self.send("edit-validator", "--details", "the third", "--from", "carol")
        shown = self.json("query", "validator", "carol")["validator"]
        self.assertEqual((shown["tokens"], shown["description"]["details"]), ("100000000", "the third"))
        self.assertEqual(shown["description"]["moniker"], "third")
        end = time.monotonic() + 50
        while self.json("query", "validator", "carol")["validator"]["status"] != "BOND_STATUS_BONDED":
            self.assertLess(time.monotonic(), end, "40 blocks after the key was registered")
            time.sleep(0.5)


unittest.main(verbosity=1)
