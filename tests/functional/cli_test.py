#!/usr/bin/python3
"""The commands of steelyardd that need no running node."""

import base64
import hashlib
import json
import pathlib
import tempfile
import unittest

from support import run


class Cli(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.home = self.folder / "home"

    def steelyardd(self, *arguments, env=None):
        return run("--home", self.home, *arguments, env=env)

    def succeed(self, *arguments, env=None):
        done = self.steelyardd(*arguments, env=env)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refuse(self, code, text, *arguments, env=None):
        done = self.steelyardd(*arguments, env=env)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(text, done.stderr)
        self.assertNotIn("terminate called", done.stderr)

    def init(self, *arguments):
        return json.loads(self.succeed("-o", "json", "init", "alice", "--chain-id", "test-1", "--app", "kvstore", *arguments))

    def test_init_makes_a_home_that_only_its_owner_reads(self):
        fields = self.init()

        self.assertEqual(fields["chain_id"], "test-1")
        self.assertEqual(self.succeed("show-node-id").strip(), fields["node_id"])
        self.assertEqual(json.loads(self.succeed("show-validator"))["type"], "tendermint/PubKeySecp256k1")
        for path in self.home.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        genesis = json.loads((self.home / "config/genesis.json").read_text())
        self.assertEqual(genesis["validators"][0]["address"], fields["validator_address"])
        state = json.loads((self.home / "data/priv_validator_state.json").read_text())
        self.assertEqual(state, {"height": "0", "round": 0, "step": 0})

    def test_init_takes_either_type_of_key(self):
        self.init("--key-type", "ed25519")
        self.assertEqual(json.loads(self.succeed("show-validator"))["type"], "tendermint/PubKeyEd25519")
        self.refuse(2, '"rsa" is no key type', "init", "bob", "--chain-id", "a", "--key-type", "rsa")

    def test_init_overwrites_nothing(self):
        self.init()
        before = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        self.refuse(1, "nothing in it is overwritten", "init", "alice", "--chain-id", "test-2")
        after = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        self.assertEqual(before, after)

    def test_init_joins_a_chain_whose_genesis_is_known(self):
        self.init()
        genesis = self.home / "config/genesis.json"
        digest = hashlib.sha256(genesis.read_bytes()).hexdigest()
        first, self.home = self.home, self.folder / "second"
        join = ["init", "bob", "--genesis", str(first / "config/genesis.json"), "--genesis-sha256"]

        self.refuse(1, "is another chain's, or was changed", *join, "00" * 32)
        self.assertFalse(self.home.exists())
        self.refuse(2, "--genesis-sha256", *join, "xyz")
        self.refuse(2, "is of the chain test-1", *join, digest, "--chain-id", "test-9")
        self.succeed(*join, digest)
        self.assertEqual((self.home / "config/genesis.json").read_bytes(), genesis.read_bytes())

    def test_wrong_arguments_end_with_2(self):
        for arguments in (["init"], ["no-such-command"], ["init", "a", "--no-such-flag"], [],
                          ["init", "a\nb", "--chain-id", "c"], ["init", "a", "--chain-id", "has space"],
                          ["init", "a"], ["-o", "xml", "version"]):
            with self.subTest(arguments):
                self.refuse(2, "", *arguments)

    def test_no_home_ends_with_3_and_says_what_to_do(self):
        for arguments in (["show-node-id"], ["config", "show"], ["reset"], ["status"]):
            self.refuse(3, "steelyardd init", *arguments)

    def test_home_comes_from_the_environment_too(self):
        self.init()
        done = run("show-node-id", env={"STEELYARD_HOME": str(self.home)})
        self.assertEqual(done.stdout, self.succeed("show-node-id"))

    def test_config_is_shown_set_and_checked(self):
        self.init()
        self.succeed("config", "set", "consensus.target_block_interval", "0s")
        self.succeed("config", "set", "p2p.seeds", "")
        shown = self.succeed("config", "show", "--effective", "--origin")
        self.assertRegex(shown, r'consensus.target_block_interval = "0s"  # config.toml:\d+\n')
        self.assertIn("rpc.max_body_bytes = 1000000  # default\n", shown)
        env = {"STEELYARD_RPC_UNSAFE": "true"}
        self.assertIn("rpc.unsafe = true  # env STEELYARD_RPC_UNSAFE\n",
                      self.succeed("config", "show", "--origin", env=env))
        options = json.loads(self.succeed("-o", "json", "config", "show", "--effective"))
        self.assertEqual(options["moniker"], {"value": "alice", "origin": options["moniker"]["origin"]})
        self.succeed("config", "check")

    def test_config_refuses_what_no_node_would_start_with(self):
        self.init()
        file = self.home / "config/config.toml"
        before = file.read_text()
        self.refuse(2, "out of range: 1 to 64 threads", "config", "set", "rpc.threads", "0")
        self.refuse(2, "did you mean rpc.laddr", "config", "set", "rpc.ladr", "x")
        self.assertEqual(file.read_text(), before)
        file.write_text(before + "\n[rpcs]\nx = 1\n")
        line = len(before.splitlines()) + 2
        self.refuse(2, f'config.toml:{line}: there is no option "rpcs"', "config", "check")

    def test_reset_keeps_what_was_signed(self):
        self.init()
        data = self.home / "data"
        state = json.dumps({"height": "7", "round": 0, "step": 0})
        (data / "priv_validator_state.json").write_text(state)
        (data / "blockstore.db").mkdir()
        (data / "blockstore.db" / "1.ldb").write_text("x")
        (data / "cs.wal").mkdir()
        (self.home / "config/addrbook.json").write_text("{}")

        self.succeed("reset")
        self.assertEqual(sorted(path.name for path in data.iterdir()), ["priv_validator_state.json"])
        self.assertEqual((data / "priv_validator_state.json").read_text(), state)
        self.assertTrue((self.home / "config/addrbook.json").exists())
        self.succeed("unsafe-reset-all", "--keep-addrbook")
        self.assertTrue((self.home / "config/addrbook.json").exists())
        self.succeed("unsafe-reset-all")
        self.assertFalse((self.home / "config/addrbook.json").exists())
        self.assertEqual((data / "priv_validator_state.json").read_text(), state)
        self.succeed("reset", "--i-accept-slashing")
        self.assertEqual(json.loads((data / "priv_validator_state.json").read_text())["height"], "0")

    def test_testnet_makes_homes_of_one_chain(self):
        nodes = json.loads(run("-o", "json", "testnet", "--v", 3, "--output-dir", self.folder / "net",
                               "--starting-port", 30000, "--key-type", "ed25519",
                               "--set", "log_level=error").stdout)
        self.assertEqual([node["rpc"] for node in nodes],
                         [f"tcp://127.0.0.1:{port}" for port in (30001, 30011, 30021)])
        texts = {pathlib.Path(node["home"], "config/genesis.json").read_text() for node in nodes}
        self.assertEqual(len(texts), 1)
        genesis = json.loads(texts.pop())
        self.assertEqual(len(genesis["app_state"]["genutil"]["gen_txs"]), 3)
        self.home = pathlib.Path(nodes[1]["home"])
        shown = self.succeed("config", "show")
        self.assertIn('log_level = "error"', shown)
        self.assertIn(f'p2p.persistent_peers = ["{nodes[0]["node_id"]}@127.0.0.1:30000", '
                      f'"{nodes[2]["node_id"]}@127.0.0.1:30020"]', shown)

    def test_testnet_makes_a_chain_of_either_application(self):
        run("testnet", "--v", 2, "--output-dir", self.folder / "kv", "--app", "kvstore")
        genesis = json.loads((self.folder / "kv/node0/config/genesis.json").read_text())
        self.assertEqual(len(genesis["validators"]), 2)
        made = run("testnet", "--v", 2, "--output-dir", self.folder / "net", "--account", "alice", "--public-account")
        self.assertEqual(made.returncode, 0, made.stderr)
        checked = json.loads(run("-o", "json", "validate-genesis",
                                 self.folder / "net/node0/config/genesis.json").stdout)
        self.assertEqual((checked["validators"], checked["power"]), ("2", "200"))
        for key in ("net/keyring/keyring-test/alice.json", "net/node1/keyring-test/node1.json",
                    "net/node1/config/beacon_key.json"):
            self.assertEqual((self.folder / key).stat().st_mode & 0o777, 0o600)

    def test_a_genesis_is_put_together(self):
        self.succeed("init", "alice", "--chain-id", "test-1")
        operator = self.folder / "other"
        run("testnet", "--v", 1, "--output-dir", operator, "--account", "op")
        keys = operator / "keyring"
        address = json.loads((operator / "node0/config/genesis.json").read_text())[
            "app_state"]["bank"]["balances"][1]["address"]
        self.refuse(3, "no key", "gentx", "nobody", "100yard", "--keyring-dir", keys)
        self.refuse(1, "no account in the genesis", "gentx", "op", "100yard", "--keyring-dir", keys)
        self.refuse(3, "steelyardd gentx", "collect-gentxs", "--gentx-dir", keys)
        self.refuse(2, "address", "add-genesis-account", "yard1qqq", "5yard")
        for nothing in ("0yard", ""):
            self.refuse(2, "has money", "add-genesis-account", address, nothing)
        self.refuse(2, "exponent", "add-genesis-account", address, "1e3yard")
        self.refuse(2, "over the limit 1000000000000000000", "add-genesis-account", address, "1000000000001yard")
        self.succeed("add-genesis-account", address, "1000yard")
        self.refuse(1, "in the genesis already", "add-genesis-account", address, "1000yard")
        self.refuse(2, "no validator can begin", "validate-genesis")
        self.refuse(1, "less than the stake", "gentx", "op", "1001yard", "--keyring-dir", keys)
        for flags in (["--commission-rate", "2"], ["--commission-rate", "0.3"], ["--moniker", "x" * 71]):
            self.refuse(2, "", "gentx", "op", "100yard", "--keyring-dir", keys, *flags)
        self.assertFalse((self.home / "config/gentx").exists())
        self.succeed("gentx", "op", "100yard", "--keyring-dir", keys)
        self.succeed("collect-gentxs")
        checked = json.loads(self.succeed("-o", "json", "validate-genesis"))
        self.assertEqual((checked["validators"], checked["power"]), ("1", "100"))
        file = self.home / "config/genesis.json"
        genesis = json.loads(file.read_text())
        genesis["app_state"]["genutil"]["gen_txs"][0]["signatures"][0] = base64.b64encode(bytes(64)).decode()
        file.write_text(json.dumps(genesis))
        self.refuse(2, "the signature of", "validate-genesis")

    def test_a_genesis_of_another_application_is_left_alone(self):
        self.init()
        for arguments in (["add-genesis-account", "yard1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq4s0n39", "5yard"],
                          ["gentx", "op", "5yard"], ["collect-gentxs"], ["validate-genesis"], ["verify"], ["export"]):
            self.refuse(2, "application is kvstore", *arguments)

    def test_what_is_no_command_is_named(self):
        self.refuse(2, 'no command or option "frobnicate"', "frobnicate")
        self.refuse(2, 'no command or option "frobnicate"', "db", "frobnicate")

    def test_testnet_refuses_what_cannot_be(self):
        for flags in (["--v", 0], ["--v", 101], ["--starting-port", 65530], ["--set", "x=1"],
                      ["--set", "rpc.threads"], ["--key-type", "x"], ["--chain-id", ""]):
            done = run("testnet", "--output-dir", self.folder / "net", *flags)
            self.assertEqual(done.returncode, 2, flags)
            self.assertFalse((self.folder / "net").exists(), flags)

    def test_keys_are_made_in_files_of_their_owner(self):
        for command in ("gen-node-key", "gen-validator"):
            file = self.folder / command
            self.succeed(command, "--file", str(file))
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertEqual(self.steelyardd(command, "--file", str(file)).returncode, 1)
            self.assertIn("tendermint/PrivKey", self.succeed(command))

    def test_doctor_names_what_is_wrong_and_its_cure(self):
        self.init()
        self.succeed("config", "set", "rpc.laddr", "tcp://127.0.0.1:0")
        self.succeed("config", "set", "p2p.laddr", "tcp://127.0.0.1:0")
        self.succeed("config", "set", "api.address", "tcp://127.0.0.1:0")

        def findings():
            done = self.steelyardd("-o", "json", "doctor")
            return done.returncode, {row["check"]: row for row in json.loads(done.stdout)}

        code, rows = findings()
        self.assertEqual((code, [row for row in rows.values() if row["verdict"] == "BAD"]), (0, []))
        (self.home / "config/priv_validator_key.json").chmod(0o644)
        (self.home / "config/genesis.json").write_text("{}")
        code, rows = findings()
        self.assertEqual(code, 1)
        for check in ("validator key", "genesis"):
            self.assertEqual(rows[check]["verdict"], "BAD")
            self.assertNotEqual(rows[check]["fix"], "")
        self.assertEqual(rows["sign state"]["verdict"], "warn")

    def test_doctor_finds_a_key_without_its_state(self):
        self.init()
        (self.home / "data/priv_validator_state.json").unlink()
        done = self.steelyardd("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"BAD +sign state")

    def test_status_without_a_node_ends_with_5(self):
        self.init()
        self.succeed("config", "set", "rpc.laddr", "tcp://127.0.0.1:1")
        self.refuse(5, "is the node running", "status")
        self.refuse(5, "is the node running", "healthcheck")

    def test_version_is_printed(self):
        self.assertRegex(self.succeed("version"), r"^steelyardd \d+\.\d+\.\d+\n$")
        self.assertIn("version", json.loads(self.succeed("-o", "json", "version")))


unittest.main(verbosity=1)
