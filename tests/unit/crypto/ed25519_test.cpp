#include "crypto/ed25519.h"

#include "base/hex.h"
#include "base/random.h"

#include <cryptopp/donna.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace steelyard::crypto::ed25519 {
namespace {

/// The lines of a vector file, as words; "-" is the empty word.
std::vector<std::vector<std::string>> read_vectors(const std::string& name) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/ed25519/" + name);
    std::vector<std::vector<std::string>> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) {
            continue;
        }
        std::istringstream words(line);
        auto& fields = lines.emplace_back();
        for (std::string word; words >> word;) {
            fields.push_back(word == "-" ? "" : word);
        }
    }
    return lines;
}

KeyBytes key_bytes(std::string_view hex) {
    KeyBytes key;
    EXPECT_TRUE(from_hex(hex, key));
    return key;
}

Secret<32> seed_of(std::string_view hex) {
    return Secret<32>(std::span<const std::uint8_t, 32>(key_bytes(hex)));
}

/// An independent verifier: cofactorless, R compared as bytes, S taken mod L.
bool crypto_pp_accepts(const KeyBytes& key, ByteView message, const ByteArray<64>& signature) {
    return CryptoPP::Donna::ed25519_sign_open(
               message.data(), message.size(), key.data(), signature.data()
           ) == 0;
}

