"""What functional tests share: commands, a chain of processes on loopback, and its RPC."""

import base64
import fcntl
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEELYARDD = os.environ.get("STEELYARDD", str(ROOT / "build/release/bin/steelyardd"))
PORTS_PER_NODE = 10
PORTS_PER_BLOCK = 50
PORTS_MIN, PORTS_MAX = 10_000, 32_000
port_locks = []  # open files, for as long as the process lives


def run(*arguments, timeout=30, env=None):
    """Runs steelyardd; the finished process, with its texts."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
    return subprocess.run(
        [STEELYARDD, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
        env={**clean, **(env or {})}, check=False)


def wait_until(condition, seconds, what):
    """The first value of `condition` that is true; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def are_free(ports):
    """Whether nothing listens on any of them."""
    for port in ports:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that are over do not count
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def lock_ports(block):
    """Takes a block of ports from other tests until this process ends; None where another has it."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"steelyard-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    file = open(folder / str(block), "w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def free_base_port(nodes):
    """A port from which on ten times `nodes` ports are free, and no other test's while this process lives: a node
    that a test has killed must find its ports again. They lie below those that outgoing connections take."""
    blocks = (PORTS_MAX - PORTS_MIN) // PORTS_PER_BLOCK
    needed = -(-PORTS_PER_NODE * nodes // PORTS_PER_BLOCK)
    for block in (((os.getpid() + i) % (blocks - needed)) for i in range(blocks)):
        locks = [lock_ports(block + i) for i in range(needed)]
        base = PORTS_MIN + block * PORTS_PER_BLOCK
        if all(locks) and are_free(range(base, base + PORTS_PER_NODE * nodes)):
            port_locks.extend(locks)
            return base
        for lock in filter(None, locks):
            lock.close()
    raise AssertionError("no free ports")


class RpcError(Exception):
    """A JSON-RPC error of a node."""


class Rpc:
    """JSON-RPC of one node over a kept connection."""

    def __init__(self, port, timeout=10):
        self.port = port
        self.timeout = timeout
        self.connection = None

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def __del__(self):
        self.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)

    def post(self, payload, attempts=2):
        """The answer to a request, or the answers to a batch, in a list. OSError if the node is not there.

        A second attempt may repeat what the node has already taken.
        """
        body = json.dumps(payload)
        for attempt in range(1, attempts + 1):
            if self.connection is None:
                self.connection = self.connect()
            try:
                self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = json.loads(self.connection.getresponse().read())
                # As CometBFT does, nodes answer a batch of one without a list.
                return [answer] if isinstance(payload, list) and len(payload) == 1 else answer
            except (http.client.HTTPException, OSError, ValueError) as error:
                self.close()
                if attempt == attempts:
                    raise OSError(f"RPC at {self.port}: {error}") from error
        return None

    def call(self, method, **params):
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def height(self):
        """Of the last block; -1 if the node does not answer."""
        try:
            return int(self.call("status")["sync_info"]["latest_block_height"])
        except (OSError, RpcError):
            return -1

    def send(self, tx):
        """broadcast_tx_sync; the hash."""
        result = self.call("broadcast_tx_sync", tx=base64.b64encode(tx).decode())
        if result["code"] != 0:
            raise RpcError(result)
        return result["hash"]

    def send_many(self, txs):
        """The same in one batch, once; the answers."""
        return self.post([
            {"jsonrpc": "2.0", "id": i, "method": "broadcast_tx_sync",
             "params": {"tx": base64.b64encode(tx).decode()}} for i, tx in enumerate(txs)], attempts=1)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class UnixRpc(Rpc):
    """JSON-RPC of a node that listens at a unix socket."""

    def connect(self):
        return UnixConnection(self.port, self.timeout)


class Devnet:
    """Validators on loopback, as processes. A context manager: all are ended, the folder goes."""

    def __init__(self, validators=4, key_type="secp256k1", settings=(), app="kvstore", arguments=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-"))
        self.count = validators
        self.base_port = free_base_port(validators + 1)
        self.processes = {}
        settings_flags = [word for setting in settings for word in ("--set", setting)]
        made = run("testnet", "--v", validators, "--output-dir", self.folder, "--key-type", key_type,
                   "--starting-port", self.base_port, "--chain-id", "functional", "--app", app, *arguments,
                   *settings_flags)
        assert made.returncode == 0, made.stderr

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for index in list(self.processes):
            self.kill(index, signal.SIGKILL)
        if kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"homes and logs are left in {self.folder}")

    def home(self, index):
        return self.folder / f"node{index}"

    def port(self, index):
        return self.base_port + PORTS_PER_NODE * index

    def rpc(self, index, timeout=10):
        return Rpc(self.port(index) + 1, timeout)

    def start(self, *indexes):
        for index in indexes or range(self.count):
            log = open(self.folder / f"node{index}.log", "ab")
            self.processes[index] = subprocess.Popen(
                [STEELYARDD, "--home", self.home(index), "start"], stdout=log, stderr=log)
            log.close()

    def kill(self, index, number=signal.SIGTERM, seconds=30):
        """Ends a node and waits until it is gone; its exit status."""
        process = self.processes.pop(index)
        process.send_signal(number)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"node{index} did not end within {seconds} s") from None

    def add_node(self, index):
        """A home that joins the chain, which knows all validators; not started."""
        home = self.home(index)
        made = run("--home", home, "init", f"node{index}", "--genesis", self.home(0) / "config/genesis.json")
        assert made.returncode == 0, made.stderr
        peers = ",".join(f"{run('--home', self.home(i), 'show-node-id').stdout.strip()}@127.0.0.1:{self.port(i)}"
                         for i in range(self.count))
        for name, value in {
                "p2p.laddr": f"tcp://127.0.0.1:{self.port(index)}", "p2p.addr_book_strict": "false",
                "rpc.laddr": f"tcp://127.0.0.1:{self.port(index) + 1}",
                "api.address": f"tcp://127.0.0.1:{self.port(index) + 7}", "p2p.allow_duplicate_ip": "true",
                "p2p.persistent_peers": peers}.items():
            done = run("--home", home, "config", "set", name, value)
            assert done.returncode == 0, done.stderr

    def alive(self):
        return [index for index, process in self.processes.items() if process.poll() is None]

    def wait_for_height(self, height, indexes=None, seconds=60):
        for index in indexes if indexes is not None else sorted(self.processes):
            rpc = self.rpc(index)
            wait_until(lambda: rpc.height() >= height, seconds, f"node{index} at height {height}")
