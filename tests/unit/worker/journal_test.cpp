#include "worker/journal.h"

#include "files/private_file.h"
#include "tests/support/temporary_home.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;

Hash256 hash(std::uint8_t first) {
    Hash256 out{};
    out[0] = first;
    return out;
}

JobRecord full_record() {
    JobRecord out{
        .name = {.order = 12, .task = 3},
        .matched_height = 99,
        .program = hash(1),
        .inputs = {hash(2), hash(3)},
        .settings = {.threads = 4, .backend = "avx2", .memory_max = 1'000'000},
        .is_ready = true,
        .failed_runs = 1,
        .failed_proofs = 2,
        .last_failure = "it was killed by signal 9",
        .is_uploaded = true,
        .proof = ProofTask{.seed = hash(4), .probes = 12},
        .is_proven = true,
    };
    out.outcome = RunReport{.outputs = {hash(5)}, .milliseconds = 17};
    out.outcome->outcome = {.output_root = hash(6), .trace_root = hash(7), .steps = 1'000};
    return out;
}

class JournalTest : public testing::Test {
protected:
    void write_bytes(const fs::path& path, std::string_view text) {
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    }

    testing_support::TemporaryHome home_{};
    fs::path folder_ = home_.path() / "jobs";
    Journal journal_{folder_};
};

TEST_F(JournalTest, keeps_records_over_a_restart) {
    ASSERT_TRUE(journal_.open());
    JobRecord second{.name = {.order = 13}, .settings = {.backend = ""}};
    ASSERT_TRUE(journal_.write(full_record()));
    ASSERT_TRUE(journal_.write(second));

    const auto opened = Journal(folder_).open();

    ASSERT_TRUE(opened);
    ASSERT_EQ(opened->records.size(), 2U);
    EXPECT_EQ(opened->records.at(full_record().name), full_record());
    EXPECT_EQ(opened->records.at(second.name), second);
    EXPECT_TRUE(opened->broken.empty());
}

TEST_F(JournalTest, keeps_a_fault) {
    ASSERT_TRUE(journal_.open());
    JobRecord record = full_record();
    record.outcome->outputs.clear();
    record.outcome->outcome.fault =
        vm::Fault{.kind = vm::Fault::Kind::bad_index, .step = 7, .element = 9};
    ASSERT_TRUE(journal_.write(record));

    EXPECT_EQ(Journal(folder_).open()->records.at(record.name), record);
}

TEST_F(JournalTest, replaces_a_record_whole) {
    ASSERT_TRUE(journal_.open());
    ASSERT_TRUE(journal_.write(full_record()));
    JobRecord next = full_record();
    next.is_proven = false;
    ASSERT_TRUE(journal_.write(next));

    EXPECT_EQ(Journal(folder_).open()->records.at(next.name), next);
}

/// A crash before the rename leaves the old record and a part of the new one.
TEST_F(JournalTest, reads_the_old_record_where_a_write_was_cut_short) {
    ASSERT_TRUE(journal_.open());
    ASSERT_TRUE(journal_.write(full_record()));
    const fs::path job = journal_.folder_of(full_record().name);
    write_bytes(job / "job.pb.new", "half of a reco");

    const auto opened = Journal(folder_).open();

    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->records.at(full_record().name), full_record());
    JobRecord next = full_record();
    next.failed_runs = 2;
    EXPECT_TRUE(journal_.write(next));
    EXPECT_EQ(Journal(folder_).open()->records.at(next.name), next);
}

/// At each byte that a torn write could have ended at.
TEST_F(JournalTest, sets_records_aside_that_are_not_whole) {
    ASSERT_TRUE(journal_.open());
    const Bytes whole = encode_record(full_record());
    const fs::path job = journal_.folder_of(full_record().name);
    std::size_t broken = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_bytes(job / "job.pb", as_text(ByteView(whole).first(size)));
        const auto opened = Journal(folder_).open();
        ASSERT_TRUE(opened) << size;
        EXPECT_EQ(opened->records.size() + opened->broken.size(), 1U) << size;
        broken += opened->broken.size();
        fs::remove_all(job);
    }

    // What ends between two fields is a record without the last of them.
    EXPECT_GT(broken, whole.size() / 2);
    EXPECT_TRUE(Journal(folder_).open()->records.empty());
}

/// A crash in the middle of a removal, or of a first write, leaves files without a record.
TEST_F(JournalTest, removes_folders_that_have_no_record) {
    ASSERT_TRUE(journal_.open());
    write_bytes(folder_ / "5-0" / "leaves", "of a trace");
    write_bytes(folder_ / "6-0" / "job.pb.new", "half of a reco");
    fs::create_directories(folder_ / "lost+found");

    const auto opened = journal_.open();

    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->broken.empty());
    EXPECT_TRUE(opened->records.empty());
    EXPECT_FALSE(fs::exists(folder_ / "5-0"));
    EXPECT_FALSE(fs::exists(folder_ / "6-0"));
    EXPECT_FALSE(fs::exists(folder_ / "broken-5-0-0"));
    EXPECT_TRUE(fs::exists(folder_ / "lost+found"));
}

TEST_F(JournalTest, refuses_the_record_of_another_job) {
    ASSERT_TRUE(journal_.open());
    write_bytes(folder_ / "5-0" / "job.pb", as_text(encode_record(full_record())));

    EXPECT_EQ(journal_.open()->broken.size(), 1U);
}

TEST_F(JournalTest, removes_a_job_with_all_its_files) {
    ASSERT_TRUE(journal_.open());
    ASSERT_TRUE(journal_.write(full_record()));
    write_bytes(journal_.folder_of(full_record().name) / "x.npy", "1");

    ASSERT_TRUE(journal_.remove(full_record().name));

    EXPECT_FALSE(fs::exists(journal_.folder_of(full_record().name)));
    EXPECT_TRUE(journal_.remove(full_record().name)) << "again";
}

}  // namespace
}  // namespace steelyard::worker
