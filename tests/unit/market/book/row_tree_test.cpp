#include "market/book/row_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

namespace steelyard::market {
namespace {

using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t>;

RowEntry entry_of(const Key& key, std::uint32_t row) {
    const auto& [first, second, third, fourth] = key;
    return {first, second, third, fourth, row};
}

Key key_of(const RowEntry& entry) {
    return {entry.first, entry.second, entry.third, entry.fourth};
}

void expect_equal(const RowTree& tree, const std::map<Key, std::uint32_t>& expected) {
    ASSERT_EQ(tree.size(), expected.size());
    auto place = tree.begin();
    for (const auto& [key, row] : expected) {
        ASSERT_FALSE(place.is_end());
        ASSERT_EQ(key_of(*place), key);
        ASSERT_EQ(place->row, row);
        ++place;
    }
    ASSERT_TRUE(place.is_end());
}

/// Random changes to a tree and a map, where keys are often near each other.
class Pair {
public:
    explicit Pair(std::uint64_t seed) : random_(seed) {}

    Key random_key() {
        const auto number = [&] {
            return random_() % 3 == 0 ? UINT64_MAX - random_() % 3 : random_() % 40;
        };
        return {number(), number(), random_() % 4, static_cast<std::uint32_t>(random_() % 3)};
    }

    /// `share` of 8 changes add.
    void change(std::uint64_t share) {
        const Key key = random_key();
        const auto found = map.find(key);
        if (random_() % 8 < share) {
            if (found == map.end()) {
                const auto row = static_cast<std::uint32_t>(random_());
                tree.insert(entry_of(key, row));
                map.emplace(key, row);
            }
        } else if (found != map.end()) {
            tree.erase(entry_of(key, 0));
            map.erase(found);
        } else if (const auto next = map.lower_bound(key); next != map.end()) {
            tree.erase(entry_of(next->first, 0));
            map.erase(next);
        }
    }

    void expect_lookups() {
        for (int i = 0; i < 50; ++i) {
            const Key key = random_key();
            const auto found = map.find(key);
            if (found == map.end()) {
                ASSERT_FALSE(tree.take(entry_of(key, 0)));
            } else {
                ASSERT_EQ(tree.try_insert(entry_of(key, 1)), found->second);
            }
            const auto next = map.lower_bound(key);
            const auto place = tree.at_or_after(entry_of(key, 0));
            ASSERT_EQ(place.is_end(), next == map.end());
            if (!place.is_end()) {
                ASSERT_EQ(key_of(*place), next->first);
            }
        }
    }

    RowNodes nodes{};
    RowTree tree{nodes};
    std::map<Key, std::uint32_t> map{};

private:
    std::mt19937_64 random_;
};

TEST(RowTree, is_a_sorted_map_whatever_the_changes) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Pair pair(seed);
        for (const std::uint64_t share : {7, 4, 1, 6, 0, 5}) {
            for (int i = 0; i < 3'000; ++i) {
                pair.change(share);
            }
            ASSERT_NO_FATAL_FAILURE(expect_equal(pair.tree, pair.map)) << "seed " << seed;
            ASSERT_NO_FATAL_FAILURE(pair.expect_lookups()) << "seed " << seed;
        }
    }
}

TEST(RowTree, takes_rows_in_order_and_gives_them_up_from_either_end) {
    for (const bool is_ascending : {true, false}) {
        for (const bool from_front : {true, false}) {
            RowNodes nodes;
            RowTree tree(nodes);
            std::map<Key, std::uint32_t> map;
            constexpr std::uint32_t count = 20'000;
            for (std::uint32_t i = 0; i < count; ++i) {
                const Key key{is_ascending ? i : count - i, 0, 0, 0};
                tree.insert(entry_of(key, i));
                map.emplace(key, i);
            }
            ASSERT_NO_FATAL_FAILURE(expect_equal(tree, map));
            while (!map.empty()) {
                const auto last = from_front ? map.begin() : std::prev(map.end());
                tree.erase(entry_of(last->first, 0));
                map.erase(last);
                if (map.size() % 5'000 == 0) {
                    ASSERT_NO_FATAL_FAILURE(expect_equal(tree, map));
                }
            }
        }
    }
}

TEST(RowTree, uses_the_space_of_rows_that_are_gone) {
    Pair pair(1);
    for (int i = 0; i < 200'000; ++i) {
        pair.change(i / 1'000 % 2 == 0 ? 6 : 2);
    }
    while (!pair.map.empty()) {
        pair.tree.erase(entry_of(pair.map.begin()->first, 0));
        pair.map.erase(pair.map.begin());
    }

    // Numbers of nodes are given out again before new ones are made.
    EXPECT_LT(pair.nodes.take(), 1'024);
}

TEST(RowTree, refuses_what_its_owner_must_not_do) {
    RowNodes nodes;
    RowTree tree(nodes);
    EXPECT_DEATH(tree.erase({.first = 1}), "take");
    tree.insert({.first = 1});
    EXPECT_DEATH(tree.insert({.first = 1, .row = 5}), "try_insert");
    EXPECT_DEATH(tree.erase({.first = 2}), "take");
}

}  // namespace
}  // namespace steelyard::market
