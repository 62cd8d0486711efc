#include "crypto/sha256_batch.h"

#include "base/hex.h"
#include "base/random.h"
#include "crypto/sha256.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

class Sha256Batch : public testing::TestWithParam<Sha256Backend> {
protected:
    void SetUp() override {
        if (!is_available(GetParam())) {
            GTEST_SKIP() << "this machine lacks the instructions";
        }
    }

    std::vector<Hash256> batch(std::span<const ByteView> messages) {
        std::vector<Hash256> out(messages.size());
        sha256_batch(messages, out, GetParam());
        return out;
    }
};

INSTANTIATE_TEST_SUITE_P(
    Backends,
    Sha256Batch,
    testing::Values(Sha256Backend::portable, Sha256Backend::sha_ni, Sha256Backend::avx512),
    [](const auto& backend) -> std::string {
        switch (backend.param) {
            case Sha256Backend::portable:
                return "portable";
            case Sha256Backend::sha_ni:
                return "sha_ni";
            case Sha256Backend::avx512:
                return "avx512";
        }
        return "unknown";
    }
);

Bytes random_bytes(RandomSource& random, std::size_t size) {
    Bytes out(size);
    random.fill(out);
    return out;
}

// FIPS 180-4's examples, from NIST's "Examples with Intermediate Values".
TEST_P(Sha256Batch, matches_the_examples_of_nist) {
    const Bytes million(1'000'000, 'a');
    const std::vector<ByteView> messages = {
        million,
        as_bytes("abc"),
        as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
        as_bytes(""),
    };

    const std::vector<Hash256> hashes = batch(messages);

    EXPECT_EQ(
        to_hex(hashes[0]), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
    EXPECT_EQ(
        to_hex(hashes[1]), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        to_hex(hashes[2]), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
    EXPECT_EQ(
        to_hex(hashes[3]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

TEST_P(Sha256Batch, hashes_any_number_of_messages_of_any_size) {
    SeededRandom random(1);
    for (std::size_t size = 0; size <= 300; ++size) {
        const std::size_t count = size % 40;
        std::vector<Bytes> owned;
        for (std::size_t i = 0; i < count; ++i) {
            owned.push_back(random_bytes(random, size));
        }
        const std::vector<ByteView> messages(owned.begin(), owned.end());

        const std::vector<Hash256> hashes = batch(messages);

        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(hashes[i], sha256(messages[i])) << i << " of " << count << ", size " << size;
        }
    }
}

TEST_P(Sha256Batch, keeps_the_order_of_messages_of_mixed_sizes) {
    SeededRandom random(2);
    for (std::size_t count = 0; count <= 40; ++count) {
        std::vector<Bytes> owned;
        for (std::size_t i = 0; i < count; ++i) {
            owned.push_back(random_bytes(random, random.below(301)));
        }
        const std::vector<ByteView> messages(owned.begin(), owned.end());

        const std::vector<Hash256> hashes = batch(messages);

        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(hashes[i], sha256(messages[i])) << i << " of " << count;
        }
    }
}

TEST_P(Sha256Batch, hashes_padded_messages_that_stand_in_a_row) {
    SeededRandom random(3);
    for (std::size_t size = 0; size <= 300; ++size) {
        const std::size_t blocks = sha256_padded_blocks(size);
        const std::size_t stride = blocks * sha256_block_size;
        const std::size_t count = size % 40;
        Bytes padded = random_bytes(random, count * stride);
        std::vector<Hash256> expected;
        for (std::size_t i = 0; i < count; ++i) {
            const std::span<std::uint8_t> message = std::span(padded).subspan(i * stride, stride);
            expected.push_back(sha256(message.first(size)));
            sha256_pad(message, size);
        }

        std::vector<Hash256> hashes(count);
        sha256_padded(padded, blocks, hashes, GetParam());

        ASSERT_EQ(hashes, expected) << "size " << size;
    }
}

TEST(Sha256Padding, takes_one_to_nine_bytes_at_least) {
    EXPECT_EQ(sha256_padded_blocks(0), 1);
    EXPECT_EQ(sha256_padded_blocks(55), 1);
    EXPECT_EQ(sha256_padded_blocks(56), 2);
    EXPECT_EQ(sha256_padded_blocks(119), 2);
    EXPECT_EQ(sha256_padded_blocks(120), 3);
}

}  // namespace
}  // namespace steelyard::crypto
