// The permutation Keccak-f[1600] (FIPS 202), the core of SHA-3 and of STROBE.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace steelyard::crypto {

/// The 5 x 5 lanes of the state: lane (x, y) at index x + 5 * y.
using KeccakState = std::array<std::uint64_t, 25>;

/// The round constants: bit 2^j - 1 of each is one output bit of the LFSR x^8 + x^6 + x^5 + x^4
/// + 1.
consteval std::array<std::uint64_t, 24> keccak_round_constants() {
    std::array<std::uint64_t, 24> constants{};
    unsigned lfsr = 1;
    for (std::uint64_t& constant : constants) {
        for (unsigned j = 0; j < 7; ++j) {
            constant |= std::uint64_t{lfsr & 1} << ((1U << j) - 1);
            lfsr = lfsr << 1 ^ (lfsr >> 7) * 0x171;
        }
    }
    return constants;
}

/// One round's steps theta, rho, pi and chi.
constexpr void keccak_mix(KeccakState& lanes) {
    std::array<std::uint64_t, 5> parity{};
    for (std::size_t i = 0; i < 25; ++i) {
        parity[i % 5] ^= lanes[i];
    }
    for (std::size_t i = 0; i < 25; ++i) {
        lanes[i] ^= parity[(i + 4) % 5] ^ std::rotl(parity[(i + 1) % 5], 1);
    }
    // Rho turns the t-th lane on pi's orbit from (1, 0) by (t + 1)(t + 2) / 2 bits.
    std::uint64_t moving = lanes[1];
    for (std::size_t t = 0, x = 1, y = 0; t < 24; ++t) {
        const std::size_t next_y = (2 * x + 3 * y) % 5;
        x = y;
        y = next_y;
        std::uint64_t& lane = lanes[x + 5 * y];
        const std::uint64_t displaced = lane;
        lane = std::rotl(moving, static_cast<int>((t + 1) * (t + 2) / 2 % 64));
        moving = displaced;
    }
    for (std::size_t row = 0; row < 25; row += 5) {
        const std::uint64_t first = lanes[row];
        const std::uint64_t second = lanes[row + 1];
        lanes[row] ^= ~lanes[row + 1] & lanes[row + 2];
        lanes[row + 1] ^= ~lanes[row + 2] & lanes[row + 3];
        lanes[row + 2] ^= ~lanes[row + 3] & lanes[row + 4];
        lanes[row + 3] ^= ~lanes[row + 4] & first;
        lanes[row + 4] ^= ~first & second;
    }
}

constexpr void keccak_f1600(KeccakState& lanes) {
    for (const std::uint64_t constant : keccak_round_constants()) {
        keccak_mix(lanes);
        lanes[0] ^= constant;
    }
}

}  // namespace steelyard::crypto
