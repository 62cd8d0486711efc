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

constexpr std::size_t npy_head_bytes_max = 12 + 4096;  ///< that are read

/// What stands before the elements, and how they lie.
struct NpyHead {
    TensorType type{};
    bool is_swapped = false;  ///< big-endian
    bool is_fortran = false;  ///< columns first
    std::size_t size = 0;     ///< of the head: where the elements begin
};

/// The head of a file of which this is the beginning: `npy_head_bytes_max` bytes are always enough.
/// Errors: those of read_npy, but for the number of elements that follow.
Result<NpyHead> read_npy_head(ByteView beginning);

/// The head that write_npy puts before the elements.
Bytes write_npy_head(const TensorType& type);

}  // namespace steelyard::vm
