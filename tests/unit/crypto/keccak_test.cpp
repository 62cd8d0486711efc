#include "crypto/keccak.h"

#include "base/hex.h"
#include "base/random.h"

#include <cryptopp/sha3.h>
#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

constexpr std::uint64_t first_lane_of_permuted_zeros() {
    KeccakState lanes{};
    keccak_f1600(lanes);
    return lanes[0];
}

// The Keccak team's intermediate values for the all-zero state.
static_assert(first_lane_of_permuted_zeros() == 0xF1258F7940E1DDE7);

/// SHA3-256 (FIPS 202) on this permutation.
ByteArray<32> sha3_256(ByteView message) {
    constexpr std::size_t rate = 136;
    KeccakState lanes{};
    auto* const bytes = reinterpret_cast<std::uint8_t*>(lanes.data());
    std::size_t position = 0;
    for (const std::uint8_t byte : message) {
        bytes[position] ^= byte;
        if (++position == rate) {
            keccak_f1600(lanes);
            position = 0;
        }
    }
    bytes[position] ^= 0x06;
    bytes[rate - 1] ^= 0x80;
    keccak_f1600(lanes);
    ByteArray<32> out;
    std::copy_n(bytes, out.size(), out.begin());
    return out;
}

TEST(Keccak, makes_sha3_256) {
    EXPECT_EQ(
        to_hex(sha3_256({})), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"
    );
    EXPECT_EQ(
        to_hex(sha3_256(as_bytes("abc"))),
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"
    );
}

TEST(Keccak, agrees_with_crypto_plus_plus) {
    SeededRandom random(6);
    for (std::size_t size = 0; size < 600; size += 13) {
        Bytes message(size);
        random.fill(message);
        ByteArray<32> expected;
        CryptoPP::SHA3_256().CalculateDigest(expected.data(), message.data(), size);
        ASSERT_EQ(sha3_256(message), expected) << size;
    }
}

}  // namespace
}  // namespace steelyard::crypto
