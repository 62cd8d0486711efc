#include "tests/sim/disks.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using storage::Durability;
using test::Loss;

Result<void> put(storage::KvStore& store, Durability durability) {
    storage::WriteBatch batch;
    batch.put(as_bytes("key"), as_bytes("value"));
    return store.write(batch, durability);
}

TEST(Disks, count_writes_and_syncs_of_all_devices) {
    int syncs = 0;
    Disks disks(1, [&] { ++syncs; });

    ASSERT_TRUE(put(disks.blocks(), Durability::buffered));
    ASSERT_TRUE(put(disks.state(), Durability::synced));
    const auto file = disks.wal().create("file");
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append(as_bytes("bytes")));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE(disks.signer().sync());

    EXPECT_EQ(disks.operations(), 6U);
    EXPECT_EQ(syncs, 3);
}

/// Whichever device the operation is of, nothing works after it.
TEST(Disks, a_power_cut_takes_all_devices) {
    for (std::uint64_t operation = 1; operation <= 4; ++operation) {
        Disks disks(1, [] {});
        disks.cut_power_at(operation);
        const std::vector<bool> worked = {
            put(disks.evidence(), Durability::synced).has_value(),
            put(disks.application(), Durability::synced).has_value(),
            disks.signer().create("file").has_value(),
            disks.wal().create("file").has_value(),
        };

        for (std::uint64_t i = 0; i < worked.size(); ++i) {
            EXPECT_EQ(worked[i], i + 1 < operation) << i << " of " << operation;
        }
        EXPECT_FALSE(disks.has_power());
        EXPECT_FALSE(disks.blocks().get(as_bytes("key")));
    }
}

TEST(Disks, keep_what_was_durable) {
    Disks disks(1, [] {});
    ASSERT_TRUE(put(disks.blocks(), Durability::synced));
    ASSERT_TRUE(put(disks.state(), Durability::buffered));

    disks.cut_power();
    disks.restart(Loss::all);

    EXPECT_TRUE(disks.has_power());
    EXPECT_TRUE(disks.blocks().get(as_bytes("key"))->has_value());
    EXPECT_FALSE(disks.state().get(as_bytes("key"))->has_value());
}

TEST(Disks, a_crash_calls_a_power_cut_off) {
    Disks disks(1, [] {});
    disks.cut_power_at(1);

    disks.cut_power();
    disks.restart(Loss::none);

    EXPECT_TRUE(put(disks.blocks(), Durability::synced));
}

}  // namespace
}  // namespace steelyard::sim