/// Adds the group order L to S, little-endian; S + L fits in 32 bytes.
ByteArray<64> plus_order(ByteArray<64> signature) {
    const KeyBytes order =
        key_bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned>(signature[32 + i]) + order[i];
        signature[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return signature;
}

// The encodings that decode to the eight points of small order under ZIP-215; each comment gives
// the order. Those from the ninth on are not canonical: y >= p, or x = 0 with the sign bit set.
constexpr std::array<std::string_view, 14> small_order_encodings = {
    "0100000000000000000000000000000000000000000000000000000000000000",  // 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 2
    "0000000000000000000000000000000000000000000000000000000000000000",  // 4
    "0000000000000000000000000000000000000000000000000000000000000080",  // 4
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",  // 8
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  // 8
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",  // 8
    "0100000000000000000000000000000000000000000000000000000000000080",  // 1
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 1
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 2
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 4
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // 4
};

TEST(Ed25519, signs_and_verifies_the_vectors_of_rfc_8032) {
    const auto vectors = read_vectors("rfc8032.txt");
    ASSERT_EQ(vectors.size(), 5U);
    for (const auto& vector : vectors) {
        const Secret<32> seed = seed_of(vector[0]);
        const KeyBytes key = key_bytes(vector[1]);
        const Bytes message = *from_hex(vector[3]);

        EXPECT_EQ(public_key_of(seed), key);
        EXPECT_EQ(to_hex(sign(seed, key, message)), vector[2]);
        EXPECT_TRUE(verify(key, message, *from_hex(vector[2])));
    }
}

// The set that Zcash published with ZIP-215 and that ed25519consensus and curve25519-voi test: all
// pairs of these encodings as A and R, S = 0, message "Zcash".
TEST(Ed25519, accepts_the_196_small_order_signatures_of_zip_215) {
    for (const auto& a : small_order_encodings) {
        for (const auto& r : small_order_encodings) {
            const Bytes signature = *from_hex(std::string(r) + std::string(64, '0'));

            EXPECT_TRUE(verify(key_bytes(a), as_bytes("Zcash"), signature)) << a << ' ' << r;
        }
    }
}

TEST(Ed25519, gives_the_verdicts_of_speccheck) {
    const auto vectors = read_vectors("speccheck.txt");
    ASSERT_EQ(vectors.size(), 17U);
    for (const auto& vector : vectors) {
        const bool accepted =
            verify(key_bytes(vector[1]), *from_hex(vector[3]), *from_hex(vector[2]));

        EXPECT_EQ(accepted, vector[0] == "valid") << vector[2];
    }
}

TEST(Ed25519, ignores_parts_of_small_order_in_key_and_r) {
    const auto vectors = read_vectors("mixed_order.txt");
    ASSERT_EQ(vectors.size(), 64U);
    for (const auto& vector : vectors) {
        const KeyBytes key = key_bytes(vector[1]);
        const Bytes message = *from_hex(vector[3]);
        ByteArray<64> signature;
        ASSERT_TRUE(from_hex(vector[2], signature));

        EXPECT_TRUE(verify(key, message, signature)) << vector[1];
        EXPECT_EQ(crypto_pp_accepts(key, message, signature), vector[0] == "plain");
        signature[40] ^= 1;
        EXPECT_FALSE(verify(key, message, signature)) << vector[1];
    }
}

TEST(Ed25519, refuses_s_that_is_not_below_the_group_order) {
    SeededRandom random(3);
    Secret<32> seed;
    random.fill(seed.mutable_view());
    const KeyBytes key = public_key_of(seed);
    const ByteArray<64> signature = sign(seed, key, {});

    EXPECT_TRUE(verify(key, {}, signature));
    EXPECT_FALSE(verify(key, {}, plus_order(signature)));

    // With A and R neutral every S that is a multiple of L would do; L itself must not.
    ByteArray<64> zero{};
    zero[0] = 1;
    EXPECT_TRUE(verify(key_bytes(small_order_encodings[0]), {}, zero));
    EXPECT_FALSE(verify(key_bytes(small_order_encodings[0]), {}, plus_order(zero)));
}

TEST(Ed25519, refuses_what_does_not_decode) {
    // y = 2 is on no point of the curve.
    KeyBytes no_point{};
    no_point[0] = 2;
    ByteArray<64> signature{};
    EXPECT_FALSE(verify(no_point, {}, signature));
    signature[0] = 1;
    EXPECT_TRUE(verify(key_bytes(small_order_encodings[0]), {}, signature));
    signature[0] = 2;
    EXPECT_FALSE(verify(key_bytes(small_order_encodings[0]), {}, signature));
    EXPECT_FALSE(verify(key_bytes(small_order_encodings[0]), {}, ByteView(signature).first(63)));
    EXPECT_FALSE(verify(key_bytes(small_order_encodings[0]), {}, Bytes(65)));
}

TEST(Ed25519, agrees_with_an_independent_implementation_on_honest_and_damaged_signatures) {
    SeededRandom random(4);
    for (int i = 0; i < 300; ++i) {
        Secret<32> seed;
        random.fill(seed.mutable_view());
        const KeyBytes key = public_key_of(seed);
        Bytes message(random.below(200));
        random.fill(message);
        ByteArray<64> signature = sign(seed, key, message);

        ASSERT_TRUE(verify(key, message, signature)) << i;
        ASSERT_TRUE(crypto_pp_accepts(key, message, signature)) << i;

        // A key without a torsion part leaves no room between the cofactored and the plain
        // equation.
        signature[random.below(64)] ^= static_cast<std::uint8_t>(1U << random.below(8));
        ASSERT_FALSE(verify(key, message, signature)) << i;
        ASSERT_FALSE(crypto_pp_accepts(key, message, signature)) << i;
    }
}

TEST(Ed25519, accepts_whatever_the_stricter_equation_accepts) {
    // R and A of small order with S = 0: the plain equation holds for some, ZIP-215's for all.
    int plain = 0;
    for (const auto& a : small_order_encodings) {
        for (const auto& r : small_order_encodings) {
            ByteArray<64> signature{};
            ASSERT_TRUE(from_hex(r, std::span(signature).first(32)));
            for (std::uint8_t message = 0; message < 8; ++message) {
                const bool accepted = crypto_pp_accepts(key_bytes(a), {&message, 1}, signature);
                plain += accepted ? 1 : 0;
                ASSERT_TRUE(!accepted || verify(key_bytes(a), {&message, 1}, signature));
            }
        }
    }
    EXPECT_GT(plain, 0);
    EXPECT_LT(plain, 14 * 14 * 8);
}

}  // namespace
}  // namespace steelyard::crypto::ed25519
