// Dot products of integers in f64: exact in any order, as long as sums stay below 2^53.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// Digits of a row in one chunk: products of 2^44 at most, 512 of them below 2^53.
constexpr std::size_t digit_chunk = 512;

/// Digits from one row to the next: so many that neighbours do not share sets of the cache.
constexpr std::size_t digit_stride = digit_chunk + 8;

/// sums[r * sums_stride + c] += the dot product of digits of rows a + r * digit_stride and b + c *
/// digit_stride, for r < rows, c < columns; rows hold zeros behind their last digit up to `count`.
struct DigitBlock {
    const double* a = nullptr;
    const double* b = nullptr;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t count = 0;  ///< digits that are not zeros, to the next multiple of 8
    std::int64_t* sums = nullptr;
    std::size_t sums_stride = 0;
};

/// How to make digits of `count` elements of a row: times scale, rounded, held within +-most.
struct DigitRow {
    const float* from = nullptr;
    std::size_t count = 0;
    double scale = 1.0;
    double most = 0.0;
    double* to = nullptr;
};

struct DigitKernels {
    void (*add_dots)(const DigitBlock& block) = nullptr;
    void (*make_digits)(const DigitRow& row) = nullptr;
};

namespace avx2 {
extern const DigitKernels digit_kernels;
}

namespace avx512 {
extern const DigitKernels digit_kernels;
}

}  // namespace steelyard::vm::cpu
