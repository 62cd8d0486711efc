// FileTensor: a tensor out of a file, or for one.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "vm/program/tensor_type.h"

#include <string>
#include <vector>

namespace steelyard::vm {

constexpr std::size_t tensor_name_bytes_max = 1024;     ///< in a file
constexpr std::size_t file_tensor_count_max = 1 << 16;  ///< of a file

/// Dense, row-major, little-endian. `data` has type.bytes() bytes.
struct FileTensor {
    std::string name{};  ///< as the file has it; empty where the format has none
    TensorType type{};
    Bytes data{};

    bool operator==(const FileTensor&) const = default;
};

}  // namespace steelyard::vm
