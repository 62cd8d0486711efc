// SimStore keeps the promises of a store on a disk, and breaks what such a store breaks.
#include "tests/support/sim_store.h"

#include "tests/unit/storage/history.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using test::Fault;
using test::Loss;
using test::SimStore;

const History history(10);

/// Writes until something fails; returns how many batches were acknowledged.
int write_until_failure(SimStore& store, int batches, Durability durability) {
    int height = 0;
    while (height < batches && store.write(history.batch(height + 1), durability)) {
        ++height;
    }
    return height;
}

TEST(SimStore, loses_no_synced_batch_and_halves_none) {
    constexpr int batches = 10;
    int unacknowledged = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (int k = 1; k <= batches; ++k) {
            for (const Fault fault : {Fault::io_error, Fault::no_space, Fault::power_cut}) {
                SimStore store(seed);
                store.fail_write_at(static_cast<std::uint64_t>(k), fault);
                const int acknowledged = write_until_failure(store, batches, Durability::synced);
                ASSERT_EQ(acknowledged, k - 1);
                EXPECT_FALSE(store.write(history.batch(k), Durability::synced));
                store.restart(Loss::seeded);

                const auto height = read_height(store, history);
                ASSERT_TRUE(height) << height.error().message();
                ASSERT_TRUE(*height == acknowledged || *height == acknowledged + 1) << *height;
                unacknowledged += *height > acknowledged;
                EXPECT_TRUE(store.write(history.batch(*height + 1), Durability::synced));
            }
        }
    }
    EXPECT_GT(unacknowledged, 20);  // A write that failed may have happened.
}

TEST(SimStore, loses_buffered_batches_from_the_end_up_to_the_last_synced_one) {
    std::set<int> heights;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SimStore store(seed);
        ASSERT_TRUE(store.write(history.batch(1), Durability::buffered));
        ASSERT_TRUE(store.write(history.batch(2), Durability::synced));
        ASSERT_TRUE(store.write(history.batch(3), Durability::buffered));
        ASSERT_TRUE(store.write(history.batch(4), Durability::buffered));
        store.cut_power();
        store.restart(Loss::seeded);

        const auto height = read_height(store, history);
        ASSERT_TRUE(height) << height.error().message();
        heights.insert(*height);
    }
    EXPECT_EQ(heights, (std::set{2, 3, 4}));
}

TEST(SimStore, keeps_all_or_nothing_of_the_unsynced_if_told_so) {
    for (const auto& [loss, expected] : {std::pair(Loss::none, 3), std::pair(Loss::all, 1)}) {
        SimStore store(1);
        ASSERT_TRUE(store.write(history.batch(1), Durability::synced));
        ASSERT_TRUE(store.write(history.batch(2), Durability::buffered));
        ASSERT_TRUE(store.write(history.batch(3), Durability::buffered));
        store.restart(loss);

        EXPECT_EQ(read_height(store, history), expected);
    }
}

TEST(SimStore, answers_nothing_without_power) {
    SimStore store(1);
    ASSERT_TRUE(store.write(history.batch(1), Durability::synced));
    store.cut_power();

    EXPECT_FALSE(store.get(as_bytes("height")));
    EXPECT_FALSE(read_content(store));
    store.restart(Loss::none);
    EXPECT_EQ(read_height(store, history), 1);
}

TEST(SimStore, reports_damage_until_the_record_is_written_again) {
    SimStore store(1);
    ASSERT_TRUE(store.write(history.batch(1), Durability::synced));
    store.damage(as_bytes("own/1"));
    store.restart(Loss::all);

    const auto value = store.get(as_bytes("own/1"));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code(), ErrorCode::corrupt);
    const auto content = read_content(store);
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code(), ErrorCode::corrupt);

    ASSERT_TRUE(store.write(history.batch(1), Durability::synced));
    EXPECT_EQ(read_height(store, history), 1);
}

TEST(SimStore, fails_one_read_and_counts_writes_and_syncs) {
    SimStore store(1);
    ASSERT_TRUE(store.write(history.batch(1), Durability::synced));
    ASSERT_TRUE(store.write(history.batch(2), Durability::buffered));
    store.fail_read_at(2);

    EXPECT_TRUE(store.get(as_bytes("height")));
    EXPECT_FALSE(store.get(as_bytes("height")));
    EXPECT_TRUE(store.get(as_bytes("height")));
    EXPECT_EQ(store.writes(), 2U);
    EXPECT_EQ(store.syncs(), 1U);
}

}  // namespace
}  // namespace steelyard::storage
