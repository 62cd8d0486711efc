// .npy: one tensor, as NumPy writes it (NEP 1; versions 1.0, 2.0 and 3.0 of the format).
#pragma once

#include "vm/files/tensor.h"

namespace steelyard::vm {

/// Reads b1, i1 to i8, u1 to u8, f2, f4, f8; V2 is bf16. Big-endian elements are swapped, Fortran
/// order is turned into rows. Nothing is allocated that the bytes do not pay for. Errors: anything
/// else, with its offset; structured types; bytes that are missing or left over.
Result<FileTensor> read_npy(ByteView file);

/// The file of a tensor (CHECKed: data.size() == type.bytes()), version 1.0.
Bytes write_npy(const TensorType& type, ByteView data);

}  // namespace steelyard::vm
