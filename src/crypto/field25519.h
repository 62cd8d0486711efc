// Arithmetic in GF(2^255 - 19), for public data only: its time depends on the operands.
#pragma once

#include "base/bytes.h"
#include "base/checked.h"

namespace steelyard::crypto {

/// An element, as five limbs of 51 bits from low to high: the value is the sum of limb[i] * 2^(51
/// i), and many limbs stand for one element.
///
/// What products and differences return has limbs below 2^52. Sums are not carried: one of two such
/// elements has limbs below 2^53. Products take limbs below 2^54, differences below 2^53, so a sum
/// may go into either, and a sum of sums into neither.
struct Field25519 {
    std::array<std::uint64_t, 5> limb{};

    /// Reads 255 bits, little-endian, and drops the top bit. Values from p to 2^255 - 1 stand for
    /// themselves less p.
    static constexpr Field25519 from_bytes(std::span<const std::uint8_t, 32> bytes);

    /// Whether the least non-negative representative is odd.
    constexpr bool is_odd() const { return (canonical().limb[0] & 1) == 1; }
    constexpr bool is_zero() const { return canonical().limb == Field25519{}.limb; }

    /// The one form with limbs of 51 bits and a value below p.
    constexpr Field25519 canonical() const;
};

namespace field25519 {

using Wide = Uint128;

inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 51) - 1;

/// Moves what is above 51 bits in each limb to the next one; 2^255 is 19. Limb 0 ends below
/// 2^51 + 2^18, the others below 2^51.
constexpr Field25519 carried(Field25519 a) {
    for (std::size_t i = 0; i < 4; ++i) {
        a.limb[i + 1] += a.limb[i] >> 51;
        a.limb[i] &= limb_mask;
    }
    a.limb[0] += 19 * (a.limb[4] >> 51);
    a.limb[4] &= limb_mask;
    return a;
}

/// Carries the columns of a product, each below 2^115.
constexpr Field25519 from_columns(std::array<Wide, 5> column) {
    Field25519 out;
    for (std::size_t i = 0; i < 4; ++i) {
        column[i + 1] += column[i] >> 51;
        out.limb[i] = static_cast<std::uint64_t>(column[i]) & limb_mask;
    }
    out.limb[4] = static_cast<std::uint64_t>(column[4]) & limb_mask;
    out.limb[0] += 19 * static_cast<std::uint64_t>(column[4] >> 51);
    out.limb[1] += out.limb[0] >> 51;
    out.limb[0] &= limb_mask;
    return out;
}

}  // namespace field25519

constexpr Field25519 operator+(const Field25519& a, const Field25519& b) {
    Field25519 out;
    for (std::size_t i = 0; i < 5; ++i) {
        out.limb[i] = a.limb[i] + b.limb[i];
    }
    return out;
}

constexpr Field25519 operator-(const Field25519& a, const Field25519& b) {
    // 8p, limb by limb, keeps every difference positive.
    constexpr std::uint64_t low = 8 * (field25519::limb_mask - 18);
    constexpr std::uint64_t high = 8 * field25519::limb_mask;
    Field25519 out;
    for (std::size_t i = 0; i < 5; ++i) {
        out.limb[i] = a.limb[i] + (i == 0 ? low : high) - b.limb[i];
    }
    return field25519::carried(out);
}

constexpr Field25519 operator-(const Field25519& a) {
    return Field25519{} - a;
}

constexpr Field25519 operator*(const Field25519& a, const Field25519& b) {
    using field25519::Wide;
    const auto& [a0, a1, a2, a3, a4] = a.limb;
    const auto& [b0, b1, b2, b3, b4] = b.limb;
    const std::uint64_t b1_19 = 19 * b1;
    const std::uint64_t b2_19 = 19 * b2;
    const std::uint64_t b3_19 = 19 * b3;
    const std::uint64_t b4_19 = 19 * b4;
    return field25519::from_columns({
        Wide{a0} * b0 + Wide{a1} * b4_19 + Wide{a2} * b3_19 + Wide{a3} * b2_19 + Wide{a4} * b1_19,
        Wide{a0} * b1 + Wide{a1} * b0 + Wide{a2} * b4_19 + Wide{a3} * b3_19 + Wide{a4} * b2_19,
        Wide{a0} * b2 + Wide{a1} * b1 + Wide{a2} * b0 + Wide{a3} * b4_19 + Wide{a4} * b3_19,
        Wide{a0} * b3 + Wide{a1} * b2 + Wide{a2} * b1 + Wide{a3} * b0 + Wide{a4} * b4_19,
        Wide{a0} * b4 + Wide{a1} * b3 + Wide{a2} * b2 + Wide{a3} * b1 + Wide{a4} * b0,
    });
}

