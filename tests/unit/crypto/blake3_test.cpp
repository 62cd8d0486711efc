#include "crypto/blake3.h"

#include "base/hex.h"
#include "base/random.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <fstream>
#include <sstream>

namespace steelyard::crypto {
namespace {

constexpr Blake3Backend backends[] = {
    Blake3Backend::portable, Blake3Backend::avx2, Blake3Backend::avx512
};

class Blake3Backends : public testing::TestWithParam<Blake3Backend> {
protected:
    void SetUp() override {
        if (!is_available(GetParam())) {
            GTEST_SKIP() << "this machine lacks the instructions";
        }
    }
};

INSTANTIATE_TEST_SUITE_P(
    Backends,
    Blake3Backends,
    testing::ValuesIn(backends),
    [](const auto& backend) -> std::string {
        switch (backend.param) {
            case Blake3Backend::portable:
                return "portable";
            case Blake3Backend::avx2:
                return "avx2";
            case Blake3Backend::avx512:
                return "avx512";
        }
        return "unknown";
    }
);

/// The input of the published vectors.
Bytes counting_bytes(std::size_t size) {
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = static_cast<std::uint8_t>(i % 251);
    }
    return out;
}

Bytes random_bytes(RandomSource& random, std::size_t size) {
    Bytes out(size);
    random.fill(out);
    return out;
}

/// The extended output of one mode, and what the vectors say of it.
std::string extended(
    const Blake3Mode& mode, Blake3Backend backend, ByteView message, std::size_t size
) {
    Blake3 hasher(mode, backend);
    hasher.update(message);
    Bytes out(size);
    hasher.digest(out);
    EXPECT_EQ(to_hex(hasher.digest()), to_hex(ByteView(out).first(32)));
    return to_hex(out);
}

TEST_P(Blake3Backends, matches_the_published_vectors) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/blake3/test_vectors.json");
    std::stringstream text;
    text << file.rdbuf();
    const boost::json::value vectors = boost::json::parse(text.str());
    ByteArray<32> key;
    std::ranges::copy(vectors.at("key").as_string(), key.begin());
    const std::string context(vectors.at("context_string").as_string());

    const boost::json::array& cases = vectors.at("cases").as_array();
    ASSERT_EQ(cases.size(), 35);
    for (const boost::json::value& one : cases) {
        const Bytes input = counting_bytes(one.at("input_len").to_number<std::size_t>());
        const auto matches = [&](const char* name, const Blake3Mode& mode) {
            const std::string expected(one.at(name).as_string());
            return extended(mode, GetParam(), input, expected.size() / 2) == expected;
        };
        EXPECT_TRUE(matches("hash", Blake3Mode::plain())) << input.size();
        EXPECT_TRUE(matches("keyed_hash", Blake3Mode::keyed(key))) << input.size();
        EXPECT_TRUE(matches("derive_key", Blake3Mode::derive_key(context))) << input.size();
    }
}

TEST_P(Blake3Backends, does_not_depend_on_how_the_message_is_cut) {
    SeededRandom random(1);
    for (int round = 0; round < 60; ++round) {
        const Bytes message = random_bytes(random, random.below(600'000));
        Blake3 in_pieces(Blake3Mode::plain(), GetParam());
        const std::size_t piece_max = std::size_t{1} << (4 + random.below(16));
        ByteView rest = message;
        while (!rest.empty()) {
            const std::size_t size =
                std::min<std::size_t>(rest.size(), 1 + random.below(piece_max));
            in_pieces.update(rest.first(size));
            rest = rest.subspan(size);
        }
        Blake3 portable(Blake3Mode::plain(), Blake3Backend::portable);
        ASSERT_EQ(in_pieces.digest(), portable.update(message).digest())
            << message.size() << " bytes in pieces of up to " << piece_max;
    }
}

TEST_P(Blake3Backends, hashes_every_number_of_nodes) {
    SeededRandom random(2);
    const Blake3Mode mode = Blake3Mode::derive_key("steelyard test");
    const Bytes chunks = random_bytes(random, 40 * blake3_chunk_size);
    const std::uint64_t first = (std::uint64_t{1} << 32) - 20;  // the counter's high word changes
    for (std::size_t count = 0; count <= 40; ++count) {
        const ByteView some = ByteView(chunks).first(count * blake3_chunk_size);
        std::vector<Hash256> values(count);
        std::vector<Hash256> expected(count);
        blake3_chunks(mode, some, first, values, GetParam());
        blake3_chunks(mode, some, first, expected, Blake3Backend::portable);
        ASSERT_EQ(values, expected) << count;

        const std::span<Hash256> pairs = std::span(values).first(count & ~std::size_t{1});
        std::vector<Hash256> parents(pairs.size() / 2);
        blake3_parents(mode, pairs, parents, Blake3Backend::portable);
        blake3_parents(mode, pairs, pairs.first(pairs.size() / 2), GetParam());
        ASSERT_TRUE(std::ranges::equal(parents, pairs.first(pairs.size() / 2))) << count;
    }
}

TEST(Blake3, is_the_tree_of_its_nodes) {
    const Bytes message = counting_bytes(4 * blake3_chunk_size);
    const Blake3Mode mode = Blake3Mode::plain();
    std::vector<Hash256> values(4);
    std::vector<Hash256> parents(2);

    blake3_chunks(mode, message, 0, values);
    blake3_parents(mode, values, parents);

    EXPECT_EQ(blake3_root(mode, parents[0], parents[1]), blake3(message));
}

TEST(Blake3, goes_on_after_a_digest) {
    const Bytes message = counting_bytes(5 * blake3_chunk_size);
    for (std::size_t cut = 0; cut <= message.size(); cut += 512) {
        Blake3 hasher;
        hasher.update(ByteView(message).first(cut));
        ASSERT_EQ(hasher.digest(), blake3(ByteView(message).first(cut))) << cut;
        ASSERT_EQ(hasher.update(ByteView(message).subspan(cut)).digest(), blake3(message)) << cut;
    }
}

TEST(Blake3, gives_any_part_of_its_extended_output) {
    Blake3 hasher;
    hasher.update(counting_bytes(3000));
    Bytes whole(500);
    hasher.digest(whole);
    for (std::size_t offset = 0; offset < 200; offset += 7) {
        Bytes part(whole.size() - offset - offset / 2);
        hasher.digest(part, offset);
        ASSERT_TRUE(equal(part, ByteView(whole).subspan(offset, part.size()))) << offset;
    }
}

TEST(Blake3, has_functions_for_whole_messages) {
    const Bytes message = counting_bytes(100);
    ByteArray<32> key{};
    key[5] = 1;

    EXPECT_EQ(blake3_keyed(key, message), Blake3(Blake3Mode::keyed(key)).update(message).digest());
    EXPECT_EQ(
        blake3_derive_key("c", message),
        Blake3(Blake3Mode::derive_key("c")).update(message).digest()
    );
    EXPECT_NE(blake3_keyed(key, message), blake3(message));
    EXPECT_NE(blake3_derive_key("c", message), blake3_derive_key("d", message));
}

}  // namespace
}  // namespace steelyard::crypto
