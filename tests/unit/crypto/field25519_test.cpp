#include "crypto/field25519.h"

#include "base/random.h"

#include <cryptopp/integer.h>
#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

using CryptoPP::Integer;

const Integer& prime() {
    static const Integer p = Integer::Power2(255) - 19;
    return p;
}

Integer value_of(const Field25519& a) {
    Integer value;
    for (std::size_t i = 5; i-- > 0;) {
        value = (value << 51) + Integer(CryptoPP::Integer::POSITIVE, a.limb[i]);
    }
    return value % prime();
}

bool has_limbs_below(const Field25519& a, int bits) {
    return std::ranges::all_of(a.limb, [&](std::uint64_t limb) { return limb >> bits == 0; });
}

/// Limbs below 2^bits, often at either end of that range.
Field25519 extreme(RandomSource& random, int bits) {
    Field25519 out;
    const std::uint64_t max = (std::uint64_t{1} << bits) - 1;
    for (std::uint64_t& limb : out.limb) {
        switch (random.below(4)) {
            case 0:
                limb = max - random.below(20);
                break;
            case 1:
                limb = random.below(20);
                break;
            default:
                limb = random.next_u64() & max;
        }
    }
    return out;
}

TEST(Field25519, multiplies_limbs_up_to_the_promised_bound) {
    SeededRandom random(1);
    for (int i = 0; i < 3000; ++i) {
        const Field25519 a = extreme(random, 54);
        const Field25519 b = extreme(random, 54);

        ASSERT_EQ(value_of(a * b), value_of(a) * value_of(b) % prime());
        ASSERT_EQ(value_of(square(a)), value_of(a) * value_of(a) % prime());
        ASSERT_TRUE(has_limbs_below(a * b, 52));
        ASSERT_TRUE(has_limbs_below(square(a), 52));
    }
    Field25519 top;
    top.limb.fill((std::uint64_t{1} << 54) - 1);
    EXPECT_EQ(value_of(top * top), value_of(top) * value_of(top) % prime());
    EXPECT_EQ(value_of(square(top)), value_of(top * top));
}

TEST(Field25519, subtracts_limbs_up_to_the_promised_bound) {
    SeededRandom random(2);
    for (int i = 0; i < 3000; ++i) {
        const Field25519 a = extreme(random, 53);
        const Field25519 b = extreme(random, 53);

        ASSERT_EQ(value_of(a - b), (value_of(a) + prime() - value_of(b)) % prime());
        ASSERT_EQ(value_of(a + b), (value_of(a) + value_of(b)) % prime());
        ASSERT_TRUE(has_limbs_below(a - b, 52));
    }
}

TEST(Field25519, has_one_canonical_form) {
    SeededRandom random(3);
    for (int i = 0; i < 3000; ++i) {
        const Field25519 a = extreme(random, 54);
        const Field25519 canonical = a.canonical();

        Integer value;
        for (std::size_t j = 5; j-- > 0;) {
            ASSERT_EQ(canonical.limb[j] >> 51, 0U);
            value = (value << 51) + Integer(CryptoPP::Integer::POSITIVE, canonical.limb[j]);
        }
        ASSERT_EQ(value, value_of(a));
        ASSERT_EQ(a.is_odd(), value.IsOdd());
        ASSERT_EQ(a.is_zero(), value.IsZero());
    }
}

TEST(Field25519, wraps_at_the_prime) {
    // p - 1, p, p + 1 and 2^255 - 1, the last with the sign bit that reading drops.
    ByteArray<32> bytes;
    bytes.fill(0xFF);
    EXPECT_EQ(value_of(Field25519::from_bytes(bytes)), 18);
    bytes[31] = 0x7F;
    EXPECT_EQ(value_of(Field25519::from_bytes(bytes)), 18);
    bytes[0] = 0xED;
    EXPECT_TRUE(Field25519::from_bytes(bytes).is_zero());
    bytes[0] = 0xEE;
    EXPECT_EQ(Field25519::from_bytes(bytes).canonical().limb, (Field25519{{1, 0, 0, 0, 0}}.limb));
    bytes[0] = 0xEC;
    EXPECT_EQ(value_of(Field25519::from_bytes(bytes)), prime() - 1);
    EXPECT_FALSE(Field25519::from_bytes(bytes).is_odd());
}

TEST(Field25519, reads_bytes_as_a_little_endian_number) {
    SeededRandom random(4);
    for (int i = 0; i < 100; ++i) {
        ByteArray<32> bytes;
        random.fill(bytes);
        const Field25519 value = Field25519::from_bytes(bytes);
        bytes[31] &= 0x7F;
        const Integer expected(
            bytes.data(), bytes.size(), Integer::UNSIGNED, CryptoPP::LITTLE_ENDIAN_ORDER
        );
        ASSERT_EQ(value_of(value), expected % prime());
    }
}

TEST(Field25519, raises_to_its_two_powers) {
    SeededRandom random(5);
    for (int i = 0; i < 20; ++i) {
        const Field25519 a = extreme(random, 51);
        const Integer value = value_of(a);

        ASSERT_EQ(value_of(inverse(a)), a_exp_b_mod_c(value, prime() - 2, prime()));
        ASSERT_EQ(
            value_of(power_p_less_5_over_8(a)), a_exp_b_mod_c(value, (prime() - 5) / 8, prime())
        );
    }
    EXPECT_TRUE(inverse(Field25519{}).is_zero());
}

}  // namespace
}  // namespace steelyard::crypto
