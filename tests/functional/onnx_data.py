"""Reads what ONNX publishes to test runtimes with: a model's names, and tensors in files of protocol buffers."""

import pathlib
import struct

KINDS = {1: "<f4", 6: "<i4", 7: "<i8", 9: "|b1", 11: "<f8"}
CODES = {"<f4": "f", "<i4": "i", "<i8": "q", "|b1": "?", "<f8": "d"}


def fields(message):
    """The values of a message by field number: numbers, and bytes of what has a length or a width."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}[key & 7] if key & 7 != 2 else varint()
            value, at = message[at:at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def names(model):
    """Of the inputs that are not weights, and of the outputs."""
    graph = fields(fields(model)[7][0])
    weights = {fields(one)[8][0] for one in graph.get(5, [])}
    inputs, outputs = ([fields(one)[1][0] for one in graph.get(field, [])] for field in (11, 12))
    return [one.decode() for one in inputs if one not in weights], [one.decode() for one in outputs]


def npy(kind, sizes, data):
    shape = "(" + "".join(f"{size}, " for size in sizes) + ")"
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def npy_of(tensor):
    """A tensor's file (.pb) as one of NumPy's. Elements are taken as these cases have them: bare, or floats in a row."""
    told = fields(pathlib.Path(tensor).read_bytes())
    data = told.get(9, told.get(4, [b""]))[0]
    return npy(KINDS[told[2][0]], told.get(1, []), data)


def elements(content):
    """Of a file of NumPy's: its sizes as they are written, and the numbers."""
    size = struct.unpack("<H", content[8:10])[0]
    header = content[10:10 + size].decode()
    kind = next(one for one in CODES if f"'{one}'" in header)
    data = content[10 + size:]
    sizes = header.partition("'shape': (")[2].partition(")")[0].replace(" ", "").strip(",")
    return sizes, struct.unpack(f"<{len(data) // struct.calcsize(CODES[kind])}{CODES[kind]}", data)
