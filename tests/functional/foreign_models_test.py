#!/usr/bin/python3
"""Models that others made, from the file to the result of a worker: PyTorch's exports, and ONNX's published cases.

What the market delivers is what `steelyard vm run` gives here, to the bit, and what PyTorch and ONNX say, nearly.
"""

import concurrent.futures
import itertools
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import onnx_data
from support import ROOT, STEELYARDD, free_base_port

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
TORCH = ROOT / "tests/vectors/onnx_torch"
PUBLISHED = pathlib.Path("/usr/share/libonnx-testdata/data")
CASES = ["pytorch-converted/test_BatchNorm2d_eval", "pytorch-converted/test_Conv2d_depthwise_padded",
         "pytorch-converted/test_ConvTranspose2d", "pytorch-converted/test_Embedding",
         "pytorch-operator/test_operator_addmm", "simple/test_single_relu_model", "node/test_lstm_with_peepholes",
         "node/test_scan9_sum"]
USERS = ["alice", "bob", "carol"]
# Of PyTorch: sums in another order, elementary functions of other roundings, through some ten layers. Of ONNX: what its
# own runner asks for.
TORCH_TOLERANCE = (1e-5, 1e-4)
PUBLISHED_TOLERANCE = (1e-7, 1e-3)
RUN_SECONDS = 180


class ForeignModels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="steelyard-f-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        port = free_base_port(2)
        cls.addClassCleanup(cls.devnet, "down")
        cls.devnet("up", "--validators", 1, "--workers", 1, "--base-port", port,
                   "--set", "consensus.target_block_interval=250ms", "--set", "consensus.empty_block_factor=1",
                   "--param", "market.nominal_block_ms=250", "--param", "market.settle_blocks=8",
                   "--param", "market.start_blocks=240", "--param", "market.commit_blocks=240",
                   "--param", "market.respond_blocks=240")
        cls.environment = {**CLEAN, "STEELYARD_HOME": str(cls.folder / "net/keyring"), "STEELYARD_KEYRING_BACKEND": "test",
                           "STEELYARD_NODE": f"tcp://127.0.0.1:{port + 1}"}

    @classmethod
    def devnet(cls, *arguments):
        subprocess.run([ROOT / "contrib/devnet", *map(str, arguments)], check=True, timeout=120, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DEVNET_DIR": str(cls.folder / "net"), "STEELYARDD": STEELYARDD})

    def steelyard(self, *arguments):
        done = subprocess.run([STEELYARD, *map(str, arguments)], capture_output=True, text=True, timeout=RUN_SECONDS,
                              check=False, stdin=subprocess.DEVNULL, env=self.environment)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stdout}{done.stderr}")

    def results(self, name, user, model, inputs):
        """Of a worker, by the names of the files; those of this machine are equal."""
        given = [word for one, path in inputs.items() for word in ("--input", f"{one}={path}")]
        mine, got = self.folder / f"{name}-mine", self.folder / f"{name}-got"
        self.steelyard("vm", "run", model, *given, "--out", mine)
        self.steelyard("run", "infer", "--model", model, *given, "--class", "cpu.small", "--from", user, "--yes", "--out", got)
        theirs = {path.name: path.read_bytes() for path in sorted(got.iterdir())}
        self.assertEqual(theirs, {path.name: path.read_bytes() for path in sorted(mine.iterdir())}, name)
        return theirs

    def expect_near(self, name, result, wanted, tolerance):
        """The largest distance, as a part of what is allowed."""
        (sizes, numbers), (wanted_sizes, wanted_numbers) = map(onnx_data.elements, (result, wanted))
        self.assertEqual((sizes, len(numbers)), (wanted_sizes, len(wanted_numbers)), name)
        absolute, relative = tolerance
        worst = max(abs(one - other) / (absolute + relative * abs(other)) for one, other in zip(numbers, wanted_numbers))
        print(f"{name}: {len(numbers)} elements, at most {worst:.3f} of the tolerance {absolute:g} + {relative:g} |y|",
              flush=True)
        self.assertLessEqual(worst, 1, name)

    def for_each(self, check, names):
        """Each account's orders come one after the other."""
        def work(user):
            for name in itertools.islice(names, USERS.index(user), None, len(USERS)):
                check(name, user)
        with concurrent.futures.ThreadPoolExecutor(len(USERS)) as pool:
            for done in [pool.submit(work, user) for user in USERS]:
                done.result()

    def check_torch(self, name, user):
        results = self.results(name, user, TORCH / f"{name}.onnx", {"x": TORCH / f"{name}.x.npy"})
        self.assertEqual(list(results), ["y.npy"])
        self.expect_near(name, results["y.npy"], (TORCH / f"{name}.y.npy").read_bytes(), TORCH_TOLERANCE)

    def check_published(self, case, user):
        model, tensors = PUBLISHED / case / "model.onnx", PUBLISHED / case / "test_data_set_0"
        name = case.replace("/", "-")
        inputs, outputs = onnx_data.names(model.read_bytes())
        given = {}
        for number, one in enumerate(inputs):
            given[one] = self.folder / f"{name}-{number}.npy"
            given[one].write_bytes(onnx_data.npy_of(tensors / f"input_{number}.pb"))
        results = self.results(name, user, model, given)
        self.assertEqual(len(results), len(outputs), name)
        for number, one in enumerate(outputs):
            self.expect_near(f"{case} {one}", results[f"{one}.npy"], onnx_data.npy_of(tensors / f"output_{number}.pb"),
                             PUBLISHED_TOLERANCE)

    def test_exports_of_pytorch(self):
        models = sorted(path.stem for path in TORCH.glob("*.onnx"))
        self.assertGreaterEqual(len(models), 3)
        self.for_each(self.check_torch, models)

    @unittest.skipUnless(PUBLISHED.is_dir(), "libonnx-testdata is not installed")
    def test_published_cases_of_onnx(self):
        self.for_each(self.check_published, CASES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
