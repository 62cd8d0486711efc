// The loops over lanes, which the compiler makes vectors of. For files of one instruction set.
#pragma once

#include "vm/backend/cpu/window/lane_kernels.h"

namespace steelyard::vm::cpu {

// Each file that includes this has copies of its own, so that none leaks to another.
namespace {

void add(float* __restrict sums, const float* __restrict x, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        sums[i] = sums[i] + x[i];
    }
}

void add_products(
    float* __restrict sums,
    const float* __restrict x,
    const float* __restrict weights,
    std::size_t count
) {
    for (std::size_t i = 0; i < count; ++i) {
        sums[i] = __builtin_fmaf(x[i], weights[i], sums[i]);
    }
}

void divide(float* __restrict x, float divisor, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const float quotient = x[i] / divisor;
        x[i] = quotient != quotient ? __builtin_nanf("") : quotient;
    }
}

void add_matching(
    float* __restrict sums,
    const float* __restrict dy,
    const std::int64_t* __restrict index,
    std::int64_t place,
    std::size_t count
) {
    for (std::size_t i = 0; i < count; ++i) {
        sums[i] = sums[i] + (index[i] == place ? dy[i] : 0.0F);
    }
}

template <typename T>
void see_integers(
    std::byte* __restrict most_bytes, const std::byte* __restrict x_bytes, std::size_t count
) {
    T* most = reinterpret_cast<T*>(most_bytes);
    const T* x = reinterpret_cast<const T*>(x_bytes);
    for (std::size_t i = 0; i < count; ++i) {
        most[i] = x[i] > most[i] ? x[i] : most[i];
    }
}

/// Equal floats have the same bits or are zeros, which are and-ed: -0 only of two of them.
template <typename T, typename Bits>
void see_floats(
    std::byte* __restrict most_bytes, const std::byte* __restrict x_bytes, std::size_t count
) {
    T* most = reinterpret_cast<T*>(most_bytes);
    const T* x = reinterpret_cast<const T*>(x_bytes);
    for (std::size_t i = 0; i < count; ++i) {
        const T a = most[i];
        const T b = x[i];
        const Bits both = __builtin_bit_cast(Bits, a) & __builtin_bit_cast(Bits, b);
        const T greater = b > a ? b : a;
        const T number = a == b ? __builtin_bit_cast(T, both) : greater;
        const T seen = b != b ? b : number;
        most[i] = a != a ? a : seen;
    }
}

void see_greatest(DType type, std::byte* most, const std::byte* x, std::size_t count) {
    switch (type) {
        case DType::f32:
            return see_floats<float, std::uint32_t>(most, x, count);
        case DType::f64:
            return see_floats<double, std::uint64_t>(most, x, count);
        case DType::i8:
            return see_integers<std::int8_t>(most, x, count);
        case DType::u8:
        case DType::boolean:
            return see_integers<std::uint8_t>(most, x, count);
        case DType::f16:
        case DType::bf16:
        case DType::i16:
            return see_integers<std::int16_t>(most, x, count);
        case DType::u16:
            return see_integers<std::uint16_t>(most, x, count);
        case DType::i32:
            return see_integers<std::int32_t>(most, x, count);
        case DType::u32:
            return see_integers<std::uint32_t>(most, x, count);
        case DType::i64:
            return see_integers<std::int64_t>(most, x, count);
        case DType::u64:
            return see_integers<std::uint64_t>(most, x, count);
    }
}

template <typename T, typename Place>
void see_places_as(
    const GreatestPlaces& found, const std::byte* x_bytes, std::int64_t place, std::size_t count
) {
    T* __restrict most = static_cast<T*>(found.most);
    Place* __restrict places = static_cast<Place*>(found.places);
    const T* __restrict x = reinterpret_cast<const T*>(x_bytes);
    const Place here = static_cast<Place>(place);
    for (std::size_t i = 0; i < count; ++i) {
        const T before = most[i];
        const T now = x[i];
        const bool first_nan = (now != now) & (before == before);
        const bool replaces = (places[i] < 0) | (now > before) | first_nan;
        most[i] = replaces ? now : before;
        places[i] = replaces ? here : places[i];
    }
}

void see_places(
    DType type,
    const GreatestPlaces& found,
    const std::byte* x,
    std::int64_t place,
    std::size_t count
) {
    switch (type) {
        case DType::f64:
            return see_places_as<double, std::int64_t>(found, x, place, count);
        case DType::i64:
            return see_places_as<std::int64_t, std::int64_t>(found, x, place, count);
        case DType::u64:
            return see_places_as<std::uint64_t, std::int64_t>(found, x, place, count);
        case DType::i32:
            return see_places_as<std::int32_t, std::int32_t>(found, x, place, count);
        case DType::u32:
            return see_places_as<std::uint32_t, std::int32_t>(found, x, place, count);
        default:
            return see_places_as<float, std::int32_t>(found, x, place, count);
    }
}

constexpr LaneKernels lane_loops{
    .add = add,
    .add_products = add_products,
    .divide = divide,
    .add_matching = add_matching,
    .see_greatest = see_greatest,
    .see_places = see_places,
};

}  // namespace

}  // namespace steelyard::vm::cpu
