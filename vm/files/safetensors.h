// .safetensors: named tensors behind a JSON header, as Hugging Face's format describes.
#pragma once

#include "vm/files/tensor.h"

#include <map>
#include <span>

namespace steelyard::vm {

constexpr std::size_t safetensors_header_bytes_max = 16 * 1024 * 1024;

/// A tensor of a file, or for one, where its bytes lie.
struct TensorSlice {
    std::string name{};
    TensorType type{};
    ByteView data{};
};

/// Where a tensor of a file lies.
struct TensorPlace {
    std::string name{};
    TensorType type{};
    std::uint64_t offset = 0;  ///< from the file's start
};

/// Texts beside the tensors, escapes left as they are in the file.
using SafetensorsMetadata = std::map<std::string, std::string>;

struct SafetensorsLayout {
    std::vector<TensorPlace> tensors{};  ///< in the order of the header
    SafetensorsMetadata metadata{};
};

/// How many bytes stand before the elements of a file that begins with `start`, 8 bytes of it at
/// least. Errors: a shorter file, a header over the limit or longer than the file.
Result<std::uint64_t> safetensors_head_bytes(ByteView start, std::uint64_t file_bytes);

/// Of a file of `file_bytes` that begins with `head`. Errors: those of read_safetensors.
Result<SafetensorsLayout> read_safetensors_layout(ByteView head, std::uint64_t file_bytes);

/// The tensors in the order of the header, as views of `file`. Errors: a header that is not JSON of
/// the format, a name twice, dtypes that the VM has not got, sizes that are not the types', tensors
/// that overlap or leave bytes between them or at the end.
Result<std::vector<TensorSlice>> read_safetensors(ByteView file);

/// What stands before the elements of a file of these tensors, in their order; their data follow,
/// one after the other. CHECKed: sizes; names and metadata are printable ASCII without quotes and
/// backslashes.
Bytes safetensors_head(
    std::span<const TensorSlice> tensors, const SafetensorsMetadata& metadata = {}
);

/// The whole file.
Bytes write_safetensors(std::span<const TensorSlice> tensors);

}  // namespace steelyard::vm
