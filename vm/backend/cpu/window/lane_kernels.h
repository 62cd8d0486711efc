// Loops over lanes: one tap of many channels or windows at a time, of any element type.
#pragma once

#include "vm/program/dtype.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// Greatest elements so far and where they were: `places` below 0: nothing was seen. Places
/// have as many bits as lanes.
struct GreatestPlaces {
    void* most = nullptr;
    void* places = nullptr;
};

/// All on `count` lanes that share no memory.
struct LaneKernels {
    void (*add)(float* sums, const float* x, std::size_t count) = nullptr;
    /// sums = fma(x, weights, sums)
    void (*add_products)(float* sums, const float* x, const float* weights, std::size_t count) =
        nullptr;
    /// A NaN becomes the canonical one.
    void (*divide)(float* x, float divisor, std::size_t count) = nullptr;
    /// sums += dy where the index is `place`, elsewhere +0.
    void (*add_matching)(
        float* sums,
        const float* dy,
        const std::int64_t* index,
        std::int64_t place,
        std::size_t count
    ) = nullptr;

    /// most = max(most, x) by A4, but for the bits of a NaN. The type is no f16 and no bf16.
    void (*see_greatest)(DType type, std::byte* most, const std::byte* x, std::size_t count) =
        nullptr;
    /// The rule of `max_pool_index` for one tap. Lanes are of 32 or 64 bits.
    void (*see_places)(
        DType type,
        const GreatestPlaces& found,
        const std::byte* x,
        std::int64_t place,
        std::size_t count
    ) = nullptr;
};

namespace avx2 {
extern const LaneKernels lane_kernels;
}

namespace avx512 {
extern const LaneKernels lane_kernels;
}

}  // namespace steelyard::vm::cpu
