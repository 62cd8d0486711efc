// The simulated disk forgets what it may, and nothing else.
#include "tests/support/sim_files.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::test {
namespace {

Bytes text(std::string_view text) {
    return to_bytes(as_bytes(text));
}

/// A durable file with a durable name, and bytes after it that nobody has synced.
std::unique_ptr<engine::LogFile> half_synced_file(SimDirectory& disk) {
    auto file = disk.create("log").value();
    CHECK(file->append(as_bytes("durable")));
    CHECK(file->sync());
    CHECK(disk.sync());
    CHECK(file->append(Bytes(2000, 'x')));
    return file;
}

TEST(SimFiles, lose_what_was_not_synced) {
    SimDirectory disk(1);
    half_synced_file(disk);
    disk.cut_power();
    EXPECT_FALSE(disk.open("log"));

    disk.restart(Loss::all);

    EXPECT_EQ(disk.image().at("log"), text("durable"));
}

TEST(SimFiles, lose_nothing_with_the_process_alone_but_later_with_the_power) {
    SimDirectory disk(1);
    half_synced_file(disk);

    disk.restart(Loss::none);
    EXPECT_EQ(disk.image().at("log").size(), 2007U);

    disk.restart(Loss::all);
    EXPECT_EQ(disk.image().at("log"), text("durable"));
}

TEST(SimFiles, keep_what_was_synced_and_tear_the_rest_in_many_ways) {
    std::set<Bytes> outcomes;
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SimDirectory disk(seed);
        half_synced_file(disk);
        disk.restart(Loss::seeded);
        const Bytes content = disk.image().at("log");
        ASSERT_EQ(as_text(ByteView(content).first(7)), "durable");
        outcomes.insert(content);
        sizes.insert(content.size());
    }
    EXPECT_GT(outcomes.size(), 90U);
    EXPECT_GT(sizes.size(), 50U);
}

TEST(SimFiles, lose_changes_of_names_that_were_not_synced) {
    SimDirectory disk(1);
    half_synced_file(disk);
    ASSERT_TRUE(disk.rename("log", "renamed"));
    ASSERT_TRUE(disk.create("new").value()->sync());

    disk.restart(Loss::all);

    EXPECT_EQ(disk.list(), std::vector<std::string>{"log"});
}

TEST(SimFiles, rename_as_a_whole_or_not_at_all) {
    int renamed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        SimDirectory disk(seed);
        half_synced_file(disk);
        ASSERT_TRUE(disk.rename("log", "renamed"));
        disk.restart(Loss::seeded);
        ASSERT_EQ(disk.image().size(), 1U);
        renamed += disk.image().contains("renamed");
    }
    EXPECT_GT(renamed, 5);
    EXPECT_LT(renamed, 35);
}

TEST(SimFiles, lose_what_a_failed_sync_has_left_though_a_later_one_succeeds) {
    SimDirectory disk(1);
    auto file = half_synced_file(disk);
    disk.fail_at(1, Fault::io_error);
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(file->append(as_bytes("more")));

    disk.restart(Loss::none);
    file = disk.open("log").value();
    ASSERT_TRUE(file->append(as_bytes("more")));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(disk.image().at("log").at(7), 'x');
    disk.restart(Loss::all);

    Bytes expected = text("durable");
    expected.resize(2007);
    append(expected, as_bytes("more"));
    EXPECT_EQ(disk.image().at("log"), expected);
}

TEST(SimFiles, tear_the_append_that_meets_a_fault) {
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SimDirectory disk(seed);
        const auto file = half_synced_file(disk);
        disk.fail_at(1, Fault::no_space);
        EXPECT_EQ(file->append(Bytes(100)).error().code(), ErrorCode::no_space);
        sizes.insert(disk.image().at("log").size());
    }
    EXPECT_GT(sizes.size(), 5U);
}

TEST(SimFiles, stay_full_until_the_restart) {
    SimDirectory disk(1);
    half_synced_file(disk);
    disk.fail_at(1, Fault::no_space);
    EXPECT_FALSE(disk.sync());
    EXPECT_FALSE(disk.open("log").value()->append(as_bytes("a")));

    disk.restart(Loss::none);

    EXPECT_TRUE(disk.open("log").value()->append(as_bytes("a")));
}

TEST(SimFiles, are_useless_when_opened_before_the_restart) {
    SimDirectory disk(1);
    const auto file = half_synced_file(disk);
    disk.restart(Loss::none);

    Bytes out(1);
    EXPECT_FALSE(file->append(as_bytes("a")));
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(file->read(0, out));
}

TEST(SimFiles, count_operations_and_syncs) {
    SimDirectory disk(1);
    half_synced_file(disk);

    EXPECT_EQ(disk.operations(), 5U);
    EXPECT_EQ(disk.syncs(), 2U);
}

TEST(SimFiles, repeat_a_run_from_its_seed) {
    const auto run = [](std::uint64_t seed) {
        SimDirectory disk(seed);
        half_synced_file(disk);
        disk.restart(Loss::seeded);
        return disk.image();
    };

    EXPECT_EQ(run(5), run(5));
    EXPECT_NE(run(5), run(6));
}

}  // namespace
}  // namespace steelyard::test
