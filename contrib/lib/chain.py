"""A chain on this machine as scripts use it: JSON-RPC of a node, and the wallet."""

import datetime
import http.client
import json
import os
import re
import subprocess

RPC_SECONDS = 10
WALLET_SECONDS = 120


class ChainError(Exception):
    """What a node or the wallet refused."""


class Rpc:
    """JSON-RPC of a node on loopback; answers about blocks are kept, since they never change."""

    def __init__(self, port):
        self.port = port
        self.kept = {}

    def call(self, method, **params):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=RPC_SECONDS)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ChainError(f"the node at 127.0.0.1:{self.port}: {error}") from error
        finally:
            connection.close()
        if "error" in answer:
            raise ChainError(f"{method}: {answer['error']}")
        return answer["result"]

    def height(self):
        return int(self.call("status")["sync_info"]["latest_block_height"])

    def at(self, method, height):
        if (method, height) not in self.kept:
            self.kept[method, height] = self.call(method, height=str(height))
        return self.kept[method, height]

    def time(self, height):
        """Of a block, in seconds since 1970."""
        text = self.at("block", height)["block"]["header"]["time"]
        whole, fraction = re.fullmatch(r"(.*?)(\.\d+)?Z", text).groups()
        seconds = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc).timestamp()
        return seconds + float(fraction or 0)


class Wallet:
    """The program `steelyard` with a devnet's keys."""

    def __init__(self, program, keyring, rpc_port):
        self.program = str(program)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
        self.environment = {**clean, "STEELYARD_HOME": str(keyring), "STEELYARD_KEYRING_BACKEND": "test",
                            "STEELYARD_NODE": f"tcp://127.0.0.1:{rpc_port}"}

    def run(self, *words, seconds=WALLET_SECONDS):
        """What a command prints; ChainError with what it complains of."""
        done = subprocess.run([self.program, *map(str, words)], env=self.environment, capture_output=True, text=True,
                              timeout=seconds, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ChainError(f"steelyard {' '.join(map(str, words[:3]))} ended with {done.returncode}: "
                             f"{done.stderr.strip()[-2000:]}")
        return done.stdout

    def json(self, *words, seconds=WALLET_SECONDS):
        return json.loads(self.run(*words, "--output", "json", seconds=seconds))

    def send(self, who, *words):
        """A committed transaction."""
        return self.json(*words, "--from", who, "--yes")

    def balance(self, who):
        """In uyard."""
        coins = {one["denom"]: int(one["amount"]) for one in self.json("query", "balances", who)["balances"]}
        return coins.get("uyard", 0)
