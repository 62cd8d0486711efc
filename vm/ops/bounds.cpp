#include "vm/ops/bounds.h"

#include "vm/ops/narrow_floats.h"

#include <cstring>

namespace steelyard::vm {

namespace {

template <typename T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}

/// False for a NaN: it compares as nothing.
template <typename T>
bool is_within(T x, T bound) {
    return (x < T{0} ? -x : x) <= bound;
}

/// Of magnitudes the bits ascend as the values do, and a NaN's are beyond infinity's.
template <typename Bits>
bool are_at_most(std::span<const std::byte> elements, Bits largest) {
    constexpr auto magnitude = static_cast<Bits>(static_cast<Bits>(~Bits{0}) >> 1);
    Bits greatest = 0;
    for (std::size_t at = 0; at < elements.size(); at += sizeof(Bits)) {
        const auto bits = static_cast<Bits>(load<Bits>(elements.data() + at) & magnitude);
        greatest = greatest < bits ? bits : greatest;
    }
    return greatest <= largest;
}

/// The bits of the greatest f16 that is not beyond a bound.
std::uint16_t f16_at_most(float bound) {
    const std::uint16_t nearest = f16_from_f32(bound);
    return static_cast<std::uint16_t>(f32_from_f16(nearest) > bound ? nearest - 1 : nearest);
}

}  // namespace

bool within_bound(DType type, const std::byte* element, std::uint32_t bound_bits) {
    if (bound_bits == unbounded_bits) {
        return true;
    }
    const auto bound = std::bit_cast<float>(bound_bits);
    switch (type) {
        case DType::f32:
            return is_within(load<float>(element), bound);
        case DType::f64:
            return is_within(load<double>(element), static_cast<double>(bound));
        case DType::f16:
            return is_within(f32_from_f16(load<std::uint16_t>(element)), bound);
        case DType::bf16:
            return is_within(f32_from_bf16(load<std::uint16_t>(element)), bound);
        default:
            return true;
    }
}

bool all_within_bound(DType type, std::span<const std::byte> elements, std::uint32_t bound_bits) {
    if (bound_bits == unbounded_bits) {
        return true;
    }
    const auto bound = std::bit_cast<float>(bound_bits);
    switch (type) {
        case DType::f32:
            return are_at_most(elements, bound_bits);
        case DType::f64:
            return are_at_most(elements, std::bit_cast<std::uint64_t>(static_cast<double>(bound)));
        case DType::f16:
            return are_at_most(elements, f16_at_most(bound));
        case DType::bf16:
            return are_at_most(elements, static_cast<std::uint16_t>(bound_bits >> 16));
        default:
            return true;
    }
}

}  // namespace steelyard::vm
