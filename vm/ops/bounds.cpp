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

}  // namespace steelyard::vm
