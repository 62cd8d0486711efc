// Dot products of bytes, modulo 2^32 (doc/spec/vm-operators.md, K4).
#pragma once

#include "base/result.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

/// An operand of i8 or u8 and its zero point: what its bytes stand for.
struct ByteFactor {
    bool is_signed = false;
    std::int32_t zero = 0;

    ByteFactor(DType type, std::int64_t zero_point);

    /// -255 to 255.
    std::int32_t value(std::byte element) const {
        const auto byte = static_cast<std::uint8_t>(element);
        return (is_signed ? static_cast<std::int8_t>(byte) : static_cast<std::int32_t>(byte)) -
               zero;
    }
};

/// An operand of i8 or u8 with a zero point of its range.
Result<void> expect_byte_operand(const TensorType& operand, std::int64_t zero_point);

/// A type i32[n]. Error: "a bias i32[3] for 4 columns".
Result<void> expect_i32_bias(const TensorType& bias, std::uint64_t columns);

/// The sum of the products modulo 2^32.
std::uint32_t byte_dot(
    const ByteFactor& a,
    const std::byte* left,
    const ByteFactor& b,
    const std::byte* right,
    std::uint64_t count
);

std::uint32_t read_u32(Reader& reader, std::size_t operand, std::uint64_t element);
void store_u32(std::uint32_t value, std::byte* to);

/// Gas of all outputs, and verification gas of one, with `k` products each.
std::uint64_t byte_dot_gas(const NodeCall& call, std::uint64_t k);
std::uint64_t byte_dot_probe_gas(std::uint64_t k);

}  // namespace steelyard::vm
