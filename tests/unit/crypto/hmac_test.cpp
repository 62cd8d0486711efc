#include "crypto/hmac.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// RFC 4231, test cases 2 and 6.
TEST(Hmac, matches_rfc_4231) {
    const ByteView message = as_bytes("what do ya want for nothing?");
    EXPECT_EQ(
        to_hex(hmac_sha256(as_bytes("Jefe"), {message}).view()),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    EXPECT_EQ(
        to_hex(hmac_sha512(as_bytes("Jefe"), {message}).view()),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );

    const Bytes long_key(131, 0xaa);
    const ByteView first = as_bytes("Test Using Larger Than Block-Size Key - Hash Key First");
    EXPECT_EQ(
        to_hex(hmac_sha256(long_key, {first}).view()),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    EXPECT_EQ(
        to_hex(hmac_sha512(long_key, {first}).view()),
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"
    );
}

TEST(Hmac, joins_its_parts) {
    const ByteView key = as_bytes("key");
    const auto whole = hmac_sha256(key, {as_bytes("one two")});

    const auto parts = hmac_sha256(key, {as_bytes("one"), {}, as_bytes(" two")});

    EXPECT_TRUE(equal(parts.view(), whole.view()));
}

}  // namespace
}  // namespace steelyard::crypto
