// .safetensors: named tensors behind a JSON header, as Hugging Face's format describes.
#pragma once

#include "vm/files/tensor.h"

namespace steelyard::vm {

constexpr std::size_t safetensors_header_bytes_max = 16 * 1024 * 1024;

/// A tensor of a file, or for one, where its bytes lie.
struct TensorSlice {
    std::string name{};
    TensorType type{};
    ByteView data{};
};

/// The tensors in the order of the header, as views of `file`. Errors: a header that is not JSON of
/// the format, a name twice, dtypes that the VM has not got, sizes that are not the types', tensors
/// that overlap or leave bytes between them or at the end.
Result<std::vector<TensorSlice>> read_safetensors(ByteView file);

/// A file of the tensors (CHECKed: sizes; names are printable ASCII without quotes and backslashes)
/// in their order.
Bytes write_safetensors(std::span<const TensorSlice> tensors);

}  // namespace steelyard::vm
