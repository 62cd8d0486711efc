// What kernels do with rows of numbers of any type, compiled for each instruction set.
#pragma once

#include "vm/program/dtype.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// The rules of doc/spec/vm-operators.md for one row of one type; `x` is aligned to an element.
struct NumberRows {
    // Of integers of 4 and 8 bytes, modulo 2^n: as bits of n = 32 or 64; nullptr of other types.
    std::uint64_t (*sum)(const std::byte* x, std::uint64_t count) = nullptr;
    std::uint64_t (*product)(const std::byte* x, std::uint64_t count) = nullptr;

    // The bits of the result, NaNs canonical; count > 0.
    std::uint64_t (*greatest)(const std::byte* x, std::uint64_t count) = nullptr;
    std::uint64_t (*least)(const std::byte* x, std::uint64_t count) = nullptr;

    // argmax and argmin; count > 0.
    std::uint64_t (*place_of_greatest)(const std::byte* x, std::uint64_t count, bool last_wins) =
        nullptr;
    std::uint64_t (*place_of_least)(const std::byte* x, std::uint64_t count, bool last_wins) =
        nullptr;
};

namespace avx2 {
const NumberRows& number_rows(DType type);
}

namespace avx512 {
const NumberRows& number_rows(DType type);
}

}  // namespace steelyard::vm::cpu
