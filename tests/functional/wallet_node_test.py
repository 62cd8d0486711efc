#!/usr/bin/python3
"""steelyard and a node: a fake one, which says whatever a test wants it to say."""

import base64
import hashlib
import http.server
import json
import threading
import unittest

from wallet_cli_test import ADDRESS, Wallet

HASH = "AB" * 32


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def account(number, sequence, address=ADDRESS):
    """QueryAccountResponse with a BaseAccount."""
    base = field(1, address) + field(3, number) + field(4, sequence)
    return field(1, field(1, "/cosmos.auth.v1beta1.BaseAccount") + field(2, base))


class FakeNode(http.server.BaseHTTPRequestHandler):
    """JSON-RPC over POST. The server has `answers` (by method of the application, bytes or a failure), `check` and
    `found` (results of transactions), and keeps the transactions that it was sent."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        node = self.server.node
        result = getattr(node, request["method"])(request["params"])
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        answer["error" if "data" in result and "message" in result else "result"] = result
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Node:
    def __init__(self):
        self.answers = {"/cosmos.auth.v1beta1.Query/Account": account(7, 3),
                        "/cosmos.tx.v1beta1.Service/Simulate": field(1, field(2, 60_000)),
                        "/steelyard.params.v1.Query/Params": field(1, field(2, field(1, "10000000000000000")))}
        self.check = {"code": 0, "log": "", "codespace": ""}
        self.result = {"code": 0, "log": "", "codespace": ""}
        self.refusal = ""
        self.polls_until_found = 2
        self.sent = []
        self.questions = {}

    def status(self, _):
        return {"node_info": {"network": "fake-1", "moniker": "fake"},
                "sync_info": {"latest_block_height": "9", "latest_block_time": "t", "catching_up": False}}

    def abci_query(self, params):
        self.questions[params["path"]] = bytes.fromhex(params["data"])
        answer = self.answers[params["path"]]
        if isinstance(answer, bytes):
            return {"response": {"code": 0, "value": base64.b64encode(answer).decode(), "log": ""}}
        code, log = answer
        return {"response": {"code": code, "codespace": "sdk", "value": None, "log": log}}

    def broadcast_tx_sync(self, params):
        tx = base64.b64decode(params["tx"])
        if self.refusal:
            return {"code": -32603, "message": "Internal error", "data": self.refusal}
        self.sent.append(tx)
        return {**self.check, "data": "", "hash": hashlib.sha256(tx).hexdigest().upper()}

    def found(self):
        return {"hash": hashlib.sha256(self.sent[-1]).hexdigest().upper(), "height": "10", "index": 0,
                "tx": base64.b64encode(self.sent[-1]).decode(),
                "tx_result": {**self.result, "data": None, "info": "", "gas_wanted": "78000", "gas_used": "59000",
                              "events": [{"type": "tx", "attributes": [{"key": "fee", "value": "780uyard"}]}]}}

    def tx(self, _):
        self.polls_until_found -= 1
        if self.polls_until_found > 0 or not self.sent:
            return {"code": -32603, "message": "Internal error", "data": f"tx ({HASH}) not found"}
        return self.found()

    def tx_search(self, _):
        return {"txs": [self.found()] if self.sent else [], "total_count": "1"}


class WithNode(Wallet):
    def setUp(self):
        super().setUp()
        self.node = Node()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakeNode)
        server.node = self.node
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.environment = {"STEELYARD_NODE": f"tcp://127.0.0.1:{server.server_address[1]}"}
        self.recover()
        self.bob = self.json("keys", "add", "bob")["address"]

    def run_wallet(self, *arguments, **options):
        return super().run_wallet(*arguments, **{"env": getattr(self, "environment", None), **options})

    send = ["tx", "send", "bob", "2.5yard", "--from", "alice"]

    def test_a_payment_is_priced_signed_sent_and_found(self):
        done = self.json(*self.send, "--yes")

        self.assertEqual((done["height"], done["code"], done["gas_used"]), ("10", 0, "59000"))
        self.assertEqual(done["events"][0]["attributes"][0]["key"], "fee")
        tx = done["tx"]
        self.assertEqual(tx["body"]["messages"][0]["amount"][0]["amount"], "2500000")
        fee = tx["auth_info"]["fee"]
        self.assertEqual((fee["gas_limit"], fee["amount"][0]["amount"]), ("78000", "780"), "60,000 x 1.3, at 0.01")
        self.assertEqual(tx["auth_info"]["signer_infos"][0]["sequence"], "3")
        self.assertEqual(len(self.node.sent), 1)
        simulated = self.node.questions["/cosmos.tx.v1beta1.Service/Simulate"]
        self.assertIn(self.bob.encode(), simulated)
        offline = json.loads(self.succeed(*self.send, "--offline", "-a", "7", "-s", "3", "--chain-id", "fake-1",
                                          "--gas", "78000", "--fees", "780uyard", "--yes"))
        self.assertEqual(offline, {name: tx[name] for name in offline}, "what was sent is what is signed offline")

    def test_a_report_is_for_people(self):
        text = self.succeed(*self.send, "--yes")
        for line in (r"block +10\n", r"result +ok\n", r"gas +59,000 of 78,000\n", r"amount +2.5 yard\n",
                     r"fee +0.00078 yard\n"):
            self.assertRegex(text, line)
        found = self.succeed("query", "tx", HASH)
        self.assertEqual(found, text)
        self.assertRegex(self.succeed("query", "txs", "alice"), r"BLOCK +RESULT +MESSAGES +HASH\n +10 +ok +MsgSend ")

    def test_queries_are_told_from_names(self):
        self.json(*self.send, "--yes")
        for query in ("tx.height=10", "tx.height>9", "message.action EXISTS", "alice", ADDRESS):
            self.assertEqual(len(self.json("query", "txs", query)), 1)
        self.refuse(3, "key_not_found", "nobody", "query", "txs", "nobody")

    def test_prices_and_gas_are_the_users_if_he_says_so(self):
        self.assertEqual(self.json(*self.send, "--dry-run"), {"gas": "78000", "fee": "780uyard"})
        self.assertEqual(self.json(*self.send, "--dry-run", "--gas-adjustment", "2", "--gas-prices", "0.1uyard"),
                         {"gas": "120000", "fee": "12000uyard"})
        self.assertEqual(self.json(*self.send, "--dry-run", "--gas", "5", "--fees", "1yard"),
                         {"gas": "5", "fee": "1000000uyard"})
        self.refuse(2, "invalid_argument", "is not from 1 to 10", *self.send, "--gas-adjustment", "0.5")
        self.assertEqual(self.node.sent, [])

    def test_nothing_is_signed_without_a_yes(self):
        done = self.run_wallet(*self.send)
        self.assertEqual(done.returncode, 2)
        self.assertIn("amount        2.5 yard", done.stderr)
        self.assertIn("[confirmation_needed]", done.stderr)
        self.assertEqual(self.node.sent, [])

    def test_all_that_is_signed_is_shown(self):
        val = self.succeed("keys", "show", "bob", "-a", "--bech", "val").strip()
        params = self.write("params.json", '{"fees":{"min_gas_price":"0.02"}}')
        for arguments, lines in (
                (["multi-send", "bob:1yard", "alice:7uabc"],
                 [f"  outputs  {self.bob}  1 yard\n", f"  outputs  {ADDRESS}  7 uabc\n",
                  f"  inputs   {ADDRESS}  7 uabc, 1 yard\n"]),
                (["cancel-unbonding", val, "1yard", "7"], ["  creation_height    7\n"]),
                (["edit-validator", "--commission-rate", "0.05", "--details", "d" * 600],
                 ["  commission_rate    0.050000000000000000\n", "d" * 600]),
                (["approve-params", "3", "--hash", "ab" * 32], ["  proposal_id        3\n"]),
                (["propose-params", params], ['"min_gas_price":"0.020000000000000000"'])):
            done = self.run_wallet("tx", *arguments, "--from", "alice")
            self.assertIn("[confirmation_needed]", done.stderr)
            for line in lines:
                self.assertIn(line, done.stderr)

    def test_refusals_have_their_codes(self):
        for code, log, exit_code, name in (
                (5, "1uyard is smaller than 2uyard: insufficient funds", 4, "insufficient_funds"),
                (13, "got 1: insufficient fee", 1, "insufficient_fee"),
                (32, "account sequence mismatch, expected 4, got 3: incorrect account sequence", 1, "wrong_sequence"),
                (4, "signature 0 is not good: unauthorized", 1, "unauthorized"),
                (21, "tx too large", 1, "tx_failed")):
            with self.subTest(name):
                self.node.check = {"code": code, "log": log, "codespace": "sdk"}
                self.refuse(exit_code, name, log, *self.send, "--yes")
        self.node.answers["/cosmos.tx.v1beta1.Service/Simulate"] = (5, "1uyard: insufficient funds")
        self.refuse(4, "insufficient_funds", "query balances", *self.send, "--yes")
        self.node.answers["/cosmos.tx.v1beta1.Service/Simulate"] = (18, "something else")
        self.refuse(1, "tx_would_fail", "something else", *self.send, "--yes")
        self.node.answers["/cosmos.tx.v1beta1.Service/Simulate"] = (
            18, "rpc error: code = Unknown desc = failed to execute message; message index: 0: no such validator: "
            "validator does not exist with gas used: '9043': invalid request")
        done = self.run_wallet(*self.send, "--yes")
        self.assertEqual(done.stderr, "steelyard: no such validator: validator does not exist [tx_would_fail]\n")

    def test_the_same_transaction_twice_is_told_from_a_failure(self):
        self.node.refusal = "tx already exists in cache"
        self.refuse(1, "already_sent", "query tx", *self.send, "--yes")
        self.node.refusal = "mempool is full: number of txs 5"
        self.refuse(1, "node_refused", "mempool is full", *self.send, "--yes")

    def test_a_failure_in_a_block_names_the_block(self):
        self.node.result = {"code": 11, "log": "out of gas", "codespace": "sdk"}
        self.refuse(1, "out_of_gas", "failed in block 10", *self.send, "--yes")
        self.assertRegex(self.succeed("query", "tx", HASH), r"result +failed: out of gas \(sdk 11\)\n")

    def test_waiting_has_an_end(self):
        self.node.polls_until_found = 10_000
        self.refuse(5, "not_committed", "query tx", *self.send, "--yes", "--wait", "1")
        sent = self.json(*self.send, "--yes", "--wait", "0")
        self.assertEqual(sent, {"txhash": hashlib.sha256(self.node.sent[-1]).hexdigest().upper()})
        self.refuse(3, "tx_not_found", "no block has", "query", "tx", HASH)

    def test_an_account_that_was_never_paid_is_none(self):
        self.node.answers["/cosmos.auth.v1beta1.Query/Account"] = (22, "rpc error: code = NotFound desc = account x")
        self.refuse(3, "account_not_found", "nobody has paid", *self.send, "--yes")
        self.refuse(3, "account_not_found", "nobody has paid", "query", "account", "alice")

    def test_a_signed_file_is_sent(self):
        file = self.write("signed.json", self.succeed(*self.send, "--offline", "-a", "7", "-s", "3", "--chain-id", "x",
                                                      "--gas", "1", "--fees", "1uyard", "--yes"))
        self.assertEqual(self.json("tx", "broadcast", file)["code"], 0)
        self.assertEqual(self.json("tx", "simulate", file), {"gas_used": "60000"})

    def test_answers_are_tables_or_json(self):
        balances = field(1, field(1, "uabc") + field(2, "7")) + field(1, field(1, "uyard") + field(2, "2500000"))
        self.node.answers["/cosmos.bank.v1beta1.Query/AllBalances"] = balances
        self.assertEqual(self.succeed("query", "balances", "alice"), "AMOUNT  DENOM\n     7  uabc\n   2.5  yard\n")
        self.assertEqual(self.json("query", "balances", "alice")["balances"][1],
                         {"denom": "uyard", "amount": "2500000"})
        self.assertRegex(self.succeed("query", "account", "alice"), r"account number +7\nsequence +3\n")
        self.assertRegex(self.succeed("query", "status"), r"chain +fake-1\n")
        params = self.json("query", "params")
        self.assertEqual(params["fees"]["min_gas_price"], "0.010000000000000000")
        self.node.answers["/cosmos.staking.v1beta1.Query/DelegatorDelegations"] = b""
        self.assertEqual(self.succeed("query", "delegations", "alice"), "none\n")

    def test_foreign_texts_cannot_move_the_cursor(self):
        validator = field(1, "yardvaloper1x") + field(5, "1000000") + field(7, field(1, "evil\x1b[2J"))
        self.node.answers["/cosmos.staking.v1beta1.Query/Validators"] = field(1, validator)
        text = self.succeed("query", "validators")
        self.assertNotIn("\x1b", text)
        self.assertIn("evil?[2J", text)

    def test_an_answer_of_another_form_is_told(self):
        self.node.answers["/cosmos.bank.v1beta1.Query/AllBalances"] = b"\xff"
        self.refuse(1, "bad_answer", "QueryAllBalancesResponse", "query", "balances", "alice")


del Wallet

if __name__ == "__main__":
    unittest.main(verbosity=1)
