#include "pool_fixture.h"

#include <functional>

namespace steelyard::evidence {
namespace {

using chain::Evidence;
using chain::Height;
using test::Fault;
using test::Loss;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PoolRecovery : public PoolFixture {
protected:
    void crash(Loss loss) {
        pool.reset();
        store.cut_power();
        store.restart(loss);
    }

    /// Another node's pool, made anew at the tip of the same chain.
    std::string check_of_a_synced_node(const std::vector<Evidence>& list) const {
        test::SimStore other_store{2};
        const auto other = *Pool::open(other_store, chain, config());
        const auto resumed = other->resume(chain.tip());
        EXPECT_TRUE(resumed) << error_of(resumed);
        return error_of(other->check(list));
    }
};

TEST_F(PoolRecovery, keeps_what_it_has_returned) {
    const Evidence waiting = chain.double_vote(8);
    const Evidence committed = chain.double_vote(9);
    EXPECT_TRUE(add(waiting));
    commit({committed});
    crash(Loss::all);
    reopen();
    EXPECT_EQ(pool->height(), Height(11));
    EXPECT_THAT(pending(), ElementsAre(waiting));
    EXPECT_THAT(check({committed}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, keeps_what_became_of_reported_votes) {
    pool->report(chain.vote(11, 0, 0, test::block_id(1)), chain.vote(11, 0, 0, test::block_id(2)));
    commit();
    crash(Loss::all);
    reopen();
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(11))));
    commit(pending());
    EXPECT_FALSE(store.get(pending_key(chain.double_vote(11)))->has_value());
}

TEST_F(PoolRecovery, learns_of_blocks_that_were_committed_without_it) {
    const Evidence waiting = chain.double_vote(8);
    const Evidence committed = chain.double_vote(9);
    EXPECT_TRUE(add(waiting));
    EXPECT_TRUE(add(committed));
    chain.grow({committed});
    chain.grow();
    reopen();
    EXPECT_EQ(pool->height(), Height(12));
    EXPECT_THAT(pending(), ElementsAre(waiting));
    EXPECT_THAT(check({committed}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, of_a_synced_node_answers_as_those_that_were_there) {
    const Evidence committed = chain.double_vote(9);
    commit({committed});
    commit_to(14);
    for (const auto& list : std::vector<std::vector<Evidence>>{
             {committed},
             {chain.double_vote(9, 0, 0, 3)},
             {chain.double_vote(9, 1)},
             {chain.double_vote(8)},
         }) {
        EXPECT_EQ(check_of_a_synced_node(list), check(list));
    }
}

TEST_F(PoolRecovery, of_a_synced_node_needs_only_what_has_not_expired) {
    const Evidence committed = chain.double_vote(9);
    commit({committed});
    commit_to(14);
    chain.prune_below(9);
    EXPECT_THAT(check_of_a_synced_node({committed}), HasSubstr("block 11 carries it already"));
    EXPECT_THAT(check_of_a_synced_node({chain.double_vote(8)}), HasSubstr("too old"));
}

TEST_F(PoolRecovery, fails_where_history_lacks_what_has_not_expired) {
    commit_to(14);
    chain.prune_below(11);
    test::SimStore other_store{2};
    const auto other = *Pool::open(other_store, chain, config());
    EXPECT_EQ(error_of(other->resume(chain.tip())), "no block 9");
}

TEST_F(PoolRecovery, goes_back_with_the_chain) {
    const Evidence committed = chain.double_vote(9);
    const Evidence ahead = chain.double_vote(11);
    commit();
    EXPECT_TRUE(add(ahead));
    commit({committed});
    chain.shrink();
    chain.shrink();
    reopen();
    EXPECT_EQ(pool->height(), Height(10));
    EXPECT_EQ(check({committed}), "");
    EXPECT_THAT(pending(), IsEmpty());
    commit();
    EXPECT_EQ(check({ahead}), "");
}

TEST_F(PoolRecovery, takes_another_way_after_going_back) {
    const Evidence committed = chain.double_vote(9);
    commit({committed});
    chain.shrink();
    reopen();
    commit();
    EXPECT_EQ(check({committed}), "") << "this block 11 does not carry it";
    EXPECT_EQ(check_of_a_synced_node({committed}), "");
}

TEST_F(PoolRecovery, brings_back_what_had_expired_when_it_goes_back) {
    commit({chain.double_vote(10)});
    commit_to(16);
    EXPECT_THAT(check({chain.double_vote(10, 1)}), HasSubstr("too old"));
    chain.shrink();
    reopen();
    EXPECT_EQ(check({chain.double_vote(10, 1)}), "");
    EXPECT_THAT(check({chain.double_vote(10)}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, begins_anew_when_it_failed_on_the_way_back) {
    commit();
    commit();
    chain.shrink();
    chain.shrink();
    chain.broken = true;
    EXPECT_FALSE(try_reopen());
    chain.broken = false;
    chain.grow({chain.double_vote(9)});
    chain.grow();
    reopen();
    EXPECT_THAT(check({chain.double_vote(9)}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, does_not_count_what_blocks_above_the_tip_had_committed) {
    const Evidence evidence = chain.double_vote(9);
    storage::WriteBatch batch;
    batch.put(carried_key(evidence), encode_committed(Height(11)));
    ASSERT_TRUE(store.write(batch, storage::Durability::synced));
    EXPECT_EQ(check({evidence}), "");
    commit({evidence});
    EXPECT_THAT(check({evidence}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, forgets_blocks_that_a_crash_left_behind_when_the_chain_goes_another_way) {
    const Evidence evidence = chain.double_vote(9);
    storage::WriteBatch batch;
    batch.put(carried_key(evidence), encode_committed(Height(11)));
    batch.put(committed_key(offences(evidence)[0]), encode_committed(Height(11)));
    ASSERT_TRUE(store.write(batch, storage::Durability::synced));
    reopen();
    commit();
    EXPECT_EQ(check({evidence}), "") << "this block 11 does not carry it";
    EXPECT_TRUE(add(evidence));
}

TEST_F(PoolRecovery, learns_all_blocks_anew_from_records_of_the_first_format) {
    const Evidence waiting = chain.double_vote(8);
    const Evidence committed = chain.double_vote(9);
    EXPECT_TRUE(add(waiting));
    commit({committed});
    pool.reset();
    Bytes head = **store.get(head_key());
    head[0] = 1;
    storage::WriteBatch batch;
    batch.put(head_key(), head);
    batch.erase(carried_key(committed));
    ASSERT_TRUE(store.write(batch, storage::Durability::synced));
    reopen();
    EXPECT_THAT(pending(), ElementsAre(waiting));
    EXPECT_THAT(check({committed}), HasSubstr("block 11 carries it already"));
    EXPECT_EQ((**store.get(head_key()))[0], 2);
}

TEST_F(PoolRecovery, can_be_resumed_again_after_history_failed) {
    EXPECT_TRUE(add(chain.double_vote(8)));
    chain.grow({chain.double_vote(9)});
    pool = *Pool::open(store, chain, config());
    chain.broken = true;
    EXPECT_FALSE(pool->resume(chain.tip()));
    chain.broken = false;
    EXPECT_TRUE(pool->resume(chain.tip()));
    EXPECT_EQ(pool->pending_count(), 1U);
    EXPECT_THAT(check({chain.double_vote(9)}), HasSubstr("block 11 carries it already"));
}

TEST_F(PoolRecovery, refuses_damaged_records) {
    const Evidence waiting = chain.double_vote(8);
    EXPECT_TRUE(add(waiting));
    store.damage(pending_key(waiting));
    EXPECT_EQ(try_reopen().error().code(), ErrorCode::corrupt);
    storage::WriteBatch batch;
    batch.put(pending_key(waiting), encode_evidence(chain.double_vote(9)));
    ASSERT_TRUE(store.write(batch, storage::Durability::synced));
    EXPECT_THAT(error_of(try_reopen()), HasSubstr("is another"));
    batch.clear();
    batch.put(head_key(), Bytes(3));
    ASSERT_TRUE(store.write(batch, storage::Durability::synced));
    EXPECT_THAT(error_of(try_reopen()), HasSubstr("has 3 bytes"));
}

TEST_F(PoolRecovery, changes_nothing_in_memory_when_a_write_fails) {
    const Evidence evidence = chain.double_vote(8);
    store.fail_write_at(1, Fault::no_space);
    EXPECT_FALSE(pool->add(evidence));
    EXPECT_THAT(pending(), IsEmpty());
    chain.grow({evidence});
    EXPECT_FALSE(pool->update(chain.tip(), std::vector{evidence}));
    EXPECT_EQ(pool->height(), Height(10));
    EXPECT_EQ(check({evidence}), "");
}

/// A life of a node with a bit of everything, whose store dies at one write. After each crash the
/// node starts again at the tip of its chain, and goes on.
class Crashes : public testing::TestWithParam<std::tuple<Fault, Loss>> {};

TEST_P(Crashes, at_any_write_leave_a_pool_that_answers_as_any_other) {
    const auto [fault, loss] = GetParam();
    std::uint64_t write = 1;
    for (bool met = true; met; ++write) {
        TestChain chain;
        chain.grow_to(7);
        test::SimStore store{write};
        store.fail_write_at(write, fault);
        std::unique_ptr<Pool> pool;
        met = false;
        const auto start = [&]() -> Result<void> {
            TRY_ASSIGN(pool, Pool::open(store, chain, {.chain_id = chain.chain_id}));
            return pool->resume(chain.tip());
        };
        const auto survive = [&](const Result<void>& result) {
            if (!result) {
                met = true;
                store.restart(loss);
                ASSERT_TRUE(start());
            }
        };
        survive(start());
        std::vector<Evidence> acknowledged;
        for (std::int64_t height = 8; height <= 16; ++height) {
            const Evidence fresh = chain.double_vote(height - 1);
            if (const auto added = pool->add(fresh)) {
                acknowledged.push_back(fresh);
            } else {
                survive(std::unexpected(added.error()));
            }
            const auto list = height % 2 == 0 ? pool->waiting(any_size) : std::vector<Evidence>();
            ASSERT_TRUE(pool->check(list)) << "write " << write << " height " << height;
            chain.grow(list);
            survive(pool->update(chain.tip(), list));
            ASSERT_EQ(pool->height(), Height(height));
        }
        // What nodes must agree on, all have from the chain.
        test::SimStore other_store{0};
        const auto other = *Pool::open(other_store, chain, {.chain_id = chain.chain_id});
        ASSERT_TRUE(other->resume(chain.tip()));
        for (std::int64_t height = 5; height <= 16; ++height) {
            const std::vector<Evidence> list = {chain.double_vote(height)};
            EXPECT_EQ(error_of(pool->check(list)), error_of(other->check(list)))
                << "write " << write << " height " << height;
        }
        // Nothing that was taken is lost: it waits or is in a block.
        for (const Evidence& evidence : acknowledged) {
            const auto waits = pool->waiting(any_size);
            EXPECT_TRUE(
                std::ranges::find(waits, evidence) != waits.end() ||
                !pool->check(std::vector{evidence})
            );
        }
    }
    EXPECT_GT(write, 18U);
}

INSTANTIATE_TEST_SUITE_P(
    OfThePool,
    Crashes,
    testing::Combine(
        testing::Values(Fault::io_error, Fault::no_space, Fault::power_cut),
        testing::Values(Loss::none, Loss::seeded, Loss::all)
    )
);

}  // namespace
}  // namespace steelyard::evidence
