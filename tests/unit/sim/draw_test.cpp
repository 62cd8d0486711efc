#include "tests/sim/draw.h"

#include "tests/sim/keyed_hash.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::sim {
namespace {

/// The first outputs of vectors_sip64 in github.com/veorq/SipHash: key 00..0f, input 00, 01, ...
TEST(KeyedHash, gives_the_published_vectors_of_siphash) {
    constexpr std::uint64_t key_0 = 0x0706050403020100;
    constexpr std::uint64_t key_1 = 0x0f0e0d0c0b0a0908;
    Bytes input;
    for (std::uint8_t byte = 0; byte < 15; ++byte) {
        input.push_back(byte);
    }

    EXPECT_EQ(keyed_hash(key_0, key_1, {}), 0x726fdb47dd0e0e31);
    EXPECT_EQ(keyed_hash(key_0, key_1, ByteView(input).first(1)), 0x74f839c593dc67fd);
    EXPECT_EQ(keyed_hash(key_0, key_1, ByteView(input).first(8)), 0x93f5f5799a932462);
    EXPECT_EQ(keyed_hash(key_0, key_1, input), 0xa129ca6149be45e5);
}

TEST(Draw, each_purpose_and_index_has_its_own_stream) {
    std::set<std::uint64_t> firsts;
    for (const auto purpose : {"a", "b"}) {
        for (const std::uint64_t index : {0U, 1U}) {
            for (const std::uint64_t seed : {1U, 2U}) {
                firsts.insert(stream(seed, purpose, index).next_u64());
            }
        }
    }

    EXPECT_EQ(firsts.size(), 8U);
    EXPECT_EQ(stream(1, "a").next_u64(), stream(1, "a").next_u64());
}

TEST(Draw, chances_are_thousandths) {
    SeededRandom random(1);
    int hits = 0;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_FALSE(chance(random, 0));
        EXPECT_TRUE(chance(random, 1'000));
        hits += chance(random, 250) ? 1 : 0;
    }

    EXPECT_NEAR(hits, 2'500, 200);
}

TEST(Draw, between_includes_both_ends) {
    SeededRandom random(1);
    std::set<std::int64_t> seen;
    for (int i = 0; i < 100; ++i) {
        seen.insert(between(random, std::int64_t{-1}, std::int64_t{1}));
    }

    EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1}));
    EXPECT_EQ(between(random, Time(7), Time(7)), Time(7));
}

}  // namespace
}  // namespace steelyard::sim
