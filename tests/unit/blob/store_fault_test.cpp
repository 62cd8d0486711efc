// A disk that fails, is full, or loses its power at any operation: what is whole stays whole and
// right.
#include "blob/store.h"

#include "tests/unit/blob/sim_disk.h"
#include "tests/unit/blob/test_blob.h"

#include <gtest/gtest.h>

#include <set>

namespace steelyard::blob {
namespace {

using test::Fault;
using test::Loss;
using test::make_blob;
using test::TestBlob;
using Outcome = Appended::Outcome;

/// Blobs that come all at once, in pieces and in groups into a store whose disk fails.
class FaultRun {
public:
    explicit FaultRun(std::uint64_t seed) : random_(seed), files_(seed, clock_) {
        for (std::uint64_t index = 0; index < 4; ++index) {
            blobs_.push_back(make_blob(3'000 + random_.below(700'000), seed * 10 + index));
        }
        open();
    }

    test::SimFiles& files() { return files_; }

    void open() {
        store_.reset();
        auto opened = BlobStore::open(files_.disk(), {}, clock_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store_ = *std::move(opened);
    }

    /// One step of any of the blobs.
    void step() {
        const TestBlob& blob = blobs_[random_.below(blobs_.size())];
        switch (random_.below(8)) {
            case 0:
                note(blob, store_->put(blob.type, blob.data).has_value());
                break;
            case 1:
            case 2:
                upload(blob, 1 + random_.below(400'000));
                break;
            case 3:
                (void)store_->begin_part(blob.id, blob.tree.header, blob.tree.groups);
                break;
            case 4:
                // Perhaps half done, so that nothing is promised any more.
                promised_.erase(blob.id);
                (void)store_->remove(blob.id);
                break;
            default:
                fetch(blob, 2);
        }
    }

    /// Whatever was said to be whole is, and whatever is there is right.
    void check() {
        for (const TestBlob& blob : blobs_) {
            const auto status = store_->find(blob.id);
            const bool is_whole = status && status->is_whole;
            if (promised_.contains(blob.id)) {
                EXPECT_TRUE(is_whole);
            }
            if (is_whole) {
                EXPECT_EQ(store_->read(blob.id, 0, blob.file.size()), blob.file);
                EXPECT_EQ(store_->tree(blob.id), blob.tree);
            }
            for (std::uint32_t group = 0; group < blob.groups(); ++group) {
                if (const auto content = store_->group(blob.id, group)) {
                    EXPECT_EQ(*content, to_bytes(blob.content(group)));
                } else {
                    EXPECT_EQ(content.error().code(), ErrorCode::not_found);
                }
            }
        }
    }

    /// Without faults everything comes to its end.
    void finish() {
        for (const TestBlob& blob : blobs_) {
            for (int tries = 0; tries < 3 && !upload(blob, blob.file.size()); ++tries) {
            }
            fetch(blob, groups_max);
            ASSERT_TRUE(store_->find(blob.id));
            EXPECT_TRUE(store_->find(blob.id)->is_whole);
        }
        check();
        for (const TestBlob& blob : blobs_) {
            EXPECT_TRUE(store_->remove(blob.id));
        }
        EXPECT_EQ(store_->stats().bytes, 0U);
    }

private:
    void note(const TestBlob& blob, bool is_whole) {
        if (is_whole) {
            promised_.insert(blob.id);
        }
    }

    /// Whether nothing is left to be sent.
    bool upload(const TestBlob& blob, std::uint64_t size) {
        const auto status = store_->find(blob.id);
        const std::uint64_t offset = status ? status->bytes_there : 0;
        const auto done =
            store_->append(blob.id, offset, blob.file.size(), blob.piece(offset, size));
        note(blob, done && done->outcome == Outcome::whole);
        return done && done->outcome == Outcome::whole;
    }

    void fetch(const TestBlob& blob, std::size_t limit) {
        for (const std::uint32_t group : store_->missing_groups(blob.id, limit)) {
            const auto done = store_->add_group(blob.id, group, blob.content(group));
            note(blob, done.value_or(false));
        }
    }

    test::StillClock clock_{};
    SeededRandom random_;
    test::SimFiles files_;
    std::vector<TestBlob> blobs_{};
    std::set<Hash256> promised_{};
    std::unique_ptr<BlobStore> store_{};
};

constexpr int steps = 25;

class BlobFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(BlobFaultTest, whatever_is_called_whole_stays_whole) {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SeededRandom random(seed);
        FaultRun run(seed);
        for (int round = 0; round < 3; ++round) {
            run.files().fail_at(1 + random.below(40), GetParam());
            run.files().fail_read_at(1 + random.below(200));
            for (int count = 0; count < steps; ++count) {
                run.step();
            }
            run.files().restart(
                GetParam() == Fault::power_cut ? Loss::seeded
                : random.below(2) == 0         ? Loss::all
                                               : Loss::none
            );
            run.open();
            run.check();
        }
        run.finish();
        if (testing::Test::HasFailure()) {
            break;
        }
    }
}

TEST_P(BlobFaultTest, the_store_goes_on_without_a_restart) {
    if (GetParam() == Fault::power_cut) {
        return;
    }
    for (std::uint64_t seed = 100; seed <= 120; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        FaultRun run(seed);
        run.files().fail_at(1 + seed % 37, Fault::io_error);
        for (int count = 0; count < steps; ++count) {
            run.step();
        }
        run.check();
        run.finish();
        if (testing::Test::HasFailure()) {
            break;
        }
    }
}

TEST(BlobStoreOnABadDisk, forgets_an_upload_whose_first_piece_fails) {
    test::StillClock clock;
    test::SimFiles files(1, clock);
    const auto store = BlobStore::open(files.disk(), {}, clock).value();
    const TestBlob blob = make_blob(50'000, 1);
    files.fail_at(1, Fault::io_error);

    const auto done = store->append(blob.id, 0, blob.file.size(), blob.piece(0, 1000));

    EXPECT_EQ(done.error().code(), ErrorCode::io);
    EXPECT_FALSE(store->find(blob.id));
    EXPECT_EQ(store->stats().bytes, 0U);
}

TEST(BlobStoreOnABadDisk, goes_on_behind_the_last_whole_piece) {
    test::StillClock clock;
    test::SimFiles files(2, clock);
    const auto store = BlobStore::open(files.disk(), {}, clock).value();
    const TestBlob blob = make_blob(50'000, 2);
    ASSERT_TRUE(store->append(blob.id, 0, blob.file.size(), blob.piece(0, 1000)));
    files.fail_at(1, Fault::io_error);

    const auto done = store->append(blob.id, 1000, blob.file.size(), blob.piece(1000, 30'000));
    EXPECT_EQ(done.error().code(), ErrorCode::io);
    EXPECT_EQ(store->find(blob.id)->bytes_there, 1000U);
    files.restart(Loss::none);
    const auto again = BlobStore::open(files.disk(), {}, clock).value();
    EXPECT_EQ(again->find(blob.id)->bytes_there, 1000U);
}

INSTANTIATE_TEST_SUITE_P(
    Faults,
    BlobFaultTest,
    testing::Values(Fault::io_error, Fault::no_space, Fault::power_cut),
    [](const auto& parameter) {
        return parameter.param == Fault::io_error   ? "io_error"
               : parameter.param == Fault::no_space ? "no_space"
                                                    : "power_cut";
    }
);

}  // namespace
}  // namespace steelyard::blob
