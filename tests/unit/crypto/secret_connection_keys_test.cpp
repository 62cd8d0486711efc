#include "crypto/secret_connection_keys.h"

#include "tests/support/hex_bytes.h"
#include "tests/support/vector_file.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

X25519PrivateKey key_of(std::uint8_t byte) {
    X25519PrivateKey key;
    std::ranges::fill(key.mutable_view(), byte);
    return key;
}

// Lines of Tendermint's TestDeriveSecretsAndChallengeGolden.golden: secret, local is least, receive
// key, send key, and a challenge that handshakes with a transcript no longer use. T2.
TEST(SecretConnectionKeys, match_the_golden_file) {
    const auto rows = read_vector_file("p2p/secret_connection_keys.csv");
    EXPECT_EQ(rows.size(), 8U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 5U);
        const auto keys = derive_secret_connection_keys(hex_secret<32>(row[0]), row[1] == "true");
        EXPECT_EQ(to_hex(keys.receive.view()), row[2]);
        EXPECT_EQ(to_hex(keys.send.view()), row[3]);
    }
}

// Computed by a second implementation of X25519, HKDF and Merlin, in Python. T2, T3.
TEST(SecretConnectionKeys, match_another_implementation_of_the_handshake) {
    const auto agreed = agree_secret_connection(key_of(0x11), x25519_public_key(key_of(0x22)));

    ASSERT_TRUE(agreed);
    EXPECT_EQ(
        to_hex(agreed->challenge),
        "aeeeddd30d4776bbd049fa4791562a50a2a2c939bb34f5f8d5984d3de1b8eaef"
    );
    EXPECT_EQ(
        to_hex(agreed->keys.send.view()),
        "92cae06ce47b2e2a1750c53b950bd310b2b272169fb7fffa38cfd121de33c1f1"
    );
    EXPECT_EQ(
        to_hex(agreed->keys.receive.view()),
        "046e79fb404e1f3be86e88d9087a970c88ae4d7b68d3577f84c5f20e6fd9852f"
    );
}

TEST(SecretConnectionKeys, let_each_side_open_what_the_other_seals) {
    SeededRandom random(7);
    const auto left = generate_x25519_key(random);
    const auto right = generate_x25519_key(random);

    const auto of_left = agree_secret_connection(left, x25519_public_key(right));
    const auto of_right = agree_secret_connection(right, x25519_public_key(left));

    ASSERT_TRUE(of_left && of_right);
    EXPECT_EQ(of_left->challenge, of_right->challenge);
    EXPECT_TRUE(equal(of_left->keys.send.view(), of_right->keys.receive.view()));
    EXPECT_TRUE(equal(of_left->keys.receive.view(), of_right->keys.send.view()));
    EXPECT_FALSE(equal(of_left->keys.send.view(), of_left->keys.receive.view()));
}

// T1.
TEST(SecretConnectionKeys, refuse_our_own_key_and_a_point_of_low_order) {
    const auto own = key_of(0x11);

    EXPECT_FALSE(agree_secret_connection(own, x25519_public_key(own)));
    EXPECT_FALSE(agree_secret_connection(own, X25519PublicKey{}));
}

}  // namespace
}  // namespace steelyard::crypto
