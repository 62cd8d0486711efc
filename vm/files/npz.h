// .npz: named tensors in a zip archive of .npy files, as NumPy's savez and savez_compressed write.
#pragma once

#include "vm/files/tensor.h"

namespace steelyard::vm {

/// The tensors, named without the ending ".npy", in the archive's order. `bytes_max` is for all of
/// them together, unpacked. Errors: those of zip and npy with the member's name, a name twice.
Result<std::vector<FileTensor>> read_npz(ByteView file, std::uint64_t bytes_max);

/// An archive of stored files. Errors: too large for the format's 32 bits.
Result<Bytes> write_npz(std::span<const FileTensor> tensors);

}  // namespace steelyard::vm
