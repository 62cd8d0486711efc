// Integer arithmetic that reports overflow instead of wrapping.
#pragma once

#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>

namespace steelyard {

using Int128 = __int128;
using Uint128 = unsigned __int128;

template <typename T>
concept CheckedInteger = (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, Int128> ||
                         std::same_as<T, Uint128>;

/// a + b, or nothing where T cannot hold it.
template <CheckedInteger T>
constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) {
    T out{};
    return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional<T>(out);
}

/// a - b, or nothing where T cannot hold it.
template <CheckedInteger T>
constexpr std::optional<T> checked_sub(T a, std::type_identity_t<T> b) {
    T out{};
    return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional<T>(out);
}

/// a * b, or nothing where T cannot hold it.
template <CheckedInteger T>
constexpr std::optional<T> checked_mul(T a, std::type_identity_t<T> b) {
    T out{};
    return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional<T>(out);
}

/// The same value in another integer type, or nothing where that type cannot hold it.
template <CheckedInteger To, CheckedInteger From>
constexpr std::optional<To> checked_cast(From value) {
    To out{};
    return __builtin_add_overflow(value, From{0}, &out) ? std::nullopt : std::optional<To>(out);
}

/// a + b, held at the ends of T's range.
template <std::integral T>
constexpr T clipped_add(T a, std::type_identity_t<T> b) {
    T out{};
    if (!__builtin_add_overflow(a, b, &out)) {
        return out;
    }
    return b < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
}

/// a - b, held at the ends of T's range.
template <std::integral T>
constexpr T clipped_sub(T a, std::type_identity_t<T> b) {
    T out{};
    if (!__builtin_sub_overflow(a, b, &out)) {
        return out;
    }
    return b < 0 ? std::numeric_limits<T>::max() : std::numeric_limits<T>::min();
}

}  // namespace steelyard
