// LaneReader: neighbouring elements as lanes of a type that loops are written for.
#pragma once

#include "vm/program/dtype.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace steelyard::vm::cpu {

/// f32 of what is smaller, which it holds exactly; else `type`.
DType wide_type(DType type);

/// Writes elements of f32, f16 or bf16 from f32, each rounded once; a NaN becomes the canonical
/// one.
void write_floats(DType type, const float* from, std::size_t count, std::byte* to);

class LaneReader {
public:
    LaneReader(DType type, DType wide, const std::byte* data)
        : type_(type), wide_(wide), data_(data) {}

    /// Elements [first, first + count) as lanes of the wide type, or where they are if they are of
    /// that type already. Valid until the next call.
    const std::byte* read(std::uint64_t first, std::size_t count);

private:
    DType type_;
    DType wide_;
    const std::byte* data_;
    std::vector<double> lanes_{};
};

}  // namespace steelyard::vm::cpu
