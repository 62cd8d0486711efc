#include "vm/ops/contraction/digits.h"

#include "vm/ops/cost.h"

#include <cstring>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t products_per_gas = 4;
constexpr std::uint64_t products_per_probe_gas = 64;
constexpr std::uint64_t bias_gas = 2;

}  // namespace

ByteFactor::ByteFactor(DType type, std::int64_t zero_point)
    : is_signed(type == DType::i8), zero(static_cast<std::int32_t>(zero_point)) {
}

Result<void> expect_byte_operand(const TensorType& operand, std::int64_t zero_point) {
    const bool is_i8 = operand.dtype == DType::i8;
    if (!is_i8 && operand.dtype != DType::u8) {
        return invalid("{}: takes i8 and u8", operand.text());
    }
    if (zero_point < (is_i8 ? -128 : 0) || zero_point > (is_i8 ? 127 : 255)) {
        return invalid("zero point {} of {}", zero_point, operand.text());
    }
    return {};
}

Result<void> expect_i32_bias(const TensorType& bias, std::uint64_t columns) {
    if (bias.dtype != DType::i32 || bias.shape.rank() != 1 || bias.shape[0] != columns) {
        return invalid("a bias {} for {} columns", bias.text(), columns);
    }
    return {};
}

std::uint32_t byte_dot(
    const ByteFactor& a,
    const std::byte* left,
    const ByteFactor& b,
    const std::byte* right,
    std::uint64_t count
) {
    std::uint32_t sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        sum += static_cast<std::uint32_t>(a.value(left[i]) * b.value(right[i]));
    }
    return sum;
}

std::uint32_t read_u32(Reader& reader, std::size_t operand, std::uint64_t element) {
    std::uint32_t value = 0;
    std::memcpy(&value, reader.read(operand, element, 1), sizeof value);
    return value;
}

void store_u32(std::uint32_t value, std::byte* to) {
    std::memcpy(to, &value, sizeof value);
}

std::uint64_t byte_dot_gas(const NodeCall& call, std::uint64_t k) {
    const std::uint64_t bias = call.operands.size() > 2 ? bias_gas : 0;
    return saturating_mul(call.output.elements(), k / products_per_gas + 1 + bias);
}

std::uint64_t byte_dot_probe_gas(std::uint64_t k) {
    return k / products_per_probe_gas + 1;
}

}  // namespace steelyard::vm
