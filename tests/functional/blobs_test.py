#!/usr/bin/python3
"""Blobs of one node: the commands of steelyard, and what any HTTP client may do."""

import contextlib
import http.client
import http.server
import io
import json
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import unittest
import unittest.mock
import zipfile

from support import ROOT, Devnet, wait_until

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
TOKEN = "a token of the tests"
MIB = 1 << 20
ROOM = 48 * MIB
ELSEWHERE = {"X-Forwarded-For": "192.0.2.1"}


def npy(shape, data, descr="<f4", fortran=False):
    """A file as NumPy writes it."""
    text = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def random_npy(seed, elements):
    return npy(f"({elements},)", random.Random(seed).randbytes(4 * elements))


def steelyard(*arguments, port=None, env=None, timeout=60):
    """The finished command; the JSON that it printed is `answer`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
    node = ["--node", f"tcp://127.0.0.1:{port}"] if port else []
    done = subprocess.run([STEELYARD, "-o", "json", *node, *map(str, arguments)], capture_output=True,
                          text=True, timeout=timeout, env={**clean, **(env or {})}, check=False)
    done.answer = json.loads(done.stdout) if done.stdout else None
    return done


def error_of(done):
    return json.loads(done.stderr.splitlines()[-1])["code"]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())


def piece(port, blob_id, file, first, size, whole=None):
    """PUT of a part of a file."""
    body = file[first:first + size]
    span = f"bytes {first}-{first + len(body) - 1}/{whole or len(file)}"
    return ask(port, "PUT", f"/blobs/{blob_id}", body, {"Content-Range": span})


class CuttingProxy:
    """Passes bytes on to a port; each of the first `cuts` connections ends after `limit` bytes of one direction."""

    def __init__(self, port, cuts, limit):
        self.target, self.cuts, self.limit = port, cuts, limit
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self.connections += 1
                left = self.limit if self.connections <= self.cuts else 1 << 60
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self.carry, args=(source, sink, left), daemon=True).start()

    @staticmethod
    def carry(source, sink, left):
        with contextlib.suppress(OSError):
            while left > 0:
                data = source.recv(min(65536, left))
                if not data:
                    break
                sink.sendall(data)
                left -= len(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class BlobsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.folder = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory()))
        token = cls.folder / "token"
        token.write_text(TOKEN.replace(" ", "-") + "\n")
        token.chmod(0o600)
        cls.net = cls.stack.enter_context(Devnet(1, settings=[
            f"blobs.max_bytes={ROOM}", f"blobs.token_file={token}"]))
        cls.port = cls.net.port(0) + 1
        cls.files = {
            "small": npy("(2, 3)", struct.pack("<6f", *range(6))),
            "empty": npy("(0, 5)", b""),
            "scalar": npy("()", b"\1\2\3\4"),
            "odd": random_npy(1, 123_457),
            "large": random_npy(2, 5 * MIB // 2),   # 10 MiB
            "other": random_npy(3, 5 * MIB // 2),
            "wide": random_npy(4, 2 * MIB),
        }
        # Another folder tells the ids: what the tests upload is not there before.
        with unittest.mock.patch.dict(os.environ, {"STEELYARD_BLOBS_DIR": str(cls.folder / "ids")}):
            cls.net.start(0)
        cls.net.wait_for_height(1)
        paths = [cls.write(name + ".npy", file) for name, file in cls.files.items()]
        put = steelyard("blobs", "put", *paths, port=cls.port)
        assert put.returncode == 0, put.stderr
        cls.ids = {name: one["id"] for name, one in zip(cls.files, put.answer["blobs"])}
        cls.net.kill(0)
        cls.net.start(0)
        cls.net.wait_for_height(2)

    @classmethod
    def write(cls, name, data):
        path = cls.folder / name
        path.write_bytes(data)
        return path

    def get(self, name, port=None, **kwargs):
        """The bytes of what `blobs get` wrote, and the command."""
        out = self.folder / f"{name}.got"
        out.unlink(missing_ok=True)
        done = steelyard("blobs", "get", self.ids[name], "--out", out, port=port or self.port, **kwargs)
        return (out.read_bytes() if out.exists() else None), done

    def put(self, name, port=None, **kwargs):
        return steelyard("blobs", "put", self.folder / f"{name}.npy", port=port or self.port, **kwargs)

    def upload_offset(self, name):
        answer = ask(self.port, "HEAD", f"/blobs/{self.ids[name]}")
        return answer.status, answer.headers["Upload-Offset"]

    def test_brings_and_gets_tensors(self):
        for name in ("small", "empty", "scalar", "odd"):
            put = self.put(name)
            self.assertEqual(put.returncode, 0, put.stderr)
            self.assertEqual(put.answer["blobs"][0]["id"], self.ids[name])
            self.assertEqual(self.put(name).returncode, 0)
            got, done = self.get(name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(got, self.files[name])
            self.assertEqual(done.answer["size"], len(got))
        listed = steelyard("blobs", "ls", port=self.port).answer["blobs"]
        entry = next(one for one in listed if one["id"] == self.ids["small"])
        self.assertEqual(entry["size"], len(self.files["small"]))
        self.assertTrue(entry["whole"])
        home_file = self.net.home(0) / "data/blobs" / self.ids["small"][:2] / (self.ids["small"] + ".npy")
        self.assertEqual(home_file.read_bytes(), self.files["small"])

    def test_takes_every_form_of_file(self):
        values = struct.unpack("<6f", self.files["small"][-24:])
        swapped = npy("(2, 3)", struct.pack(">6f", *values), ">f4")
        columns = npy("(2, 3)", struct.pack("<6f", *(values[i] for i in (0, 3, 1, 4, 2, 5))), fortran=True)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
            members.writestr("a.npy", self.files["small"])
            members.writestr("b.npy", swapped)
        head = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
        safetensors = struct.pack("<Q", len(head)) + head + self.files["small"][-24:]
        put = steelyard(
            "blobs", "put", self.write("swapped.npy", swapped), self.write("columns.npy", columns),
            self.write("a.npz", archive.getvalue()), self.write("w.safetensors", safetensors), port=self.port)
        self.assertEqual(put.returncode, 0, put.stderr)
        self.assertEqual([one["id"] for one in put.answer["blobs"]], [self.ids["small"]] * 5)
        self.assertTrue(put.answer["blobs"][4]["name"].endswith("w.safetensors:w"))
        # One body may have any head that can be read, too.
        answer = ask(self.port, "PUT", f"/blobs/{self.ids['small']}", columns)
        self.assertEqual(answer.status, 200)
        for name, data in {"bad.npy": b"no file", "x.txt": b"x", "part.npy": self.files["small"][:-1]}.items():
            refused = steelyard("blobs", "put", self.write(name, data), port=self.port)
            self.assertEqual((refused.returncode, error_of(refused)), (2, "invalid_argument"), name)
        self.assertEqual(error_of(steelyard("blobs", "put", "/no/x.npy", port=self.port)), "file_not_found")

    def test_serves_ranges(self):
        self.assertEqual(self.put("odd").returncode, 0)
        path, file = f"/blobs/{self.ids['odd']}", self.files["odd"]
        whole = ask(self.port, "GET", path)
        self.assertEqual((whole.status, whole.body), (200, file))
        self.assertEqual(whole.headers["ETag"], f'"{self.ids["odd"]}"')
        head = ask(self.port, "HEAD", path)
        self.assertEqual((head.status, head.body, int(head.headers["Content-Length"])), (200, b"", len(file)))
        part = ask(self.port, "GET", path, headers={"Range": "bytes=100-299999"})
        self.assertEqual((part.status, part.body), (206, file[100:300000]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 100-299999/{len(file)}")
        self.assertEqual(ask(self.port, "GET", path, headers={"Range": "bytes=-7"}).body, file[-7:])
        self.assertEqual(ask(self.port, "GET", path, headers={"Range": f"bytes={len(file)}-"}).status, 416)
        self.assertEqual(ask(self.port, "GET", path, headers={"If-None-Match": whole.headers["ETag"]}).status, 304)
        self.assertEqual(ask(self.port, "GET", "/blobs/" + "0" * 64).status, 404)
        self.assertEqual(ask(self.port, "GET", "/blobs/0").status, 404)

    def test_goes_on_with_broken_downloads(self):
        self.assertEqual(self.put("large").returncode, 0)
        part = self.folder / "large.got.part"
        part.write_bytes(self.files["large"][:3_000_000])
        with CuttingProxy(self.port, 3, 2_000_000) as proxy:
            got, done = self.get("large", port=proxy.port)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(got == self.files["large"])
        self.assertGreater(proxy.connections, 3)
        self.assertFalse(part.exists())
        # A beginning that is another blob's is found out at the end, and not kept.
        part.write_bytes(self.files["other"][:3_000_000])
        got, done = self.get("large")
        self.assertEqual((got, done.returncode, error_of(done)), (None, 1, "bad_answer"))
        got, done = self.get("large")
        self.assertTrue(got == self.files["large"], done.stderr)
        part.write_bytes(b"no head of anything" * 10)
        got, done = self.get("large")
        self.assertTrue(got == self.files["large"], done.stderr)

    def test_goes_on_with_broken_uploads(self):
        with CuttingProxy(self.port, 3, 3_000_000) as proxy:
            put = self.put("other", port=proxy.port)
        self.assertEqual(put.returncode, 0, put.stderr)
        self.assertGreater(proxy.connections, 3)
        got, _ = self.get("other")
        self.assertTrue(got == self.files["other"])

    def test_keeps_an_upload_over_a_crash(self):
        file = self.files["wide"]
        first = piece(self.port, self.ids["wide"], file, 0, 3 * MIB)
        self.assertEqual((first.status, first.headers["Upload-Offset"]), (202, str(3 * MIB)))
        self.assertEqual(self.upload_offset("wide"), (404, str(3 * MIB)))
        self.net.kill(0, signal.SIGKILL)
        self.net.start(0)
        wait_until(lambda: self.net.rpc(0).height() >= 0, 60, "the node answers")
        status, offset = self.upload_offset("wide")
        self.assertEqual(status, 404)
        gap = piece(self.port, self.ids["wide"], file, 7 * MIB, MIB)
        self.assertEqual((gap.status, gap.headers["Upload-Offset"]), (409, offset or "0"))
        put = self.put("wide")
        self.assertEqual(put.returncode, 0, put.stderr)
        got, _ = self.get("wide")
        self.assertTrue(got == file)

    def test_refuses_what_is_not_the_blob(self):
        wrong = "f" * 64
        answer = ask(self.port, "PUT", f"/blobs/{wrong}", self.files["small"])
        self.assertEqual(answer.status, 422)
        file = self.files["odd"]
        self.assertEqual(piece(self.port, wrong, file, 0, 200_000).status, 202)
        self.assertEqual(piece(self.port, wrong, file, 200_000, len(file)).status, 422)
        head = ask(self.port, "HEAD", f"/blobs/{wrong}")
        self.assertEqual((head.status, head.headers["Upload-Offset"]), (404, None))
        self.assertEqual(ask(self.port, "PUT", f"/blobs/{wrong}", b"no file at all").status, 400)
        self.assertEqual(piece(self.port, wrong, b"\x93NUMPY" * 100, 0, 600).status, 400)

    def test_refuses_what_is_too_large_before_anything_is_written(self):
        for name in ("large", "other", "wide"):
            self.assertEqual(self.put(name).returncode, 0)
        folder = self.net.home(0) / "data/blobs"
        before = sorted(path for path in folder.rglob("*") if path.is_file())
        wrong = "e" * 64
        for elements, status in ((6 * MIB, 507), (20 * MIB, 413), (4_000_000_000, 413)):
            head = npy(f"({elements},)", b"")
            answer = piece(self.port, wrong, head, 0, len(head), len(head) + 4 * elements)
            self.assertEqual(answer.status, status, answer.body)
        answer = piece(self.port, wrong, self.files["small"], 0, 100, 1 << 62)
        self.assertIn(answer.status, (400, 413))
        answer = ask(self.port, "PUT", f"/blobs/{wrong}", b"x" * (8 * MIB + 1))
        self.assertEqual(answer.status, 413)
        after = sorted(path for path in folder.rglob("*") if path.is_file())
        self.assertEqual(after, before)

    def test_asks_others_for_the_token(self):
        path = f"/blobs/{self.ids['scalar']}"
        token = {"Authorization": "Bearer " + TOKEN.replace(" ", "-")}
        for headers in ({}, {"Authorization": "Bearer x"}):
            self.assertEqual(ask(self.port, "PUT", path, b"x", {**ELSEWHERE, **headers}).status, 403)
            self.assertEqual(ask(self.port, "GET", "/blobs", None, {**ELSEWHERE, **headers}).status, 403)
        self.assertEqual(ask(self.port, "GET", "/blobs", None, {**ELSEWHERE, **token}).status, 200)
        answer = ask(self.port, "PUT", path, self.files["scalar"], {**ELSEWHERE, **token})
        self.assertIn(answer.status, (200, 201))
        self.assertEqual(ask(self.port, "GET", path, None, ELSEWHERE).body, self.files["scalar"])
        self.assertEqual(ask(self.port, "GET", "/blobs/" + "1" * 64 + "?wait=1", None, ELSEWHERE).status, 403)
        waited = ask(self.port, "GET", "/blobs/" + "1" * 64 + "?wait=1")
        self.assertEqual((waited.status, waited.headers["Retry-After"]), (404, "1"))

    def test_finds_a_lying_node_out(self):
        outer = self

        class Liar(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = outer.files["other"] if self.server.lie is None else self.server.lie
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            file = self.files["large"]
            for lie in (None, file[:-1] + b"x", file + b"more", b"no file", npy("(2000000000000,)", b""),
                        file.replace(b"'descr'", b" 'desc'", 1), b""):
                server.lie = lie
                got, done = self.get("large", port=server.server_port)
                self.assertIsNone(got)
                self.assertIn(error_of(done), ("bad_answer", "invalid_argument", "node_refused", "node_unreachable"))
                self.assertNotEqual(done.returncode, 0)
        finally:
            server.shutdown()
            server.server_close()

    def test_tells_what_cannot_be_done(self):
        missing = steelyard("blobs", "get", "2" * 64, "--out", self.folder / "none", port=self.port)
        self.assertEqual((missing.returncode, error_of(missing)), (3, "not_found"))
        self.assertFalse((self.folder / "none.part").exists())
        self.assertEqual(error_of(steelyard("blobs", "get", "2", port=self.port)), "invalid_argument")
        nobody = steelyard("--timeout", 500, "blobs", "ls", port=1)
        self.assertEqual((nobody.returncode, error_of(nobody)), (5, "node_unreachable"))
        for name in ("large", "other", "wide"):
            self.assertEqual(self.put(name).returncode, 0)
        full = steelyard("blobs", "put", self.write("full.npy", random_npy(9, 6 * MIB)), port=self.port)
        self.assertEqual((full.returncode, error_of(full)), (1, "no_space"))
        huge = steelyard("blobs", "put", self.write("huge.npy", random_npy(9, 16 * MIB)), port=self.port)
        self.assertEqual((huge.returncode, error_of(huge)), (2, "invalid_argument"))


class NoBlobsTest(unittest.TestCase):
    def test_serves_none_where_they_are_turned_off(self):
        with Devnet(1, settings=["blobs.enable=false"]) as net:
            net.start(0)
            net.wait_for_height(1)
            port = net.port(0) + 1
            self.assertEqual(ask(port, "GET", "/blobs").status, 404)
            done = steelyard("blobs", "ls", port=port)
            self.assertEqual((done.returncode, error_of(done)), (1, "node_refused"))
            self.assertFalse((net.home(0) / "data/blobs").exists())


if __name__ == "__main__":
    unittest.main()
