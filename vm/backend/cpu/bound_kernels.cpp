#include "vm/backend/cpu/bound_kernels.h"

#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <atomic>
#include <limits>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = std::uint64_t{1} << 18;
constexpr std::uint64_t elements_per_look = 512;
constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

// The bits of floats without their sign are in the order of their magnitudes, with infinity and the
// NaNs behind all numbers. So each type has a largest bit pattern that is within the bound.

/// f16's: the largest whose value is at most the bound.
std::uint16_t largest_f16(float bound) {
    std::uint16_t within = 0;
    std::uint16_t beyond = 0x7c00;
    while (beyond - within > 1) {
        const auto middle = static_cast<std::uint16_t>((within + beyond) / 2);
        (f32_from_f16(middle) <= bound ? within : beyond) = middle;
    }
    return within;
}

/// The first of [first, end) whose magnitude is larger; `end` if there is none.
template <typename Bits>
std::uint64_t first_larger(const Bits* bits, std::uint64_t first, std::uint64_t end, Bits largest) {
    constexpr auto magnitude = static_cast<Bits>(static_cast<Bits>(~Bits{0}) >> 1);
    while (first + elements_per_look <= end) {
        Bits differences = 0;  // both sides are below 2^(n - 1): a negative one has its top bit set
        for (std::uint64_t i = 0; i < elements_per_look; ++i) {
            const auto size = static_cast<Bits>(bits[first + i] & magnitude);
            differences = static_cast<Bits>(differences | static_cast<Bits>(largest - size));
        }
        if ((differences & static_cast<Bits>(~magnitude)) != 0) {
            break;
        }
        first += elements_per_look;
    }
    while (first < end && (bits[first] & magnitude) <= largest) {
        ++first;
    }
    return first;
}

template <typename Bits>
std::optional<std::uint64_t> search(
    const std::byte* data, std::uint64_t count, Bits largest, const Parallel& parallel
) {
    const auto* bits = reinterpret_cast<const Bits*>(data);
    std::atomic<std::uint64_t> found = none;
    const std::uint64_t pieces = (count + elements_per_piece - 1) / elements_per_piece;
    for_each(parallel, pieces, [&](std::size_t index) {
        const std::uint64_t first = index * elements_per_piece;
        const std::uint64_t end = std::min(count, first + elements_per_piece);
        std::uint64_t least = found.load();
        if (least < first) {
            return;
        }
        const std::uint64_t at = first_larger(bits, first, end, largest);
        while (at < end && at < least && !found.compare_exchange_weak(least, at)) {
        }
    });
    const std::uint64_t first = found.load();
    return first == none ? std::nullopt : std::optional(first);
}

}  // namespace

std::optional<std::uint64_t> find_out_of_bound(
    const TensorType& type,
    const std::byte* data,
    std::uint32_t bound_bits,
    const Parallel& parallel
) {
    const std::uint64_t count = type.elements();
    if (bound_bits == unbounded_bits) {
        return std::nullopt;
    }
    const auto bound = std::bit_cast<float>(bound_bits);
    switch (type.dtype) {
        case DType::f32:
            return search<std::uint32_t>(data, count, bound_bits, parallel);
        case DType::f64: {
            const auto largest = std::bit_cast<std::uint64_t>(static_cast<double>(bound));
            return search<std::uint64_t>(data, count, largest, parallel);
        }
        case DType::f16:
            return search<std::uint16_t>(data, count, largest_f16(bound), parallel);
        case DType::bf16: {
            const auto largest = static_cast<std::uint16_t>(bound_bits >> 16);
            return search<std::uint16_t>(data, count, largest, parallel);
        }
        default:
            return std::nullopt;
    }
}

}  // namespace steelyard::vm::cpu
