#include "tests/unit/consensus/engine/wal_history.h"

namespace steelyard::engine {
namespace {

using chain::Height;
using test::Loss;
using test::SimDirectory;

TEST(Wal, begins_where_it_is_told_to) {
    SimDirectory disk(1);
    WalOptions options = wal_options();
    options.start = Height(41);

    const auto wal = open_wal(disk, 1, options);

    ASSERT_TRUE(wal);
    EXPECT_TRUE((*wal)->recovery().created);
    EXPECT_EQ((*wal)->recovery().last_finished, Height(41));
    EXPECT_EQ(open_wal(disk).value()->recovery().last_finished, Height(41));
}

TEST(Wal, replays_what_follows_the_last_finished_height) {
    SimDirectory disk(1);
    {
        const auto wal = open_wal(disk, 1, wal_options(1 << 20));
        ASSERT_TRUE((*wal)->append(as_bytes("of height 1")));
        ASSERT_TRUE((*wal)->end_height(Height(1)));
        ASSERT_TRUE((*wal)->append(as_bytes("first of height 2")));
        ASSERT_TRUE((*wal)->append({}));
        ASSERT_TRUE((*wal)->append(as_bytes("last")));
    }

    const auto wal = open_wal(disk);

    ASSERT_TRUE(wal);
    EXPECT_FALSE((*wal)->recovery().created);
    EXPECT_EQ((*wal)->recovery().last_finished, Height(1));
    EXPECT_EQ((*wal)->recovery().bytes_cut, 0U);
    const std::vector<Bytes> expected = {
        to_bytes(as_bytes("first of height 2")), {}, to_bytes(as_bytes("last"))
    };
    EXPECT_EQ(replayed(**wal), expected);
    EXPECT_EQ(replayed(**wal), expected);  // and once more
}

TEST(Wal, goes_on_after_a_replay) {
    SimDirectory disk(1);
    ASSERT_TRUE(open_wal(disk).value()->append(as_bytes("a")));
    ASSERT_TRUE(open_wal(disk).value()->append(as_bytes("b")));

    const std::vector<Bytes> expected = {{'a'}, {'b'}};
    EXPECT_EQ(replayed(*open_wal(disk).value()), expected);
}

TEST(Wal, ends_a_replay_at_the_first_error) {
    SimDirectory disk(1);
    {
        const auto wal = open_wal(disk);
        ASSERT_TRUE((*wal)->append(as_bytes("a")));
        ASSERT_TRUE((*wal)->append(as_bytes("b")));
    }
    int taken = 0;

    const auto result = open_wal(disk).value()->replay([&](ByteView) -> Result<void> {
        ++taken;
        return invalid("enough");
    });

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message(), "enough");
    EXPECT_EQ(taken, 1);
}

TEST(Wal, syncs_only_when_there_is_something_to_sync) {
    SimDirectory disk(1);
    const auto wal = open_wal(disk);
    const std::uint64_t before = disk.syncs();

    ASSERT_TRUE((*wal)->append(as_bytes("a")));
    ASSERT_TRUE((*wal)->append(as_bytes("b")));
    ASSERT_TRUE((*wal)->sync());
    ASSERT_TRUE((*wal)->sync());
    ASSERT_TRUE((*wal)->end_height(Height(1)));

    EXPECT_EQ(disk.syncs() - before, 2U);
}

TEST(Wal, begins_a_new_segment_at_the_end_of_a_height_and_removes_the_old_one) {
    SimDirectory disk(1);
    const auto wal = open_wal(disk, 1, wal_options(1000));
    ASSERT_TRUE((*wal)->append(Bytes(2000)));
    ASSERT_EQ(disk.image().size(), 1U);
    ASSERT_EQ(disk.image().begin()->first, "000000000001.wal");

    ASSERT_TRUE((*wal)->end_height(Height(1)));

    ASSERT_EQ(disk.image().size(), 1U);
    EXPECT_EQ(disk.image().begin()->first, "000000000002.wal");
    EXPECT_LT(disk.image().begin()->second.size(), 1000U);
    ASSERT_TRUE((*wal)->append(as_bytes("a")));
    EXPECT_EQ(replayed(*open_wal(disk).value()), std::vector<Bytes>{{'a'}});
}

TEST(Wal, leaves_other_files_alone) {
    SimDirectory disk(1);
    for (const std::string_view name :
         {"000000000009.wal.bak", "9.wal", "00000000000x.wal", "notes", "+00000000009.wal"}) {
        disk.put(name, as_bytes("not ours"));
    }

    ASSERT_TRUE(open_wal(disk));
    ASSERT_TRUE(open_wal(disk));

    EXPECT_EQ(disk.image().size(), 6U);
}

TEST(Wal, takes_records_of_any_size_up_to_the_limit) {
    SimDirectory disk(1);
    Bytes large(3 << 20);
    SeededRandom(1).fill(large);
    {
        const auto wal = open_wal(disk);
        ASSERT_TRUE((*wal)->append(large));
        const auto refused = (*wal)->append(Bytes(wal_record_size_max + 1));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
        ASSERT_TRUE((*wal)->append(as_bytes("small")));
    }

    const auto wal = open_wal(disk);

    ASSERT_TRUE(wal);
    const std::vector<Bytes> expected = {large, to_bytes(as_bytes("small"))};
    EXPECT_EQ(replayed(**wal), expected);
}

TEST(Wal, tells_a_full_disk) {
    SimDirectory disk(1);
    const auto wal = open_wal(disk);
    disk.fail_at(1, test::Fault::no_space);

    const auto full = (*wal)->append(as_bytes("a"));

    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code(), ErrorCode::no_space);
    EXPECT_NE((*wal)->sync().error().message().find("open it again"), std::string::npos);
}

TEST(Wal, surfaces_failed_reads) {
    SimDirectory disk(1);
    ASSERT_TRUE(open_wal(disk).value()->append(as_bytes("a")));
    for (std::uint64_t read = 1; read <= 3; ++read) {
        disk.fail_read_at(read);
        const auto wal = open_wal(disk);
        ASSERT_FALSE(wal);
        EXPECT_EQ(wal.error().code(), ErrorCode::io) << wal.error().message();
    }
    disk.restart(Loss::none);
    EXPECT_EQ(replayed(*open_wal(disk).value()), std::vector<Bytes>{{'a'}});
}

TEST(WalDeathTest, ends_no_height_twice) {
    SimDirectory disk(1);
    const auto wal = open_wal(disk);
    ASSERT_TRUE((*wal)->end_height(Height(5)));

    EXPECT_DEATH((void)(*wal)->end_height(Height(5)), "height > last_finished_");
}

}  // namespace
}  // namespace steelyard::engine
