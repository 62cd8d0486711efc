#!/usr/bin/python3
"""Makes the archives with sizes of 64 bits of two arrays of this folder (Debian 12's Python 3.11); run it in the folder."""

import pathlib
import zipfile

MEMBERS = {"x.npy": "f32.npy", "deep/y.npy": "vector.npy"}


def write(path, compression, limit):
    """Numbers beyond the limit go into fields of 64 bits."""
    zipfile.ZIP64_LIMIT = limit
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in MEMBERS.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            with archive.open(info, "w", force_zip64=True) as member:
                member.write(pathlib.Path(source).read_bytes())


write("zip64_local.npz", zipfile.ZIP_STORED, 2**31 - 1)
write("zip64.npz", zipfile.ZIP_DEFLATED, 0)
# As some programs do: nothing but the record of 64 bits says where the directory is.
whole = bytearray(pathlib.Path("zip64.npz").read_bytes())
whole[-14:-2] = b"\xff" * 12
pathlib.Path("zip64_end.npz").write_bytes(whole)
