#include "vm/trace/draws.h"

#include <gtest/gtest.h>
#include <numeric>

namespace steelyard::vm {
namespace {

crypto::Hash256 counting_seed() {
    crypto::Hash256 seed;
    std::iota(seed.begin(), seed.end(), std::uint8_t{0});
    return seed;
}

// The extended output by b3sum --derive-key --length 160 over the seed and the number 3.
TEST(Draws, words_are_the_extended_output_in_order) {
    Draws draws(counting_seed(), 3);

    EXPECT_EQ(draws.word(), 0x891d2a00f98df03dU);
    EXPECT_EQ(draws.word(), 0x68d9971de51f5db4U);
    EXPECT_EQ(draws.word(), 0xc7b8ca4d2e3917a7U);
    for (int skipped = 0; skipped < 16; ++skipped) {
        draws.word();
    }
    EXPECT_EQ(draws.word(), 0xd04e96dad1545990U);
}

TEST(Draws, numbers_are_words_below_the_largest_multiple) {
    // Three quarters of all words and a little: the third and the fifth are over it.
    constexpr std::uint64_t limit = 3 * (std::uint64_t{1} << 62) + 1;
    Draws wide(counting_seed(), 3);
    EXPECT_EQ(wide.below(limit), 0x891d2a00f98df03dU);
    EXPECT_EQ(wide.below(limit), 0x68d9971de51f5db4U);
    EXPECT_EQ(wide.below(limit), 0x6f8ffc0aa8cb0023U);
    EXPECT_EQ(wide.below(limit), 0x5271b5222d7b024dU);

    Draws digits(counting_seed(), 3);
    for (const std::uint64_t digit : {9, 4, 5, 7, 0, 7, 1, 1, 9, 3}) {
        EXPECT_EQ(digits.below(10), digit);
    }
    Draws ones(counting_seed(), 3);
    EXPECT_EQ(ones.below(1), 0U);
    EXPECT_EQ(ones.word(), 0x68d9971de51f5db4U) << "a number below 1 takes a word as well";
}

TEST(Draws, seed_and_number_make_the_stream) {
    crypto::Hash256 other = counting_seed();
    other[31] ^= 1;

    EXPECT_NE(Draws(counting_seed(), 0).word(), Draws(counting_seed(), 1).word());
    EXPECT_NE(Draws(counting_seed(), 0).word(), Draws(other, 0).word());
    EXPECT_EQ(Draws(other, 7).word(), Draws(other, 7).word());
}

}  // namespace
}  // namespace steelyard::vm
