#!/usr/bin/python3
"""Whole models, written as exporters do: which operators of the VM they become, and that they run."""

import collections
import json
import os
import pathlib
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


if __name__ == "__main__":
    unittest.main()
