"""Clients and strangers that are a burden to a node, in a process of their own: they take none of the test's time.

A burden is a function that gets a `Ports` and an event to stop at. It says when it is at full weight by `ports.ready()`.
"""

import contextlib
import json
import multiprocessing
import os
import resource
import select
import socket
import time

from websocket import WebSocket

HOST = "127.0.0.1"
LARGE_BODY = 10_000_000
BATCH = 1_000
STRANGERS = 200
DESCRIPTORS = 8192

_fork = multiprocessing.get_context("fork")


class Burden:
    """Runs a burden beside the test. A context manager; `told` is what the burden has told, in order."""

    def __init__(self, work, p2p, rpc, **settings):
        self.ours, theirs = _fork.Pipe()
        self.stop = _fork.Event()
        self.process = _fork.Process(target=_run, args=(work, Ports(p2p, rpc, theirs), self.stop, settings), daemon=True)
        self.told = []

    def __enter__(self):
        self.process.start()
        try:
            self.wait_for("ready")
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def wait_for(self, word, seconds=60):
        """What was told with this word."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ours.poll(0.05):
                told = self.ours.recv()
                self.told.append(told)
                if told[0] == "failed":
                    raise AssertionError(f"the burden: {told[1]}")
                if told[0] == word:
                    return told[1]
        raise AssertionError(f"the burden did not say {word} within {seconds} s; it said {self.told}")

    def end(self):
        self.stop.set()
        self.process.join(15)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        with contextlib.suppress(EOFError):
            while self.ours.poll():
                self.told.append(self.ours.recv())
        failed = [what for word, what in self.told if word == "failed"]
        if failed:
            raise AssertionError(f"the burden: {failed}")


class Ports:
    """Where a burden weighs, and how it reports."""

    def __init__(self, p2p, rpc, pipe):
        self.p2p = p2p
        self.rpc = rpc
        self.pipe = pipe

    def tell(self, word, what=None):
        self.pipe.send((word, what))

    def ready(self):
        self.tell("ready")


def _run(work, ports, stop, settings):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))
    try:
        work(ports, stop, **settings)
    except Exception as error:  # told by the test
        ports.tell("failed", repr(error))


def idle_websockets(ports, stop, count=1000):
    """Connections that say nothing, but for a pong where they are pinged; all must live to the end."""
    clients = {}
    poll = select.poll()
    for _ in range(count):
        client = WebSocket(ports.rpc)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.POLLIN)
    ports.ready()
    while not stop.wait(1):
        for descriptor, _ in poll.poll(0):
            clients[descriptor].read_frame()
    for client in clients.values():
        if "result" not in client.call("health"):
            raise AssertionError("an idle WebSocket is not served")
        client.close()
    ports.tell("alive", count)


def slow_subscribers(ports, stop, count=20):
    """Each wants blocks and transactions, and reads a byte a second."""
    clients = []
    for _ in range(count):
        client = WebSocket(ports.rpc, receive_buffer=4096)
        client.subscribe("tm.event='NewBlock'")
        client.send("subscribe", number=2, query="tm.event='Tx'")
        client.socket.setblocking(False)
        clients.append(client)
    ports.ready()
    while not stop.wait(1):
        for client in clients:
            with contextlib.suppress(OSError):
                client.socket.recv(1)
    for client in clients:
        client.close()


def large_bodies(ports, stop, rate=1.0, within=True):
    """Bodies of 10 MB: within the limit they are read and refused for what they hold; over it by their length."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync",
                       "params": {"tx": "A" * (LARGE_BODY - 200)}}).encode()
    ports.ready()
    began, number = time.monotonic(), 0
    while not stop.wait(max(0, began + number / rate - time.monotonic())):
        number += 1
        with socket.create_connection((HOST, ports.rpc), timeout=20) as one:
            with contextlib.suppress(ConnectionError):
                one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = _read_all(one)
            status = b" 200 " if within else b" 400 "
            if status not in answer[:20] or (b"Tx too large" if within else b"request body too large") not in answer:
                raise AssertionError(f"a body of {len(body)} bytes is answered {answer[:300]!r}")
    ports.tell("sent", number)


def batches(ports, stop, rate=1.0, size=BATCH):
    """Batches as large as the limit; each call is answered."""
    calls = [{"jsonrpc": "2.0", "id": i, "method": "status", "params": {}} for i in range(size)]
    body = json.dumps(calls).encode()
    request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    ports.ready()
    began, number = time.monotonic(), 0
    while not stop.wait(max(0, began + number / rate - time.monotonic())):
        number += 1
        with socket.create_connection((HOST, ports.rpc), timeout=20) as one:
            one.sendall(request)
            answered = _read_all(one).count(b'"latest_block_height"')
            if answered != size:
                raise AssertionError(f"{answered} of {size} calls of a batch are answered")
    ports.tell("sent", number)


def half_open_handshakes(ports, stop, count=STRANGERS):
    """Strangers at the peers' port: silent ones, slow ones, and some who talk nonsense; whoever is put out comes again."""
    strangers = [_stranger(ports.p2p, number) for number in range(count)]
    ports.ready()
    number = count
    while not stop.wait(0.05):
        one = strangers[number % count]
        if _is_closed(one):
            one.close()
            strangers[number % count] = _stranger(ports.p2p, number)
        number += 1
    for one in strangers:
        one.close()
    ports.tell("opened", number)


def _stranger(port, number):
    one = socket.create_connection((HOST, port), timeout=10)
    with contextlib.suppress(OSError):
        if number % 4 == 1:
            one.sendall(b"\x22\x0a\x20")  # a key begins, and does not come
        elif number % 4 == 2:
            one.sendall(os.urandom(2000))
    one.setblocking(False)
    return one


def _is_closed(one):
    try:
        while True:
            if not one.recv(4096):
                return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def _read_all(one):
    answer = b""
    with contextlib.suppress(ConnectionError):
        while chunk := one.recv(1 << 16):
            answer += chunk
    return answer
