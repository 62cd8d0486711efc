#include "tests/sim/mock_signatures.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

chain::SignatureCheck check_of(const engine::SigningKey& key, std::string_view message) {
    return {key.public_key(), to_bytes(as_bytes(message)), key.sign(as_bytes(message))};
}

TEST(MockSignatures, verify_only_what_was_signed) {
    const MockSigningKey key(1);
    const MockSigningKey other(2);
    const chain::SignatureCheck good = check_of(key, "message");

    chain::SignatureCheck other_message = good;
    other_message.message.back() ^= 1;
    chain::SignatureCheck other_key = good;
    other_key.key = other.public_key();

    EXPECT_FALSE(verify_mock(std::span(&good, 1)));
    EXPECT_TRUE(verify_mock(std::span(&other_message, 1)));
    EXPECT_TRUE(verify_mock(std::span(&other_key, 1)));
    EXPECT_TRUE(key.verify(good.message, good.signature));
    EXPECT_FALSE(other.verify(good.message, good.signature));
}

TEST(MockSignatures, every_byte_of_a_signature_counts) {
    const MockSigningKey key(1);
    for (std::size_t i = 0; i < crypto::signature_size; ++i) {
        chain::SignatureCheck check = check_of(key, "message");
        check.signature[i] ^= 0x80;

        EXPECT_TRUE(verify_mock(std::span(&check, 1))) << i;
    }
}

TEST(MockSignatures, name_the_first_bad_one) {
    const MockSigningKey key(1);
    std::vector checks = {check_of(key, "a"), check_of(key, "b"), check_of(key, "c")};
    checks[1].signature[0] ^= 1;
    checks[2].signature[0] ^= 1;

    EXPECT_EQ(verify_mock(checks), std::optional<std::size_t>(1));
}

TEST(MockSignatures, each_kind_of_key_goes_with_its_verifier) {
    for (const auto kind : {Signatures::mock, Signatures::secp256k1, Signatures::ed25519}) {
        const auto key = make_key(kind, 7, 0);
        const auto again = make_key(kind, 7, 0);
        const auto other = make_key(kind, 7, 1);
        const chain::SignatureCheck check = check_of(*key, "message");

        EXPECT_EQ(key->public_key(), again->public_key());
        EXPECT_NE(key->public_key(), other->public_key());
        EXPECT_FALSE(make_verifier(kind)(std::span(&check, 1)));
    }
}

}  // namespace
}  // namespace steelyard::sim
