#!/usr/bin/python3
"""Whole models, written as exporters do: which operators of the VM they become, and that they run."""

import collections
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

from support import ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench" / "models"))
import whole_models  # noqa: E402

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))


class Models(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def vm(self, *arguments):
        done = subprocess.run([STEELYARD, "vm", *map(str, arguments), "--output", "json"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def operators(self, model):
        """How often each operator is in the program; it runs to its end, traced."""
        path = self.folder / "m.onnx"
        path.write_bytes(model)
        told = self.vm("inspect", path, "--nodes")
        self.vm("bench", path, "--rounds", 1)
        return collections.Counter(one["op"] for one in told["node_list"])

    def test_a_residual_network_keeps_its_layout(self):
        counts = self.operators(whole_models.resnet20())

        # Norms and most relus are in the convolutions; images come and leave with channels first.
        self.assertEqual([counts["conv_f32"], counts["add"], counts["relu"]], [21, 9, 9])
        self.assertEqual([counts["transpose"], counts["fma"], counts["mul"]], [2, 0, 0])

    def test_an_encoder_is_the_same_whatever_its_opset_can_say(self):
        def encoder(opset):
            return whole_models.Encoder(opset, batch=1, length=16, width=64, heads=4).model(2)

        counts = self.operators(encoder(14))

        self.assertEqual(counts, self.operators(encoder(17)))
        self.assertEqual([counts["layer_norm"], counts["gemm_f32"], counts["softmax"]], [4, 16, 2])
        # Each layer: the sums around its two halves; GELU is in a product.
        self.assertEqual([counts["add"], counts["erf"], counts["gelu"], counts["mul"]], [4, 0, 0, 0])

    def test_an_exported_model_holds_the_weights_and_runs_equal(self):
        for name, written, shape in (("r", whole_models.resnet20(), (1, 3, 32, 32)),
                                     ("e", whole_models.Encoder(17, 1, 16, 64, 4).model(2), (1, 16, 64))):
            onnx, program, again = (self.folder / (name + end) for end in (".onnx", ".svm", "2.onnx"))
            onnx.write_bytes(written)
            x = self.folder / "x.bin"
            x.write_bytes(struct.pack("<f", 0.5) * math.prod(shape))
            self.vm("import", onnx, "-o", program)
            weights = len(self.vm("inspect", program)["inputs"]) - 1
            apart, whole = (self.vm("export", program, "-o", again, *way) for way in ([], ["--weights"]))
            self.assertGreater(weights, 8)
            self.assertEqual(whole["initialisers"] - apart["initialisers"], weights)
            roots = [self.vm("run", path, "--input", f"x={x}")["trace_root"] for path in (program, again)]
            self.assertEqual(*roots)


if __name__ == "__main__":
    unittest.main()
