// Wal through faults at every operation: a prefix of the records is replayed, none synced missing.
#include "tests/unit/consensus/engine/wal_history.h"

namespace steelyard::engine {
namespace {

using test::Fault;
using test::Loss;
using test::SimDirectory;

constexpr std::array every_fault = {Fault::io_error, Fault::no_space, Fault::power_cut};
constexpr std::array every_loss = {Loss::none, Loss::seeded, Loss::all};

/// Opens the log and takes steps until one fails.
void run(SimDirectory& disk, WalModel& model, int steps) {
    const auto wal = open_wal(disk);
    if (!wal) {
        return;
    }
    model.expect_recovered(**wal);
    while (steps > 0 && model.step(**wal)) {
        --steps;
    }
    if (steps > 0) {
        EXPECT_FALSE((*wal)->append({}));
        EXPECT_FALSE((*wal)->sync());
        EXPECT_FALSE((*wal)->end_height((*wal)->last_finished().next()));
    }
}

void expect_open(SimDirectory& disk, WalModel& model) {
    const auto wal = open_wal(disk);
    ASSERT_TRUE(wal) << wal.error().message();
    model.expect_recovered(**wal);
    ASSERT_LE(disk.image().size(), 2U);  // one segment, and perhaps a temporary file
}

std::uint64_t operations_of(int steps) {
    SimDirectory disk(1);
    WalModel model;
    run(disk, model, steps);
    return disk.operations();
}

TEST(WalCrash, replays_what_was_synced_whatever_fails_and_whatever_is_lost) {
    constexpr int steps = 45;
    const std::uint64_t operations = operations_of(steps);
    ASSERT_GT(operations, 100U);
    for (std::uint64_t k = 1; k <= operations; ++k) {
        for (const Fault fault : every_fault) {
            for (const Loss first : every_loss) {
                for (const Loss second : every_loss) {
                    SCOPED_TRACE(fmt::format(
                        "fault {} at {}, losses {} {}", int(fault), k, int(first), int(second)
                    ));
                    SimDirectory disk(k);
                    WalModel model;
                    disk.fail_at(k, fault);
                    run(disk, model, steps);
                    disk.restart(first);
                    run(disk, model, 7);
                    disk.cut_power();
                    disk.restart(second);
                    expect_open(disk, model);
                    if (testing::Test::HasFailure()) {
                        return;
                    }
                }
            }
        }
    }
}

TEST(WalCrash, loses_nothing_when_the_recovery_fails_too) {
    for (std::uint64_t k = 1; k <= 16; ++k) {
        for (const Fault fault : every_fault) {
            for (const Loss first : every_loss) {
                for (const Loss second : every_loss) {
                    SCOPED_TRACE(fmt::format(
                        "fault {} at {}, losses {} {}", int(fault), k, int(first), int(second)
                    ));
                    SimDirectory disk(k);
                    WalModel model;
                    run(disk, model, 38);
                    disk.cut_power();
                    disk.restart(first);
                    disk.fail_at(k, fault);
                    run(disk, model, 0);
                    disk.cut_power();
                    disk.restart(second);
                    expect_open(disk, model);
                    if (testing::Test::HasFailure()) {
                        return;
                    }
                }
            }
        }
    }
}

TEST(WalCrash, loses_nothing_in_a_life_of_crashes) {
    std::size_t records = 0;
    std::int64_t heights = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        SimDirectory disk(seed);
        SeededRandom random(seed);
        WalModel model;
        for (int crash = 0; crash < 60; ++crash) {
            disk.fail_at(random.below(60) + 1, every_fault[random.below(3)]);
            run(disk, model, 30);
            records += model.records();
            disk.cut_power();
            disk.restart(every_loss[random.below(3)]);
        }
        expect_open(disk, model);
        heights += model.finished().value();
        ASSERT_FALSE(testing::Test::HasFailure());
    }
    EXPECT_GT(records, 3000U);
    EXPECT_GT(heights, 600);
}

TEST(WalCrash, cuts_torn_ends_and_says_so) {
    int cuts = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        SimDirectory disk(seed);
        WalModel model;
        run(disk, model, 38);
        disk.cut_power();
        disk.restart(Loss::seeded);
        const auto wal = open_wal(disk);
        ASSERT_TRUE(wal) << wal.error().message();
        cuts += (*wal)->recovery().bytes_cut > 0;
    }
    EXPECT_GT(cuts, 10);
}

/// The kernel shows what a failed fsync has not written as if it had been, and the next fsync says
/// that all is well.
TEST(WalCrash, writes_again_what_a_failed_sync_left_in_memory) {
    SimDirectory disk(1);
    {
        const auto wal = open_wal(disk);
        ASSERT_TRUE((*wal)->append(as_bytes("vote")));
        disk.fail_at(1, Fault::io_error);
        ASSERT_FALSE((*wal)->sync());
        ASSERT_FALSE((*wal)->sync());
    }
    disk.restart(Loss::none);
    const std::vector<Bytes> seen = replayed(**open_wal(disk));
    ASSERT_EQ(seen.size(), 1U);
    disk.cut_power();
    disk.restart(Loss::all);

    const auto wal = open_wal(disk);

    ASSERT_TRUE(wal) << wal.error().message();
    EXPECT_EQ(replayed(**wal), seen);
}

}  // namespace
}  // namespace steelyard::engine
