// What kernels do with rows of floats, compiled for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// A row of `count` elements of x, with what norms need besides.
struct FloatRow {
    const float* x = nullptr;
    std::uint64_t count = 0;
    const float* gamma = nullptr;  ///< of batch_norm: gamma times the channel's scale
    const float* beta = nullptr;
    const float* mean = nullptr;  ///< of batch_norm
    float epsilon = 0.0F;
    float* out = nullptr;
};

constexpr std::size_t taps_max = 4;

/// A sum of weighted elements, in order: weight * element of the first, then fma; +0 of none.
struct WeightedTaps {
    std::uint64_t index[taps_max] = {};
    float weight[taps_max] = {};
    std::uint32_t count = 0;
    bool outside = false;  ///< another value stands here
};

/// The sum of rows: of `taps` those with its weights.
struct WeightedRows {
    const float* row[taps_max] = {};
    const WeightedTaps* taps = nullptr;  ///< count > 0
    std::uint64_t count = 0;
    float* out = nullptr;
};

/// The rules of doc/spec/vm-operators.md for one row. Sums and products begin as their trees do;
/// NaNs of what is returned may be any, those that are written are canonical.
struct RowFunctions {
    float (*sum)(const float* x, std::uint64_t count) = nullptr;
    double (*sum_f64)(const double* x, std::uint64_t count) = nullptr;
    float (*product)(const float* x, std::uint64_t count) = nullptr;
    double (*product_f64)(const double* x, std::uint64_t count) = nullptr;
    void (*softmax)(const FloatRow& row) = nullptr;
    void (*log_softmax)(const FloatRow& row) = nullptr;
    void (*layer_norm)(const FloatRow& row) = nullptr;
    void (*rms_norm)(const FloatRow& row) = nullptr;
    void (*batch_norm)(const FloatRow& row) = nullptr;

    // resize: sums of whole rows, or of elements of x, one for each of `taps`.
    void (*combine)(const WeightedRows& rows) = nullptr;
    void (*pick_f32)(
        const std::byte* x, const WeightedTaps* taps, std::uint64_t count, float* out
    ) = nullptr;
    void (*pick_f16)(
        const std::byte* x, const WeightedTaps* taps, std::uint64_t count, float* out
    ) = nullptr;
    void (*pick_bf16)(
        const std::byte* x, const WeightedTaps* taps, std::uint64_t count, float* out
    ) = nullptr;

    // Elements of other floats, exactly, and back: rounded once, NaNs canonical.
    void (*clean_f32)(const float* x, std::uint64_t count, float* out) = nullptr;
    void (*widen_f16)(const std::uint16_t* x, std::uint64_t count, float* out) = nullptr;
    void (*widen_bf16)(const std::uint16_t* x, std::uint64_t count, float* out) = nullptr;
    void (*narrow_f16)(const float* x, std::uint64_t count, std::uint16_t* out) = nullptr;
    void (*narrow_bf16)(const float* x, std::uint64_t count, std::uint16_t* out) = nullptr;
};

namespace avx2 {
const RowFunctions& row_functions();
}

namespace avx512 {
const RowFunctions& row_functions();
}

}  // namespace steelyard::vm::cpu
