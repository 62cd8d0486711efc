"""A WebSocket client as small as the tests need it (RFC 6455)."""

import base64
import json
import os
import socket
import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class WebSocket:
    """JSON-RPC over /websocket of one node. A context manager."""

    def __init__(self, port, timeout=30, receive_buffer=0):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        status = self.file.readline()
        if b" 101 " not in status:
            raise OSError(f"no WebSocket at {port}: {status!r}")
        while self.file.readline().strip():
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def send_frame(self, kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | kind, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | kind, 0x80 | 127, size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def read(self, size):
        data = self.file.read(size)
        if len(data) < size:
            raise OSError("the WebSocket has ended")
        return data

    def read_frame(self):
        """The next frame: whether it ends a message, its kind, and what it holds. A ping is answered."""
        first, second = self.read(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
        payload = self.read(size)
        if first & 0x0F == PING:
            self.send_frame(PONG, payload)
        return bool(first & 0x80), first & 0x0F, payload

    def receive(self):
        """The next message, from JSON. OSError when it does not come in time, or the server has closed."""
        message = b""
        while True:
            at_end, kind, payload = self.read_frame()
            if kind == CLOSE:
                raise OSError(f"the server closed the WebSocket: {payload!r}")
            if kind not in (PING, PONG):
                message += payload
                if at_end:
                    return json.loads(message)

    def call(self, method, **params):
        """The answer to a call. Nothing else may be awaited."""
        self.send(method, **params)
        return self.receive()

    def send(self, method, number=1, **params):
        self.send_frame(TEXT, json.dumps(
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())

    def subscribe(self, query):
        self.send("subscribe", query=query)
        answer = self.receive()
        if "error" in answer:
            raise OSError(answer["error"])
