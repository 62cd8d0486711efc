#!/usr/bin/python3
"""Exports models with PyTorch, as its users do, with inputs and what PyTorch puts out.

usage: export_torch_models.py FOLDER            writes NAME.onnx, NAME.x.npy and NAME.y.npy
       export_torch_models.py --check FOLDER    exports anew and compares: files and inputs to the bit, outputs nearly

Needs Debian's python3-torch (1.13.1); exits with 77 where it is not installed. Weights are what PyTorch initialises its
layers with, from a seed, so nobody has trained them; statistics of batch norms are drawn.
"""

import pathlib
import sys
import tempfile

try:
    import numpy
    import torch
    from torch import nn
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

OPSET = 16
SEED = 1913
ABSOLUTE, RELATIVE = 1e-6, 1e-5


class Residual(nn.Module):
    """A depthwise and a pointwise convolution beside what comes in."""

    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU6(),
            nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        return x + self.layers(x)


def vision():
    """Images of 3 channels to logarithms of probabilities of 10 classes; any number of images."""
    model = nn.Sequential(
        nn.Conv2d(3, 12, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(12), nn.Hardswish(), Residual(12),
        nn.MaxPool2d(2), nn.Conv2d(12, 20, 3, padding=1), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Dropout(0.1), nn.Linear(20, 10), nn.LogSoftmax(dim=1))
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.uniform_(-0.3, 0.3)
            layer.running_var.uniform_(0.5, 2.0)
    return model, torch.rand(3, 3, 20, 20), {"x": {0: "batch"}, "y": {0: "batch"}}


class Encoder(nn.Module):
    """Tokens of a sentence to scores of the next one, by two layers of a transformer's encoder."""

    def __init__(self, tokens=40, length=8, width=16):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.position = nn.Parameter(torch.randn(length, width) / 8)
        layer = nn.TransformerEncoderLayer(width, 2, 32, activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, tokens)
        self.register_buffer("mask", torch.triu(torch.full((length, length), -1e4), diagonal=1))

    def forward(self, tokens):
        x = self.layers(self.embedding(tokens) + self.position, self.mask)
        return self.out(self.norm(x))


def encoder():
    return Encoder(), torch.randint(0, 40, (2, 8)), None


class Recurrent(nn.Module):
    """A sequence to one number, by LSTMs in both directions."""

    def __init__(self, inputs=6, width=8):
        super().__init__()
        self.layers = nn.LSTM(inputs, width, num_layers=2, bidirectional=True)
        self.out = nn.Linear(2 * width, 1)

    def forward(self, x):
        rows, _ = self.layers(x)
        return torch.tanh(self.out(rows[-1]))


def recurrent():
    return Recurrent(), torch.randn(24, 2, 6), None


def export(folder):
    for make in (vision, encoder, recurrent):
        torch.manual_seed(SEED)
        model, x, dynamic = make()
        model.eval()
        name = folder / make.__name__
        with torch.no_grad():
            y = model(x)
            torch.onnx.export(model, x, f"{name}.onnx", opset_version=OPSET, input_names=["x"], output_names=["y"],
                              dynamic_axes=dynamic)
        numpy.save(f"{name}.x.npy", x.numpy())
        numpy.save(f"{name}.y.npy", y.numpy())


def differences(made, kept):
    for path in sorted(made.iterdir()):
        other = kept / path.name
        if path.name.endswith(".y.npy"):
            if not numpy.allclose(numpy.load(path), numpy.load(other), rtol=RELATIVE, atol=ABSOLUTE):
                yield f"{path.name}: PyTorch puts out other numbers"
        elif path.read_bytes() != other.read_bytes():
            yield f"{path.name}: PyTorch {torch.__version__} writes another file"


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 1:
        export(pathlib.Path(arguments[0]))
        return 0
    if len(arguments) != 2 or arguments[0] != "--check":
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        export(pathlib.Path(folder))
        found = list(differences(pathlib.Path(folder), pathlib.Path(arguments[1])))
    for one in found:
        print(one)
    return 1 if found else 0


sys.exit(main())
