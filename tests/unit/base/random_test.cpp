#include "base/random.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(SeededRandom, repeats_its_stream) {
    SeededRandom a(7);
    SeededRandom b(7);
    SeededRandom other(8);

    EXPECT_EQ(a.next_u64(), b.next_u64());
    EXPECT_NE(a.next_u64(), other.next_u64());
}

TEST(SeededRandom, draws_every_value_below_a_bound) {
    SeededRandom random(1);
    std::array<int, 3> counts{};
    for (int i = 0; i < 3000; ++i) {
        ++counts[random.below(3)];
    }
    for (const int count : counts) {
        EXPECT_GT(count, 900);
    }
}

TEST(SystemRandom, does_not_repeat) {
    SystemRandom random;
    EXPECT_NE(random.next_u64(), random.next_u64());
}

}  // namespace
}  // namespace steelyard
