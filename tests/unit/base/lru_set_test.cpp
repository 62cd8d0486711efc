#include "base/lru_set.h"

#include "base/random.h"

#include <gtest/gtest.h>
#include <list>

namespace steelyard {
namespace {

LruSet::Hash hash(std::uint8_t number) {
    LruSet::Hash hash{};
    hash[31] = number;
    return hash;
}

TEST(LruSet, tells_what_is_new) {
    LruSet set(10);

    EXPECT_TRUE(set.insert(hash(1)));
    EXPECT_FALSE(set.insert(hash(1)));
    EXPECT_TRUE(set.contains(hash(1)));
    EXPECT_FALSE(set.contains(hash(2)));
}

TEST(LruSet, forgets_what_was_inserted_longest_ago) {
    LruSet set(2);
    set.insert(hash(1));
    set.insert(hash(2));
    set.insert(hash(1));

    set.insert(hash(3));

    EXPECT_TRUE(set.contains(hash(1)));
    EXPECT_FALSE(set.contains(hash(2)));
    EXPECT_EQ(set.size(), 2U);
}

TEST(LruSet, keeps_nothing_without_room) {
    LruSet set(0);

    EXPECT_TRUE(set.insert(hash(1)));
    EXPECT_TRUE(set.insert(hash(1)));
    EXPECT_EQ(set.size(), 0U);
}

TEST(LruSet, agrees_with_a_list) {
    SeededRandom random(7);
    LruSet set(50);
    std::list<std::uint8_t> model;  // the youngest first
    for (int i = 0; i < 20'000; ++i) {
        const auto number = static_cast<std::uint8_t>(random.below(100));
        const bool is_there = std::ranges::find(model, number) != model.end();
        ASSERT_EQ(set.contains(hash(number)), is_there);
        if (random.below(4) == 0) {
            set.erase(hash(number));
            model.remove(number);
        } else {
            ASSERT_EQ(set.insert(hash(number)), !is_there);
            model.remove(number);
            model.push_front(number);
            if (model.size() > 50) {
                model.pop_back();
            }
        }
        if (i % 7'000 == 6'999) {
            set.clear();
            model.clear();
        }
        ASSERT_EQ(set.size(), model.size());
    }
}

}  // namespace
}  // namespace steelyard
