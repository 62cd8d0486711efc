#include "crypto/sha512.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// FIPS 180-4's examples, from NIST's "Examples with Intermediate Values".
TEST(Sha512, matches_the_examples_of_nist) {
    EXPECT_EQ(
        to_hex(sha512(as_bytes("abc"))),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    );
    EXPECT_EQ(
        to_hex(sha512(as_bytes("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"))),
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
        "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
    );
    EXPECT_EQ(
        to_hex(sha512(as_bytes(""))),
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    );
}

TEST(Sha512, hashes_parts_as_one_message) {
    EXPECT_EQ(sha512({as_bytes("a"), {}, as_bytes("bc")}), sha512(as_bytes("abc")));
}

}  // namespace
}  // namespace steelyard::crypto
