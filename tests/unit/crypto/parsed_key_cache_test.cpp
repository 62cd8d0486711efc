#include "crypto/parsed_key_cache.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

using Cache = ParsedKeyCache<8, int, 64>;

TEST(ParsedKeyCache, parses_a_key_once_until_another_takes_its_slot) {
    Cache cache;
    int parses = 0;
    const auto parse = [&](const Cache::Key& key) {
        ++parses;
        return std::optional<int>(key[0]);
    };
    const Cache::Key key = {7};
    const Cache::Key same_slot = {8};
    const Cache::Key other_slot = {9, 1};

    EXPECT_EQ(cache.get(key, parse), 7);
    EXPECT_EQ(cache.get(key, parse), 7);
    EXPECT_EQ(cache.get(other_slot, parse), 9);
    EXPECT_EQ(cache.get(key, parse), 7);
    EXPECT_EQ(parses, 2);
    EXPECT_EQ(cache.get(same_slot, parse), 8);
    EXPECT_EQ(cache.get(key, parse), 7);
    EXPECT_EQ(parses, 4);
}

TEST(ParsedKeyCache, remembers_no_failure_and_knows_no_key_at_first) {
    Cache cache;
    const Cache::Key zero{};

    EXPECT_EQ(cache.get(zero, [](const auto&) { return std::optional<int>(); }), std::nullopt);
    EXPECT_EQ(cache.get(zero, [](const auto&) { return std::optional<int>(1); }), 1);
}

}  // namespace
}  // namespace steelyard::crypto
