#include "crypto/sha256.h"

#include "base/hex.h"
#include "base/random.h"

#include <cryptopp/sha.h>
#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// FIPS 180-4's examples, from NIST's "Examples with Intermediate Values".
TEST(Sha256, matches_the_examples_of_nist) {
    EXPECT_EQ(
        to_hex(sha256(as_bytes(""))),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_EQ(
        to_hex(sha256(as_bytes("abc"))),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
    EXPECT_EQ(
        to_hex(sha256(Bytes(1'000'000, 'a'))),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

TEST(Sha256, hashes_parts_as_one_message) {
    EXPECT_EQ(sha256({as_bytes("a"), {}, as_bytes("bc")}), sha256(as_bytes("abc")));
}

TEST(Sha256, agrees_with_another_implementation_at_every_size) {
    Bytes message(1000);
    SeededRandom(1).fill(message);
    for (std::size_t size = 0; size <= message.size(); ++size) {
        Hash256 expected;
        CryptoPP::SHA256().CalculateDigest(expected.data(), message.data(), size);
        ASSERT_EQ(sha256(ByteView(message).first(size)), expected) << size;
    }
}

TEST(Sha256, does_not_depend_on_how_the_message_is_cut) {
    SeededRandom random(2);
    Bytes message(500);
    random.fill(message);
    for (int round = 0; round < 200; ++round) {
        Sha256 hasher;
        ByteView rest = message;
        while (!rest.empty()) {
            const std::size_t size = std::min(rest.size(), random.below(150));
            hasher.update(rest.first(size));
            rest = rest.subspan(size);
        }
        ASSERT_EQ(hasher.digest(), sha256(message));
    }
}

TEST(Sha256, goes_on_after_a_digest) {
    Sha256 hasher;
    hasher.update(as_bytes("ab"));
    EXPECT_EQ(hasher.digest(), sha256(as_bytes("ab")));
    EXPECT_EQ(hasher.update(as_bytes("c")).digest(), sha256(as_bytes("abc")));
}

}  // namespace
}  // namespace steelyard::crypto
