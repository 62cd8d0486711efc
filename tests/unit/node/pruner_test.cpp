#include "node/pruner.h"

#include "tests/unit/node/stored_blocks.h"

namespace steelyard::node {
namespace {

using chain::Height;
using namespace std::chrono_literals;

/// Evidence of the block before the last may count, and of no other.
constexpr chain::EvidenceParams young{.max_age_num_blocks = 1, .max_age_duration = 1ns};

class PrunerTest : public testing::Test {
protected:
    Pruner::Parts parts(StoredBlocks& stored, std::int64_t retain, index::Indexer* indexer = {}) {
        return {
            .retain_blocks = retain,
            .source = stored.source(),
            .blocks = stored.blocks(),
            .states = stored.states(),
            .indexer = indexer,
            .failed = [](const Error& error) { ADD_FAILURE() << error.message(); },
        };
    }

    /// The lowest block that is left.
    std::int64_t base_after(StoredBlocks& stored, std::int64_t retain) {
        const auto pruned = Pruner(parts(stored, retain)).prune();
        EXPECT_TRUE(pruned);
        return stored.base();
    }
};

TEST_F(PrunerTest, keeps_everything_where_nothing_else_is_wanted) {
    StoredBlocks stored(1, young);
    EXPECT_EQ(base_after(stored, 0), 0);
    EXPECT_EQ(base_after(stored, 1), 0);
    stored.grow(40);

    EXPECT_EQ(base_after(stored, 0), 1);
    EXPECT_EQ(base_after(stored, 40), 1);
    EXPECT_EQ(base_after(stored, std::int64_t{1} << 53), 1);
}

TEST_F(PrunerTest, removes_blocks_once_there_are_enough) {
    StoredBlocks stored(1, young);
    stored.grow(10 + Pruner::batch_min - 1);
    EXPECT_EQ(base_after(stored, 10), 1);

    stored.append();

    EXPECT_EQ(base_after(stored, 10), 1 + Pruner::batch_min);
    EXPECT_TRUE(stored.blocks().load_block(Height(17)));
    EXPECT_FALSE(stored.blocks().load_block(Height(16)));
    EXPECT_TRUE(stored.states().load_results(Height(17)));
    EXPECT_FALSE(stored.states().load_results(Height(16)));
    EXPECT_TRUE(stored.states().load_validators(Height(17)));
    EXPECT_TRUE(stored.states().load_params(Height(17)));
}

TEST_F(PrunerTest, removes_so_many_at_a_time) {
    StoredBlocks stored(1, young);
    stored.grow(2 * Pruner::batch_max + 10);

    EXPECT_EQ(base_after(stored, 10), 1 + Pruner::batch_max);
    EXPECT_EQ(base_after(stored, 10), 1 + 2 * Pruner::batch_max);
    EXPECT_EQ(base_after(stored, 10), 1 + 2 * Pruner::batch_max);
}

TEST_F(PrunerTest, keeps_what_evidence_may_be_about) {
    StoredBlocks by_blocks(1, {.max_age_num_blocks = 30, .max_age_duration = 1ns});
    StoredBlocks by_time(1, {.max_age_num_blocks = 1, .max_age_duration = 30s});
    by_blocks.grow(60);
    by_time.grow(60);
    const auto time_of = [&](std::int64_t height) {
        return by_time.blocks().load_meta(Height(height))->header.time;
    };

    EXPECT_EQ(base_after(by_blocks, 1), 30);  // block 60 is 30 blocks younger
    const std::int64_t base = base_after(by_time, 1);

    ASSERT_GT(base, 1);
    ASSERT_LT(base, 59);
    const auto age = chain::checked_sub(time_of(60), time_of(base));
    const auto next_age = chain::checked_sub(time_of(60), time_of(base + 1));
    EXPECT_LE(*age, 30s);
    EXPECT_GT(*age + (*age - *next_age), 30s);
}

TEST_F(PrunerTest, keeps_what_evidence_may_be_about_by_default) {
    StoredBlocks stored(1);
    stored.grow(60);

    EXPECT_EQ(base_after(stored, 1), 1);
}

TEST_F(PrunerTest, forgets_the_index_of_what_it_removes) {
    StoredBlocks stored(1, young);
    storage::MemoryStore store;
    const auto indexer = index::Indexer::open(store).value();
    stored.grow(60);
    ASSERT_EQ(indexer->recover(stored.source()).value(), 60U);

    ASSERT_TRUE(Pruner(parts(stored, 10, indexer.get())).prune());

    EXPECT_EQ(stored.base(), 51);
    EXPECT_EQ(indexer->range().base, Height(51));
    EXPECT_EQ(indexer->range().tip, Height(60));
}

TEST_F(PrunerTest, prunes_when_it_starts_and_after_commits) {
    StoredBlocks stored(1, young);
    stored.grow(40);
    Pruner pruner(parts(stored, 10));
    const auto reaches = [&](std::int64_t base) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (stored.base() < base && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        return stored.base() == base;
    };

    pruner.start();
    EXPECT_TRUE(reaches(31));
    stored.grow(20);
    pruner.committed();
    EXPECT_TRUE(reaches(51));
    pruner.stop();
    stored.grow(20);
    pruner.committed();

    EXPECT_EQ(stored.base(), 51);
}

}  // namespace
}  // namespace steelyard::node
