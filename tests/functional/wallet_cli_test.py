#!/usr/bin/python3
"""The commands of steelyard that need no node: keys, offline transactions, errors, completions."""

import base64
import json
import os
import pathlib
import pty
import select
import subprocess
import tempfile
import termios
import time
import unittest

from support import ROOT

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
MNEMONIC = "abandon " * 11 + "about"
ADDRESS = "yard19rl4cm2hmr8afy4kldpxz3fka4jguq0a6nz3fd"
BEACON_KEY = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
PUBLIC_KEY = "Ak9OKtmcNNYLm6YoPJQxqEGK+GcyEpYfl6d7Y3f80Fti"
OFFLINE = ["--offline", "-a", "5", "-s", "3", "--chain-id", "test-1", "--yes"]
PRICED = ["--gas", "100000", "--fees", "1000uyard"]


def run(*arguments, home, backend="test", stdin=None, env=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
    return subprocess.run(
        [STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=60, input=stdin or "", check=False,
        start_new_session=True,  # no terminal to ask at
        env={**clean, "STEELYARD_HOME": str(home), "STEELYARD_KEYRING_BACKEND": backend, **(env or {})})


class Wallet(unittest.TestCase):
    backend = "test"

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.home = self.folder / "home"

    def run_wallet(self, *arguments, **options):
        options = {"home": self.home, "backend": self.backend, **options}
        return run(*arguments, **options)

    def succeed(self, *arguments, **options):
        done = self.run_wallet(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def json(self, *arguments, **options):
        return json.loads(self.succeed("-o", "json", *arguments, **options))

    def refuse(self, exit_code, code, text, *arguments, **options):
        """Both as text and as JSON."""
        done = self.run_wallet(*arguments, **options)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(f"[{code}]", done.stderr)
        self.assertIn(text, done.stderr)
        done = self.run_wallet("-o", "json", *arguments, **options)
        self.assertEqual(done.returncode, exit_code)
        error = json.loads(done.stderr.splitlines()[-1])
        self.assertEqual(error["code"], code)
        self.assertIn(text, error["message"] + error.get("hint", ""))

    def recover(self, name="alice", *arguments, **options):
        return self.json("keys", "add", name, "--recover", *arguments, stdin=MNEMONIC + "\n", **options)

    def write(self, name, content):
        path = self.folder / name
        path.write_text(content)
        path.chmod(0o600)
        return path


class Keys(Wallet):
    def test_a_key_comes_from_its_words_as_in_other_wallets(self):
        key = self.recover()

        self.assertEqual(key["address"], ADDRESS)
        self.assertEqual(key["pubkey"], {"@type": "/cosmos.crypto.secp256k1.PubKey", "key": PUBLIC_KEY})
        self.assertNotIn("mnemonic", key)
        second = self.recover("second", "--index", "1")
        self.assertNotEqual(second["address"], ADDRESS)
        self.assertEqual(self.recover("again", "--hd-path", "m/44'/118'/0'/0/1", "--dry-run")["address"],
                         second["address"])

    def test_a_new_key_shows_its_words_once(self):
        made = self.json("keys", "add", "alice")
        words = made["mnemonic"].split()
        self.assertEqual(len(words), 24)
        self.assertNotIn(words[0] + " " + words[1], self.succeed("keys", "show", "alice"))
        other = self.folder / "other"
        again = self.json("keys", "add", "x", "--recover", stdin=made["mnemonic"], home=other)
        self.assertEqual(again["address"], made["address"])

    def test_keys_are_listed_shown_and_deleted(self):
        self.recover()
        self.json("keys", "add", "bob")
        self.assertEqual([key["name"] for key in self.json("keys", "list")], ["alice", "bob"])
        self.assertRegex(self.succeed("keys", "list"), rf"NAME +TYPE +ADDRESS\nalice +local +{ADDRESS}\n")
        self.assertEqual(self.succeed("keys", "show", "alice", "-a"), ADDRESS + "\n")
        self.assertEqual(self.succeed("keys", "show", ADDRESS, "-a"), ADDRESS + "\n")
        self.assertTrue(self.succeed("keys", "show", "alice", "-a", "--bech", "val").startswith("yardvaloper1"))
        self.assertTrue(self.succeed("keys", "show", "alice", "-a", "--bech", "cons").startswith("yardvalcons1"))
        self.refuse(2, "confirmation_needed", "--yes", "keys", "delete", "alice")
        self.succeed("keys", "delete", "alice", "--yes")
        self.assertEqual([key["name"] for key in self.json("keys", "list")], ["bob"])

    def test_nothing_is_kept_in_a_dry_run(self):
        self.json("keys", "add", "alice", "--dry-run")
        self.assertEqual(self.json("keys", "list"), [])
        self.assertFalse(self.home.exists())

    def test_files_are_for_their_owner_only(self):
        self.recover()
        for path in [self.home / "keyring-test", *(self.home / "keyring-test").iterdir()]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        (self.home / "keyring-test" / "alice.json").chmod(0o644)
        self.refuse(1, "denied", "chmod 600", "keys", "list")

    def test_the_test_keyring_warns(self):
        done = self.run_wallet("keys", "add", "alice")
        self.assertIn("not encrypted", done.stderr)

    def test_wrong_keys_are_refused(self):
        self.recover()
        self.refuse(3, "key_not_found", "there are alice", "keys", "show", "bob")
        self.refuse(2, "key_exists", "already", "keys", "add", "alice")
        self.refuse(2, "key_exists", 'as "alice"', "keys", "add", "bob", "--recover", stdin=MNEMONIC)
        self.refuse(2, "invalid_argument", "a key's name", "keys", "add", "../bob")
        self.refuse(2, "invalid_argument", "", "keys", "add", "bob", "--recover", stdin="abandon about")
        self.refuse(2, "invalid_argument", "", "keys", "add", "bob", "--pubkey", "02")
        self.refuse(2, "invalid_argument", "", "keys", "add", "bob", "--hd-path", "m/44/x")
        self.refuse(2, "invalid_argument", "--index", "keys", "add", "bob", "--index", "2147483648")

    def test_a_key_travels_between_keyrings(self):
        self.recover()
        password = self.write("password", "a password\n")
        file = self.folder / "alice.key"
        self.succeed("keys", "export", "alice", "--file", file, "--new-password-file", password)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(json.loads(file.read_text())["format"], "steelyard-keystore")
        other = self.folder / "other"
        wrong = self.write("wrong", "another\n")
        self.refuse(1, "wrong_password", "", "keys", "import", "alice", file, "--source-password-file", wrong,
                    home=other)
        made = self.json("keys", "import", "alice", file, "--source-password-file", password, home=other)
        self.assertEqual(made["address"], ADDRESS)
        done = self.run_wallet("keys", "export", "alice", "--unsafe-hex")
        self.assertIn("warning", done.stderr)
        again = self.json("keys", "import", "hex", "-", stdin=done.stdout, home=self.folder / "third")
        self.assertEqual(again["address"], ADDRESS)
        self.refuse(2, "invalid_argument", "64 hex digits", "keys", "import", "x", "-", stdin="no key")

    def test_a_key_comes_from_an_ethereum_wallet(self):
        file = self.write("eth.json", json.dumps({"version": 3, "crypto": {
            "cipher": "aes-128-ctr", "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46", "kdf": "pbkdf2",
            "kdfparams": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
                          "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"}}))
        self.json("keys", "import", "eth", file, "--source-password-file", self.write("p", "testpassword\n"))
        self.assertEqual(self.run_wallet("keys", "export", "eth", "--unsafe-hex").stdout.strip(),
                         "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
        self.refuse(1, "wrong_password", "", "keys", "import", "x", file, "--source-password-file",
                    self.write("q", "wrong\n"))


class EncryptedKeys(Wallet):
    backend = "file"

    def test_one_password_is_for_all_keys(self):
        good = ["--password-file", self.write("password", "correct horse\n")]
        bad = ["--password-file", self.write("wrong", "wrong\n")]
        self.recover("alice", *good)
        text = (self.home / "keyring-file/alice.json").read_text()
        self.assertEqual(json.loads(text)["kdf"]["name"], "scrypt")
        self.refuse(1, "wrong_password", "", "keys", "add", "bob", *bad)
        self.json("keys", "add", "bob", *good)
        send = ["tx", "send", "bob", "1yard", "--from", "alice", *OFFLINE, *PRICED]
        self.refuse(1, "wrong_password", "alice", *send, *bad)
        self.assertEqual(len(json.loads(self.succeed(*send, *good))["signatures"]), 1)
        self.refuse(2, "password_needed", "--password-file", *send)
        self.json("keys", "list")

    def test_a_password_file_that_others_read_is_refused(self):
        file = self.write("password", "correct horse\n")
        file.chmod(0o644)
        self.refuse(1, "denied", "chmod 600", "keys", "add", "alice", "--password-file", file)
        file.chmod(0o600)
        file.write_text("\n")
        self.refuse(2, "invalid_argument", "empty", "keys", "add", "alice", "--password-file", file)

    def test_the_password_may_come_from_standard_input(self):
        made = self.json("keys", "add", "alice", "--password-file", "-", stdin="correct horse\n")
        self.assertIn("mnemonic", made)


class Terminal:
    """steelyard at a terminal of its own; what it shows is kept."""

    def __init__(self, *arguments, home, backend):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
        environment = {**clean, "STEELYARD_HOME": str(home), "STEELYARD_KEYRING_BACKEND": backend}
        self.shown = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(STEELYARD, [STEELYARD, *map(str, arguments)], environment)

    def read(self):
        """False at the end."""
        if not select.select([self.terminal], [], [], 30)[0]:
            raise AssertionError(f"nothing for 30 s after {self.shown!r}")
        try:
            more = os.read(self.terminal, 4096).decode()
        except OSError:
            return False
        self.shown += more
        return more != ""

    def answer(self, question, text):
        start = len(self.shown)
        while question not in self.shown[start:]:
            assert self.read(), self.shown
        # The question comes before the terminal hides what is typed.
        end = time.monotonic() + 10
        while termios.tcgetattr(self.terminal)[3] & termios.ECHO and text not in "yn" and time.monotonic() < end:
            time.sleep(0.01)
        os.write(self.terminal, (text if text == "\x03" else text + "\n").encode())

    def end(self):
        """The exit status."""
        while self.read():
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


class AtTheTerminal(Wallet):
    backend = "file"

    def at_terminal(self, *arguments):
        return Terminal(*arguments, home=self.home, backend=self.backend)

    def test_a_password_is_asked_for_once_and_not_shown(self):
        new = self.at_terminal("keys", "add", "alice")
        new.answer("New password", "correct horse")
        new.answer("Again", "correct horse")
        self.assertEqual(new.end(), 0, new.shown)
        self.assertNotIn("horse", new.shown)
        words = [line for line in new.shown.splitlines() if len(line.split()) == 24]
        self.assertEqual(len(words), 1)

        second = self.at_terminal("keys", "add", "bob")
        second.answer("Password of", "correct horse")
        self.assertEqual(second.end(), 0, second.shown)

        send = self.at_terminal("tx", "send", "bob", "2.5yard", "--from", "alice", *OFFLINE[:-1], *PRICED)
        send.answer("[y/N]", "y")
        send.answer("Password of", "correct horse")
        self.assertEqual(send.end(), 0, send.shown)
        self.assertEqual(send.shown.count("Password"), 1)
        self.assertIn("2.5 yard", send.shown)

    def test_new_passwords_are_said_twice_alike(self):
        new = self.at_terminal("keys", "add", "alice")
        new.answer("New password", "one")
        new.answer("Again", "another")
        self.assertEqual(new.end(), 2)
        self.assertIn("not the same", new.shown)

    def test_ctrl_c_and_no_leave_nothing_behind(self):
        cancelled = self.at_terminal("keys", "add", "alice")
        cancelled.answer("New password", "\x03")
        self.assertEqual(cancelled.end(), 1)
        self.assertIn("[cancelled]", cancelled.shown)
        self.assertFalse(self.home.exists())
        self.backend = "test"
        self.recover()
        kept = self.at_terminal("keys", "delete", "alice")
        kept.answer("[y/N]", "n")
        self.assertEqual(kept.end(), 1)
        self.assertIn("[cancelled]", kept.shown)
        self.assertEqual(self.succeed("keys", "show", "alice", "-a"), ADDRESS + "\n")


class Transactions(Wallet):
    def setUp(self):
        super().setUp()
        self.recover()
        self.bob = self.json("keys", "add", "bob")["address"]

    def make(self, *arguments):
        return json.loads(self.succeed("tx", *arguments, "--from", "alice", "--offline", "--generate-only", *PRICED))

    def test_amounts_are_those_of_people(self):
        for text, amount in (("2.5yard", "2500000"), ("10uyard", "10"), ("1yard", "1000000")):
            message = self.make("send", "bob", text)["body"]["messages"][0]
            self.assertEqual(message["amount"], [{"denom": "uyard", "amount": amount}])
            self.assertEqual((message["from_address"], message["to_address"]), (ADDRESS, self.bob))
        for text, why in (("1.5uyard", "no fractions"), ("5", "no denomination"), ("0yard", "nothing"),
                          ("0.0000001yard", "more than 6 places"), ("-1yard", "no amount")):
            self.refuse(2, "invalid_argument", why, "tx", "send", "--offline", *PRICED, "--from", "alice", "--",
                        "bob", text)

    def test_every_kind_of_message_is_made(self):
        val = self.succeed("keys", "show", "bob", "-a", "--bech", "val").strip()
        own = self.succeed("keys", "show", "alice", "-a", "--bech", "val").strip()
        key = '{"type":"tendermint/PubKeySecp256k1","value":"%s"}' % PUBLIC_KEY
        params = self.write("params.json", '{"fees":{"min_gas_price":"0.02"}}')
        yard = {"denom": "uyard", "amount": "1000000"}
        for arguments, kind, fields in (
                (["multi-send", f"bob:1yard", f"{ADDRESS}:2yard"], "bank.v1beta1.MsgMultiSend",
                 {"inputs": [{"address": ADDRESS, "coins": [{"denom": "uyard", "amount": "3000000"}]}]}),
                (["delegate", val, "1yard"], "staking.v1beta1.MsgDelegate",
                 {"delegator_address": ADDRESS, "validator_address": val, "amount": yard}),
                (["delegate", "bob", "1yard"], "staking.v1beta1.MsgDelegate", {"validator_address": val}),
                (["undelegate", val, "1yard"], "staking.v1beta1.MsgUndelegate", {"amount": yard}),
                (["redelegate", val, own, "1yard"], "staking.v1beta1.MsgBeginRedelegate",
                 {"validator_src_address": val, "validator_dst_address": own}),
                (["cancel-unbonding", val, "1yard", "7"], "staking.v1beta1.MsgCancelUnbondingDelegation",
                 {"creation_height": "7"}),
                (["withdraw", val], "distribution.v1beta1.MsgWithdrawDelegatorReward", {"validator_address": val}),
                (["withdraw-commission"], "distribution.v1beta1.MsgWithdrawValidatorCommission",
                 {"validator_address": own}),
                (["set-withdraw-address", "bob"], "distribution.v1beta1.MsgSetWithdrawAddress",
                 {"withdraw_address": self.bob}),
                (["fund-community-pool", "1yard"], "distribution.v1beta1.MsgFundCommunityPool", {"amount": [yard]}),
                (["unjail"], "slashing.v1beta1.MsgUnjail", {"validator_addr": own}),
                (["create-validator", "--moniker", "me", "--pubkey", key, "--amount", "1yard"],
                 "staking.v1beta1.MsgCreateValidator",
                 {"value": yard, "validator_address": own, "min_self_delegation": "1",
                  "pubkey": {"@type": "/cosmos.crypto.secp256k1.PubKey", "key": PUBLIC_KEY}}),
                (["edit-validator", "--details", "x", "--commission-rate", "0.05"],
                 "staking.v1beta1.MsgEditValidator",
                 {"commission_rate": "0.050000000000000000", "min_self_delegation": None})):
            with self.subTest(arguments[0]):
                message = self.make(*arguments)["body"]["messages"][0]
                self.assertEqual(message["@type"], "/cosmos." + kind)
                self.assertEqual({name: message[name] for name in fields}, fields)
        for arguments, kind in (
                (["propose-params", params], "params.v1.MsgProposeParams"),
                (["approve-params", "1", "--hash", "ab" * 32], "params.v1.MsgApproveParams"),
                (["register-beacon-key", BEACON_KEY], "beacon.v1.MsgRegisterKey"),
                (["register-beacon-key", base64.b64encode(bytes.fromhex(BEACON_KEY)).decode()],
                 "beacon.v1.MsgRegisterKey")):
            message = self.make(*arguments)["body"]["messages"][0]
            self.assertEqual(message["@type"], "/steelyard." + kind)
            self.assertEqual(message["validator_address"], own)

    def test_wrong_arguments_are_refused_with_their_reason(self):
        for arguments, why in (
                (["send", "yard1xyz", "1yard"], "address"),
                (["send", self.succeed("keys", "show", "bob", "-a", "--bech", "val").strip(), "1yard"],
                 "is a validator's operator address"),
                (["delegate", "bob", "1uabc"], "stake is in yard"),
                (["multi-send", "bob"], "RECIPIENT:AMOUNT"),
                (["edit-validator", "--commission-rate", "5"], "number from 0 to 1"),
                (["create-validator", "--moniker", "m", "--pubkey", "x", "--amount", "1yard"], "show-validator"),
                (["approve-params", "1", "--hash", "xy"], "64 hex digits"),
                (["register-beacon-key", "ab"], "33 bytes of a public key"),
                (["withdraw"], "name the validators"),
                (["send", "bob", "1yard", "--gas", "much"], "neither auto nor a number"),
                (["send", "bob", "1yard", "--gas-prices", "1uyard"], "excludes"),
                (["send", "cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a", "1yard"], "of another chain"),
                (["send", "bob", "1e3yard"], "exponent"),
                (["cancel-unbonding", "bob", "1yard", "x"], "height"),
                (["frobnicate"], 'no command or option "frobnicate"'),
                (["send", "bob"], "amount is required"),
                (["send", "bob", "1yard", "--no-such"], "--no-such")):
            with self.subTest(arguments):
                self.refuse(2, "invalid_argument", why, "tx", *arguments, "--from", "alice", "--offline",
                            "--fees", "1uyard", *([] if "--gas" in arguments else ["--gas", "1"]))
        self.refuse(3, "key_not_found", "carol", "tx", "send", "carol", "1yard", "--from", "alice", *OFFLINE, *PRICED)
        self.refuse(3, "key_not_found", "carol", "tx", "send", "bob", "1yard", "--from", "carol", *OFFLINE, *PRICED)
        self.refuse(2, "invalid_argument", "2 keys to choose from", "tx", "send", "bob", "1yard", *OFFLINE, *PRICED)
        self.refuse(3, "file_not_found", "none.json", "tx", "propose-params", "none.json", "--from", "alice", *OFFLINE,
                    *PRICED)

    def test_offline_says_what_it_cannot_ask(self):
        for arguments, why in ((["--gas", "1"], "say --fees"), (["--fees", "1uyard"], "say --gas N"),
                               ([*PRICED], "say --chain-id"),
                               ([*PRICED, "--chain-id", "x", "-a", "1"], "say --account-number and --sequence")):
            self.refuse(2, "invalid_argument", why, "tx", "send", "bob", "1yard", "--from", "alice", "--offline",
                        *arguments)
        self.refuse(2, "confirmation_needed", "--yes", "tx", "send", "bob", "1yard", "--from", "alice", *PRICED,
                    "--offline", "-a", "1", "-s", "1", "--chain-id", "x")

    def test_nothing_is_sent_where_no_node_listens(self):
        node = ["--node", "tcp://127.0.0.1:1"]
        self.refuse(5, "node_unreachable", "127.0.0.1:1", "tx", "send", "bob", "1yard", "--from", "alice", *node)
        for query in (["balances", "alice"], ["status"], ["validators"], ["params"], ["txs", "alice"], ["block"]):
            self.refuse(5, "node_unreachable", "is the node running", "query", *query, *node)
        self.refuse(2, "invalid_argument", "has no port", "query", "status", "--node", "x")
        self.refuse(2, "invalid_argument", "64 hex digits", "query", "tx", "xyz")

    def test_a_transaction_is_signed_in_steps_or_at_once(self):
        at_once = json.loads(self.succeed("tx", "send", "bob", "1yard", "--from", "alice", *OFFLINE, *PRICED))
        unsigned = self.folder / "unsigned.json"
        self.succeed("tx", "send", "bob", "1yard", "--from", "alice", "--offline", "--generate-only", *PRICED,
                     "--output-document", unsigned)
        in_steps = json.loads(self.succeed("tx", "sign", unsigned, "--from", "alice", *OFFLINE))

        self.assertEqual(in_steps, at_once)
        self.assertEqual(at_once["auth_info"]["signer_infos"][0]["sequence"], "3")
        self.assertEqual(len(base64.b64decode(at_once["signatures"][0])), 64)
        amino = json.loads(self.succeed("tx", "sign", unsigned, "--from", "alice", *OFFLINE, "--sign-mode",
                                        "amino-json"))
        self.assertNotEqual(amino["signatures"], at_once["signatures"])
        self.refuse(2, "not_signed", "tx sign", "tx", "broadcast", unsigned)
        self.refuse(2, "invalid_argument", "does not sign", "tx", "sign", unsigned, "--from", "bob", *OFFLINE)
        self.refuse(2, "invalid_tx_file", "", "tx", "sign", self.write("bad.json", "{"), "--from", "alice", *OFFLINE)
        self.refuse(3, "file_not_found", "", "tx", "sign", "none.json", "--from", "alice", *OFFLINE)

    def test_a_transaction_is_decoded(self):
        signed = self.write("signed.json", self.succeed("tx", "send", "bob", "1.25yard", "--from", "alice", *OFFLINE,
                                                        *PRICED, "--note", "for <you>"))
        text = self.succeed("tx", "decode", signed)
        for line in (r"MsgSend\n", r"amount +1.25 yard\n", r"fee +0.001 yard\n", r"note +for <you>\n",
                     rf"signed by +{ADDRESS}\n"):
            self.assertRegex(text, line)
        self.assertEqual(self.json("tx", "decode", signed), json.loads(signed.read_text()))
        self.refuse(2, "invalid_argument", "", "tx", "decode", "0a00")

    def test_two_of_three_keyrings_sign_for_a_multisig_key(self):
        people = [self.folder / f"person{i}" for i in range(3)]
        keys = [self.json("keys", "add", "me", home=home)["pubkey"] for home in people]
        for home in people:
            for i, key in enumerate(keys):
                if home != people[i]:
                    self.json("keys", "add", f"p{i}", "--pubkey", json.dumps(key), home=home)
            self.json("keys", "multisig", "us", "--threshold", "2", *map(json.dumps, keys), home=home)
        shown = [self.json("keys", "show", "us", home=home) for home in people]
        self.assertEqual(len({key["address"] for key in shown}), 1)
        self.assertEqual(shown[0]["type"], "multisig 2 of 3")

        us = shown[0]["address"]
        unsigned = self.folder / "unsigned.json"
        self.succeed("tx", "send", ADDRESS, "1yard", "--from", "us", "--offline", "--generate-only", *PRICED,
                     "--output-document", unsigned, home=people[0])
        parts = []
        for i, home in enumerate(people):
            part = self.folder / f"part{i}.json"
            self.succeed("tx", "sign", unsigned, "--from", "me", "--multisig", us, *OFFLINE, "--output-document", part,
                         home=home)
            parts.append(part)
        join = ["tx", "multisign", unsigned, "us"]
        signed = json.loads(self.succeed(*join, parts[2], parts[0], *OFFLINE, home=people[1]))
        info = signed["auth_info"]["signer_infos"][0]
        self.assertEqual(info["public_key"]["threshold"], 2)
        self.assertEqual(info["mode_info"]["multi"]["bitarray"]["extra_bits_stored"], 3)
        self.assertEqual(len(signed["signatures"]), 1)

        self.refuse(1, "not_enough_signatures", "1 members signed, 2 must", *join, parts[0], *OFFLINE, home=people[0])
        other = [*OFFLINE]
        other[other.index("-s") + 1] = "4"
        self.refuse(2, "invalid_argument", "", *join, *OFFLINE, home=people[0])
        self.refuse(1, "bad_signature", "sequence 3, not 4", *join, parts[0], parts[1], *other, home=people[0])
        self.refuse(1, "no_secret", "tx multisign", "tx", "sign", unsigned, "--from", "us", *OFFLINE, home=people[0])


class Completions(Wallet):
    def test_bash_takes_the_script_and_completes(self):
        script = self.write("completion", self.succeed("completion", "bash"))
        subprocess.run(["bash", "-n", script], check=True)

        def complete(*words):
            done = subprocess.run(
                ["bash", "-c", f"source {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
                 "_steelyard; echo ${COMPREPLY[@]}"], capture_output=True, text=True, check=True)
            return done.stdout.split()

        self.assertEqual(complete("steelyard", "ke"), ["keys"])
        self.assertEqual(complete("steelyard", "tx", "red"), ["redelegate"])
        self.assertEqual(complete("steelyard", "tx", "market", "pr"), ["prove"])
        self.assertEqual(complete("steelyard", "order", "post", "--limit"), ["--limit-price"])
        self.assertEqual(complete("steelyard", "--home", "x", "keys", "add", "--rec"), ["--recover"])
        self.assertEqual(complete("steelyard", "tx", "send", "--gas-p"), ["--gas-prices"])
        self.assertEqual(complete("steelyard", "query", "balances", "--nod"), ["--node"])

    def test_other_shells_get_scripts_too(self):
        zsh = self.succeed("completion", "zsh")
        self.assertTrue(zsh.startswith("#compdef steelyard\n"))
        subprocess.run(["bash", "-n", self.write("zsh", zsh)], check=True)
        fish = self.succeed("completion", "fish")
        self.assertIn("-n '__fish_seen_subcommand_from tx; and __fish_seen_subcommand_from send' -l gas-prices", fish)
        self.refuse(2, "invalid_argument", "bash", "completion", "tcsh")

    def test_version_is_printed(self):
        self.assertRegex(self.succeed("version"), r"^steelyard \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main(verbosity=1)
