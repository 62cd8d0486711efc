#include "crypto/base58.h"

#include "base/random.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

std::string encode(ByteView payload) {
    return std::string(as_text(encode_base58check(payload).view()));
}

std::string decode(std::string_view text) {
    const auto payload = decode_base58check(text);
    return payload ? to_hex(payload->view()) : payload.error().message();
}

// The address of CometBFT's secp256k1_test.go (version byte 0), and the empty payload.
TEST(Base58Check, matches_another_implementation) {
    const std::string_view text = "1CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa3";
    const std::string_view payload = "007c2bb42a8be69791ec763e51f5a49bcd41e82237";

    EXPECT_EQ(encode(hex_bytes(payload)), text);
    EXPECT_EQ(decode(text), payload);
    EXPECT_EQ(encode({}), "3QJmnh");
    EXPECT_EQ(decode("3QJmnh"), "");
}

TEST(Base58Check, keeps_leading_zeros_and_every_size) {
    SeededRandom random(8);
    for (std::size_t size = 0; size <= base58_payload_size_max; ++size) {
        Bytes payload(size);
        random.fill(payload);
        std::fill_n(payload.begin(), std::min(size, size % 5), std::uint8_t{0});

        EXPECT_EQ(decode(encode(payload)), to_hex(payload));
    }
    const Bytes largest(base58_payload_size_max, 0xff);
    EXPECT_EQ(decode(encode(largest)), to_hex(largest));
    EXPECT_EQ(
        decode(encode(Bytes(base58_payload_size_max))), to_hex(Bytes(base58_payload_size_max))
    );
}

TEST(Base58Check, refuses_damage_and_strange_characters) {
    EXPECT_EQ(decode("1CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa4"), "base58 text has a wrong checksum");
    EXPECT_EQ(decode("11CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa3"), "base58 text has a wrong checksum");
    EXPECT_EQ(decode("1CKZ0Nx4"), "base58 text has a character at 4 that is not in its alphabet");
    EXPECT_EQ(decode("3QJmnh "), "base58 text has a character at 6 that is not in its alphabet");
    EXPECT_EQ(decode(""), "base58 text holds 0 bytes, not 4 to 132");
    EXPECT_EQ(decode("111"), "base58 text holds 3 bytes, not 4 to 132");
    EXPECT_EQ(decode(std::string(181, 'z')), "base58 text holds 133 bytes, not 4 to 132");
    EXPECT_EQ(decode(std::string(181, '1')), "base58 text holds 181 bytes, not 4 to 132");
    EXPECT_EQ(decode(std::string(182, '1')), "base58 text has 182 characters, more than 181");
}

}  // namespace
}  // namespace steelyard::crypto
