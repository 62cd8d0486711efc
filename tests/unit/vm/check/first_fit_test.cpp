#include "vm/check/first_fit.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace steelyard::vm {
namespace {

/// The same, by looking at every block.
class SlowFirstFit {
public:
    std::uint64_t take(std::uint64_t size) {
        std::uint64_t offset = 0;
        for (const auto& [start, length] : blocks_) {
            if (size == 0 || offset + size <= start) {
                break;
            }
            offset = start + length;
        }
        if (size == 0) {
            return 0;
        }
        blocks_[offset] = size;
        return offset;
    }

    void give_back(std::uint64_t offset, std::uint64_t size) {
        if (size > 0) {
            blocks_.erase(offset);
        }
    }

private:
    std::map<std::uint64_t, std::uint64_t> blocks_{};
};

TEST(FirstFit, TakesTheLowestOffsetThatFits) {
    FirstFit arena;
    EXPECT_EQ(arena.take(128), 0U);
    EXPECT_EQ(arena.take(64), 128U);
    EXPECT_EQ(arena.take(64), 192U);
    arena.give_back(0, 128);
    EXPECT_EQ(arena.take(192), 256U);
    EXPECT_EQ(arena.take(64), 0U);
    EXPECT_EQ(arena.take(64), 64U);
    EXPECT_EQ(arena.take(0), 0U);
    EXPECT_EQ(arena.highest_end(), 448U);
    arena.give_back(256, 192);
    EXPECT_EQ(arena.take(64), 256U);
    EXPECT_EQ(arena.highest_end(), 448U);
}

TEST(FirstFit, AgreesWithLookingAtEveryBlock) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SeededRandom random(seed);
        FirstFit arena;
        SlowFirstFit slow;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
        // Thousands of small blocks first, so that gaps fill several pages.
        const std::size_t blocks = seed % 2 == 0 ? 3000 : 30;
        for (int round = 0; round < 12000; ++round) {
            const bool takes = taken.empty() || random.below(2 * blocks) > taken.size();
            if (takes) {
                const std::uint64_t size = 64 * random.below(seed < 4 ? 4 : 40);
                const std::uint64_t offset = arena.take(size);
                ASSERT_EQ(offset, slow.take(size)) << "seed " << seed << " round " << round;
                taken.emplace_back(offset, size);
            } else {
                const std::size_t at = random.below(taken.size());
                arena.give_back(taken[at].first, taken[at].second);
                slow.give_back(taken[at].first, taken[at].second);
                taken[at] = taken.back();
                taken.pop_back();
            }
        }
        for (const auto& [offset, size] : taken) {
            arena.give_back(offset, size);
        }
        EXPECT_EQ(arena.take(std::uint64_t{1} << 40), 0U);
    }
}

TEST(FirstFit, CopesWithManyGaps) {
    constexpr std::uint64_t count = 1 << 17;
    FirstFit arena;
    for (std::uint64_t block = 0; block < 2 * count; ++block) {
        arena.take(64);
    }
    for (std::uint64_t block = 0; block < count; ++block) {
        arena.give_back(128 * block, 64);
    }
    for (std::uint64_t block = 0; block < count; ++block) {
        ASSERT_EQ(arena.take(128), 128 * (count + block));
    }
    EXPECT_EQ(arena.take(64), 0U);
}

}  // namespace
}  // namespace steelyard::vm
