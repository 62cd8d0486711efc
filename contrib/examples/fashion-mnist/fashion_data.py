"""Fashion-MNIST as Debian's dataset-fashion-mnist has it, and tensors as .npy files."""

import ast
import gzip
import os
import pathlib
import struct

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
SETS = {"train": ("train", 60_000), "test": ("t10k", 10_000)}
SIDE = 28
TASK_IMAGES = 50  # what the model takes at once
CLASSES = ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
TYPES = {"|u1": "B", "<i8": "q", "<f4": "f"}
EXIT_SKIPPED = 77


def is_installed():
    return (DATA / "t10k-images-idx3-ubyte.gz").exists()


def read_idx(name, header, first, size):
    """Bytes of a gzipped IDX file, which stand so far behind its header."""
    with gzip.open(DATA / f"{name}-ubyte.gz") as file:
        file.seek(header + first)
        data = file.read(size)
    if len(data) != size:
        raise ValueError(f"{DATA / name} ends early")
    return data


def images(which, first, count):
    """Pixels, row by row, of so many images of the set "train" or "test"."""
    return read_idx(f"{SETS[which][0]}-images-idx3", 16, first * SIDE * SIDE, count * SIDE * SIDE)


def labels(which, first, count):
    """The number of each image's class."""
    return list(read_idx(f"{SETS[which][0]}-labels-idx1", 8, first, count))


def npy(kind, sizes, data):
    """The file of a tensor of dense elements."""
    shape = "(" + ", ".join(map(str, sizes)) + (",)" if len(sizes) == 1 else ")")
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def image_file(pixels):
    return npy("|u1", [len(pixels) // (SIDE * SIDE), SIDE, SIDE, 1], pixels)


def label_file(numbers):
    return npy("<i8", [len(numbers)], struct.pack(f"<{len(numbers)}q", *numbers))


def read_npy(path):
    """Sizes and elements of a tensor of one of TYPES."""
    file = pathlib.Path(path).read_bytes()
    if file[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError(f"{path} is no .npy file of version 1.0")
    start = 10 + struct.unpack("<H", file[8:10])[0]
    header = ast.literal_eval(file[10:start].decode())
    count = len(file[start:]) // struct.calcsize(TYPES[header["descr"]])
    return header["shape"], struct.unpack(f"<{count}{TYPES[header['descr']]}", file[start:])


def write_tasks(folder, tasks, which="test", size=TASK_IMAGES):
    """images-NN.npy of each task in the folder, `size` images each; the paths, and the labels of all."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pixels = images(which, 0, tasks * size)
    bytes_of_task = size * SIDE * SIDE
    paths = []
    for task in range(tasks):
        paths.append(folder / f"images-{task:02}.npy")
        paths[-1].write_bytes(image_file(pixels[task * bytes_of_task:(task + 1) * bytes_of_task]))
    return paths, labels(which, 0, tasks * size)


def program(variable, name):
    """The path of a built program: what the environment says, or that of the preset `release`."""
    root = pathlib.Path(__file__).resolve().parents[3]
    return os.environ.get(variable) or str(root / "build/release/bin" / name)
