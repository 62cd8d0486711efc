"""Writes ONNX models: as much of the format as the models of this folder need.

A model is a protocol buffer; of that encoding varints, 32-bit floats and lengths are enough.
"""

import array
import random
import struct

IR_VERSION = 8
FLOAT, INT64 = 1, 7
ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS = 1, 2, 7


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def text(field, value):
    """A field with a length: a string, bytes, or a message."""
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    out = text(1, name)
    if isinstance(value, float):
        return out + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return out + number(3, value) + number(20, ATTRIBUTE_INT)
    return out + b"".join(number(8, one) for one in value) + number(20, ATTRIBUTE_INTS)


def tensor(name, element_type, shape, data):
    return (b"".join(number(1, size) for size in shape) + number(2, element_type)
            + text(8, name) + text(9, data))


def value_info(name, shape):
    sizes = (text(2, size) if isinstance(size, str) else number(1, size) for size in shape)
    dimensions = b"".join(text(1, size) for size in sizes)
    return text(1, name) + text(2, text(1, number(1, FLOAT) + text(2, dimensions)))


def count_of(shape):
    count = 1
    for size in shape:
        count *= size
    return count


class Model:
    """A graph that grows node by node; methods give names of tensors. Weights are drawn from a seed."""

    def __init__(self, opset, seed):
        self.opset = opset
        self.random = random.Random(seed)
        self.names = 0
        self.graph = {"nodes": [], "weights": [], "inputs": [], "outputs": []}

    def new_name(self, what):
        self.names += 1
        return f"{what}_{self.names}"

    def input(self, name, shape):
        self.graph["inputs"].append(value_info(name, shape))
        return name

    def output(self, name, shape):
        self.graph["outputs"].append(value_info(name, shape))

    def weights(self, shape, low, high):
        """Floats between two ends, evenly spread."""
        draw, width = self.random.random, high - low
        values = array.array("f", (low + width * draw() for _ in range(count_of(shape))))
        return self.floats(shape, values.tobytes())

    def floats(self, shape, data):
        name = self.new_name("weight")
        self.graph["weights"].append(tensor(name, FLOAT, shape, data))
        return name

    def scalar(self, value):
        return self.floats([], struct.pack("<f", value))

    def integers(self, values):
        name = self.new_name("shape")
        data = struct.pack(f"<{len(values)}q", *values)
        self.graph["weights"].append(tensor(name, INT64, [len(values)], data))
        return name

    def node(self, operator, *inputs, output=None, **attributes):
        output = output or self.new_name(operator)
        self.graph["nodes"].append(
            b"".join(text(1, one) for one in inputs) + text(2, output)
            + text(3, self.new_name("node")) + text(4, operator)
            + b"".join(text(5, attribute(*one)) for one in attributes.items()))
        return output

    def bytes(self):
        graph = (b"".join(text(1, one) for one in self.graph["nodes"]) + text(2, "graph")
                 + b"".join(text(5, one) for one in self.graph["weights"])
                 + b"".join(text(11, one) for one in self.graph["inputs"])
                 + b"".join(text(12, one) for one in self.graph["outputs"]))
        return (number(1, IR_VERSION) + text(2, "steelyard") + text(7, graph)
                + text(8, text(1, "") + number(2, self.opset)))
