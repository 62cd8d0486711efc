// .gguf: what the head of a file says (the format of ggml, versions 2 and 3). Elements are not
// read.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace steelyard::vm {

/// The most of a file that is taken for its head: vocabularies are in it.
constexpr std::size_t gguf_head_bytes_max = 64 << 20;
constexpr std::size_t gguf_entry_count_max = 1 << 16;  ///< of metadata, and of tensors
constexpr std::size_t gguf_text_bytes_max = 256;       ///< of a value that is told

struct GgufTensor {
    std::string name{};
    std::string type{};  ///< such as "Q4_K"; "type 77" of one that is not known here
    std::vector<std::uint64_t> sizes{};  ///< outermost first, the reverse of the file's order
    std::uint64_t bytes = 0;             ///< 0: not known

    bool operator==(const GgufTensor&) const = default;
};

struct GgufEntry {
    std::string key{};
    std::string value{};  ///< as text: shortened, of an array its count and type

    bool operator==(const GgufEntry&) const = default;
};

struct GgufHead {
    std::uint32_t version = 0;
    std::vector<GgufEntry> metadata{};
    std::vector<GgufTensor> tensors{};
    std::uint64_t tensor_bytes = 0;  ///< of all whose type is known
    std::uint64_t data_offset = 0;   ///< where elements begin

    bool operator==(const GgufHead&) const = default;
};

/// Of a file of `file_bytes` that begins with `start`, all of it or gguf_head_bytes_max. Nothing is
/// allocated that the bytes do not pay for. Errors, with the offset: what is no GGUF, other
/// versions, a head that is longer than `start`, tensors that lie outside of the file.
Result<GgufHead> read_gguf_head(ByteView start, std::uint64_t file_bytes);

}  // namespace steelyard::vm
