#!/usr/bin/python3
"""Checks the models that write_onnx_models wrote with ONNX's own checker and its inference of types and shapes.

Exits with 77 where the checker (python3-onnx) is not installed.
"""

import pathlib
import sys

try:
    # By these names: `import onnx` alone finds the folder of libonnx-testdata, which is no package.
    from onnx import checker, load, shape_inference
except ImportError:
    print("skipped: python3-onnx is not installed")
    sys.exit(77)

models = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
refused = 0
for path in models:
    try:
        checker.check_model(load(path), full_check=True)
    except (checker.ValidationError, shape_inference.InferenceError) as error:
        print(f"{path.name}: {error}")
        refused += 1
print(f"{len(models) - refused} models are right, {refused} are not")
sys.exit(0 if models and refused == 0 else 1)
