// Bytes written as hex in tests.
#pragma once

#include "base/check.h"
#include "base/hex.h"
#include "crypto/secret.h"

namespace steelyard {

inline Bytes hex_bytes(std::string_view text) {
    const Result<Bytes> bytes = from_hex(text);
    CHECK(bytes);
    return *bytes;
}

template <std::size_t size>
ByteArray<size> hex_array(std::string_view text) {
    ByteArray<size> out;
    CHECK(from_hex(text, out));
    return out;
}

template <std::size_t size>
crypto::Secret<size> hex_secret(std::string_view text) {
    return crypto::Secret<size>(hex_array<size>(text));
}

}  // namespace steelyard
