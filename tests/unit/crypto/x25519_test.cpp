#include "crypto/x25519.h"

#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

std::string shared_hex(std::string_view scalar, std::string_view point) {
    const auto shared = x25519_shared_secret(hex_secret<32>(scalar), hex_array<32>(point));
    return shared ? to_hex(shared->view()) : shared.error().message();
}

// RFC 7748, section 5.2. The second point has its unused top bit set.
TEST(X25519, matches_rfc_7748) {
    EXPECT_EQ(
        shared_hex(
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"
        ),
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
    );
    EXPECT_EQ(
        shared_hex(
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"
        ),
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    );
}

// RFC 7748, section 5.2: the scalar becomes the point, the result the scalar.
TEST(X25519, matches_rfc_7748_after_a_thousand_rounds) {
    X25519PublicKey point = {9};
    X25519PrivateKey scalar{std::span<const std::uint8_t, 32>(point)};
    for (int round = 1; round <= 1000; ++round) {
        auto result = x25519_shared_secret(scalar, point);
        ASSERT_TRUE(result);
        point = to_array(scalar.view());
        scalar = std::move(*result);
        if (round == 1) {
            EXPECT_EQ(
                to_hex(scalar.view()),
                "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
            );
        }
    }
    EXPECT_EQ(
        to_hex(scalar.view()), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"
    );
}

// RFC 7748, section 6.1.
TEST(X25519, agrees_as_alice_and_bob_of_rfc_7748) {
    constexpr std::string_view alice =
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    constexpr std::string_view bob =
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    constexpr std::string_view alice_public =
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    constexpr std::string_view bob_public =
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    constexpr std::string_view shared =
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

    EXPECT_EQ(to_hex(x25519_public_key(hex_secret<32>(alice))), alice_public);
    EXPECT_EQ(to_hex(x25519_public_key(hex_secret<32>(bob))), bob_public);
    EXPECT_EQ(shared_hex(alice, bob_public), shared);
    EXPECT_EQ(shared_hex(bob, alice_public), shared);
}

TEST(X25519, gives_both_sides_the_same_secret) {
    SeededRandom random(1);
    const X25519PrivateKey left = generate_x25519_key(random);
    const X25519PrivateKey right = generate_x25519_key(random);

    const auto of_left = x25519_shared_secret(left, x25519_public_key(right));
    const auto of_right = x25519_shared_secret(right, x25519_public_key(left));

    ASSERT_TRUE(of_left && of_right);
    EXPECT_TRUE(equal(of_left->view(), of_right->view()));
}

// The points of order 1, 2, 4 and 8, and two of their second spellings over p. T1.
TEST(X25519, refuses_points_of_low_order) {
    for (const std::string_view point : {
             "0000000000000000000000000000000000000000000000000000000000000000",
             "0100000000000000000000000000000000000000000000000000000000000000",
             "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
             "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
             "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
             "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
         }) {
        EXPECT_EQ(
            shared_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", point),
            "x25519 public key is of low order"
        );
    }
}

}  // namespace
}  // namespace steelyard::crypto