constexpr Field25519 square(const Field25519& a) {
    using field25519::Wide;
    const auto& [a0, a1, a2, a3, a4] = a.limb;
    const std::uint64_t a0_2 = 2 * a0;
    const std::uint64_t a1_2 = 2 * a1;
    const std::uint64_t a2_2 = 2 * a2;
    const std::uint64_t a3_19 = 19 * a3;
    const std::uint64_t a4_19 = 19 * a4;
    return field25519::from_columns({
        Wide{a0} * a0 + Wide{a1_2} * a4_19 + Wide{a2_2} * a3_19,
        Wide{a0_2} * a1 + Wide{a2_2} * a4_19 + Wide{a3} * a3_19,
        Wide{a0_2} * a2 + Wide{a1} * a1 + Wide{2 * a3} * a4_19,
        Wide{a0_2} * a3 + Wide{a1_2} * a2 + Wide{a4} * a4_19,
        Wide{a0_2} * a4 + Wide{a1_2} * a3 + Wide{a2} * a2,
    });
}

/// a^(2^count).
constexpr Field25519 square_times(Field25519 a, int count) {
    for (int i = 0; i < count; ++i) {
        a = square(a);
    }
    return a;
}

constexpr bool operator==(const Field25519& a, const Field25519& b) {
    return (a - b).is_zero();
}

constexpr Field25519 Field25519::from_bytes(std::span<const std::uint8_t, 32> bytes) {
    Field25519 out;
    for (std::size_t bit = 0; bit < 255; bit += 51) {
        // 51 bits lie within 8 bytes, wherever they begin.
        const std::size_t first = std::min<std::size_t>(bit / 8, 24);
        std::uint64_t word = 0;
        for (std::size_t i = 8; i-- > 0;) {
            word = word << 8 | bytes[first + i];
        }
        out.limb[bit / 51] = word >> (bit - 8 * first) & field25519::limb_mask;
    }
    return out;
}

constexpr Field25519 Field25519::canonical() const {
    Field25519 out = field25519::carried(field25519::carried(*this));
    // Now below 2p: p goes off if adding 19 reaches 2^255.
    std::uint64_t carry = 19;
    for (const std::uint64_t value : out.limb) {
        carry = (value + carry) >> 51;
    }
    carry *= 19;
    for (std::uint64_t& value : out.limb) {
        value += carry;
        carry = value >> 51;
        value &= field25519::limb_mask;
    }
    return out;
}

namespace field25519 {

/// a^(2^250 - 1), the long part of the powers below.
constexpr Field25519 power_of_250_ones(const Field25519& a) {
    // An exponent of n ones, shifted by m bits and added to one of m ones, has n + m ones.
    const Field25519 ones_2 = square(a) * a;
    const Field25519 ones_4 = square_times(ones_2, 2) * ones_2;
    const Field25519 ones_5 = square(ones_4) * a;
    const Field25519 ones_10 = square_times(ones_5, 5) * ones_5;
    const Field25519 ones_20 = square_times(ones_10, 10) * ones_10;
    const Field25519 ones_40 = square_times(ones_20, 20) * ones_20;
    const Field25519 ones_50 = square_times(ones_40, 10) * ones_10;
    const Field25519 ones_100 = square_times(ones_50, 50) * ones_50;
    const Field25519 ones_200 = square_times(ones_100, 100) * ones_100;
    return square_times(ones_200, 50) * ones_50;
}

}  // namespace field25519

/// a^((p-5)/8) = a^(2^252 - 3).
constexpr Field25519 power_p_less_5_over_8(const Field25519& a) {
    return square_times(field25519::power_of_250_ones(a), 2) * a;
}

/// a^(p-2) = a^(2^255 - 21): 1/a, and 0 for 0.
constexpr Field25519 inverse(const Field25519& a) {
    const Field25519 a_11 = square(square(square(a))) * square(a) * a;
    return square_times(field25519::power_of_250_ones(a), 5) * a_11;
}

}  // namespace steelyard::crypto
