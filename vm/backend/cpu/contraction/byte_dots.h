// Dot products of bytes, row by row, for matrices of so few rows that nothing is worth packing.
#pragma once

#include "vm/backend/cpu/kernels.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// One operand's bytes, and the other's made ready once: with `words` as i16, each less its zero
/// point, else as i8, each u8 less 128; zeros behind the last up to a multiple of 64.
struct ByteDot {
    const std::uint8_t* row = nullptr;
    const void* factors = nullptr;
    std::size_t count = 0;
    bool is_signed = false;
    std::int16_t zero = 0;  ///< of the row; with `words`
};

struct ByteDotKernels {
    bool words = false;
    /// The sum, modulo 2^32, of (row - zero) * factor; without `words` of the row as u8, each i8
    /// and 128, times the factor.
    std::uint32_t (*dot)(const ByteDot& dot) = nullptr;
};

namespace avx2 {
extern const ByteDotKernels byte_dot_kernels;
}

namespace avx512_vnni {
extern const ByteDotKernels byte_dot_kernels;
}

/// Whether a call of `gemm_i8` is done by dot products.
bool is_row_by_row(const NodeCall& call);

/// `gemm_i8` of a call that `is_row_by_row`.
void multiply_rows_of_bytes(
    const ByteDotKernels& kernels, const NodeWork& work, const Parallel& parallel
);

}  // namespace steelyard::vm::cpu
