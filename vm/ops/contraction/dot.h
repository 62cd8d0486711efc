// Dot products: the order in which the contractions add (doc/spec/vm-operators.md, K1).
#pragma once

#include "vm/program/dtype.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm {

/// The products that one chain of fmas adds up. The sums of the chains are added ascending.
constexpr std::size_t dot_chunk = 512;

/// Chains that run side by side: an fma takes as long as four or more that wait for nothing.
constexpr std::size_t dot_chains = 8;
constexpr std::size_t dot_block = dot_chains * dot_chunk;

enum class FmaMode : std::uint8_t { processor, software };

/// A dot product whose factors come block by block.
class DotSum {
public:
    explicit DotSum(FmaMode mode) : mode_(mode) {}

    /// The next products, ascending: `dot_block` of them, the last time perhaps fewer.
    void add(const float* a, const float* b, std::size_t count);

    /// +0 of no products. A NaN is a NaN of any bits.
    float value() const { return total_; }

private:
    FmaMode mode_;
    bool started_ = false;
    float total_ = 0.0F;
};

/// f32, f16 or bf16 elements as f32: `elements` themselves, or `buffer` filled from them.
const float* widened(DType type, const std::byte* elements, std::size_t count, float* buffer);

/// Writes the f32 `value` as an element of type f32, f16 or bf16, rounded once, NaN canonical.
void store_float(DType type, float value, std::byte* to);

/// True for the types of floats that arithmetic in f32 takes: f32, f16, bf16.
constexpr bool widens_to_f32(DType type) {
    return type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

}  // namespace steelyard::vm
