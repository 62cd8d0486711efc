// Byte strings: owned, viewed, of fixed size; conversions and comparison.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

template <std::size_t size>
using ByteArray = std::array<std::uint8_t, size>;

/// The bytes of a text, as a view of it.
inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as a text, as a view of them.
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

inline void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// Lexicographic order of unsigned bytes; a prefix sorts first. The order of every key here.
inline std::strong_ordering compare(ByteView a, ByteView b) {
    const std::size_t common = std::min(a.size(), b.size());
    const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

inline bool equal(ByteView a, ByteView b) {
    return compare(a, b) == 0;
}

/// The first `size` bytes of a view that is known to be that long (CHECKed by `first`'s contract).
template <std::size_t size>
ByteArray<size> to_array(std::span<const std::uint8_t, size> bytes) {
    ByteArray<size> out;
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

}  // namespace steelyard
