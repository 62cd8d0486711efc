// Fixed-width integers in bytes.
#pragma once

#include "base/bytes.h"

#include <bit>
#include <concepts>

namespace steelyard {

static_assert(std::endian::native == std::endian::little, "Steelyard runs on little-endian hosts");

template <std::unsigned_integral T>
void store_le(std::uint8_t* out, T value) {
    std::memcpy(out, &value, sizeof value);
}

template <std::unsigned_integral T>
T load_le(const std::uint8_t* in) {
    T value;
    std::memcpy(&value, in, sizeof value);
    return value;
}

template <std::unsigned_integral T>
void store_be(std::uint8_t* out, T value) {
    store_le(out, std::byteswap(value));
}

template <std::unsigned_integral T>
T load_be(const std::uint8_t* in) {
    return std::byteswap(load_le<T>(in));
}

template <std::unsigned_integral T>
void append_be(Bytes& out, T value) {
    ByteArray<sizeof(T)> bytes;
    store_be(bytes.data(), value);
    append(out, bytes);
}

template <std::unsigned_integral T>
void append_le(Bytes& out, T value) {
    ByteArray<sizeof(T)> bytes;
    store_le(bytes.data(), value);
    append(out, bytes);
}

}  // namespace steelyard
