#!/usr/bin/python3
"""Makes the files of this folder with NumPy (Debian 12's python3-numpy 1.24); run it in the folder."""

import numpy as np

kinds = {
    "f32": "<f4", "f64": "<f8", "f16": "<f2", "i8": "i1", "u8": "u1", "i16": "<i2", "u16": "<u2",
    "i32": "<i4", "u32": "<u4", "i64": "<i8", "u64": "<u8", "bool": "?",
}
for name, kind in kinds.items():
    np.save(f"{name}.npy", np.arange(6).reshape(2, 3).astype(kind))
np.save("bf16.npy", np.arange(6, dtype="<u2").view("V2").reshape(2, 3))
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
np.save("swapped.npy", np.arange(6, dtype=">i4").reshape(2, 3))
np.save("scalar.npy", np.float64(1.5))
np.save("empty.npy", np.zeros((0, 3), dtype="u1"))
np.save("vector.npy", np.arange(5, dtype="<i8"))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(6, dtype="<i2").reshape(2, 3), (version, 0))
np.save("complex.npy", np.zeros(2, dtype="<c8"))
np.save("structured.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i2")]))
np.save("text.npy", np.array(["abc"]))
tensors = {"x": np.arange(1000, dtype="<f4"), "deep/y": np.arange(4, dtype="<i8").reshape(2, 2)}
np.savez("stored.npz", **tensors)
np.savez_compressed("packed.npz", **tensors)
