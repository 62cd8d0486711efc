#include "ledger/slashing/missed_blocks.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace steelyard::slashing {
namespace {

class MissedBlocksTest : public testing::Test {
protected:
    std::size_t rows() {
        std::size_t count = 0;
        bench.state.visit_changes([&](ledger::Store, ByteView, const auto& value) {
            count += value.has_value();
        });
        return count;
    }

    std::vector<std::int64_t> places(const chain::Address& of) {
        return missed_places(bench.state, of).value();
    }

    ledger::Bench bench;
    const chain::Address one{1};
    const chain::Address other{2};
};

TEST_F(MissedBlocksTest, are_bits_of_rows) {
    ASSERT_TRUE(exchange_missed(bench.state, one, 1'024 + 10, true));

    const Bytes key = {'b', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    const auto row = bench.state.get(ledger::Store::slashing, key).value();
    ASSERT_TRUE(row && row->size() == 128);
    EXPECT_EQ((*row)[1], 4);
}

TEST_F(MissedBlocksTest, tell_what_was_there_before) {
    EXPECT_FALSE(exchange_missed(bench.state, one, 5, true).value());
    EXPECT_TRUE(exchange_missed(bench.state, one, 5, true).value());
    EXPECT_TRUE(exchange_missed(bench.state, one, 5, false).value());
    EXPECT_FALSE(exchange_missed(bench.state, one, 5, false).value());
    EXPECT_EQ(rows(), 0U);
}

TEST_F(MissedBlocksTest, of_one_key_are_forgotten_alone) {
    for (const std::int64_t place : {0, 1'023, 1'024, 900'000}) {
        ASSERT_TRUE(exchange_missed(bench.state, one, place, true));
        ASSERT_TRUE(exchange_missed(bench.state, other, place, true));
    }

    ASSERT_TRUE(forget_missed(bench.state, one));

    EXPECT_EQ(places(one), std::vector<std::int64_t>{});
    EXPECT_EQ(places(other), (std::vector<std::int64_t>{0, 1'023, 1'024, 900'000}));
    EXPECT_EQ(rows(), 3U);
}

TEST_F(MissedBlocksTest, are_a_set_of_places) {
    std::mt19937 random(11);
    std::set<std::int64_t> model;
    for (int i = 0; i < 5'000; ++i) {
        const auto place = static_cast<std::int64_t>(random() % 4'000);
        const bool missed = random() % 2 == 0;
        const bool before = exchange_missed(bench.state, one, place, missed).value();
        ASSERT_EQ(before, model.contains(place));
        if (missed) {
            model.insert(place);
        } else {
            model.erase(place);
        }
    }
    EXPECT_EQ(places(one), std::vector<std::int64_t>(model.begin(), model.end()));
}

}  // namespace
}  // namespace steelyard::slashing
