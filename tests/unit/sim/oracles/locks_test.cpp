#include "tests/support/chain_builders.h"
#include "tests/unit/sim/oracles/history.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using test::block_id;

/// Node 0 gets the prevotes of these nodes for a block.
void gets_prevotes(
    History& history, int round, const chain::BlockId& block, std::vector<NodeIndex> voters
) {
    for (const NodeIndex voter : voters) {
        EXPECT_FALSE(history.gets(0, history.prevote(voter, round, block)));
    }
}

TEST(LocksOracle, admits_a_precommit_after_a_polka) {
    History history(make_locks());
    gets_prevotes(history, 0, block_id(1), {1, 2});
    EXPECT_FALSE(history.sends(0, history.prevote(0, 0, block_id(1))));

    EXPECT_FALSE(history.sends(0, history.precommit(0, 0, block_id(1))));
}

TEST(LocksOracle, finds_a_precommit_without_a_polka) {
    History history(make_locks());
    gets_prevotes(history, 0, block_id(1), {1});
    EXPECT_FALSE(history.sends(0, history.prevote(0, 0, block_id(1))));

    EXPECT_TRUE(history.sends(0, history.precommit(0, 0, block_id(1))));
}

TEST(LocksOracle, does_not_count_a_validator_twice_nor_a_bad_signature) {
    History history(make_locks());
    chain::Vote forged = history.prevote(2, 0, block_id(1));
    forged.signature[0] ^= 1;
    gets_prevotes(history, 0, block_id(1), {1, 1});
    EXPECT_FALSE(history.gets(0, forged));

    EXPECT_TRUE(history.sends(0, history.precommit(0, 0, block_id(1))));
}

TEST(LocksOracle, does_not_count_a_polka_of_another_round) {
    History history(make_locks());
    gets_prevotes(history, 0, block_id(1), {1, 2, 3});

    EXPECT_TRUE(history.sends(0, history.precommit(0, 1, block_id(1))));
}

/// Node 0 is locked on block 1 in round 1.
void lock(History& history) {
    gets_prevotes(history, 1, block_id(1), {1, 2});
    EXPECT_FALSE(history.sends(0, history.precommit(0, 1, block_id(1))));
}

TEST(LocksOracle, admits_a_prevote_for_the_locked_block) {
    History history(make_locks());
    lock(history);

    EXPECT_FALSE(history.sends(0, history.prevote(0, 2, block_id(1))));
    EXPECT_FALSE(history.sends(0, history.prevote(0, 3, std::nullopt)));
}

TEST(LocksOracle, finds_a_prevote_against_the_lock) {
    History history(make_locks());
    lock(history);

    EXPECT_TRUE(history.sends(0, history.prevote(0, 2, block_id(2))));
}

TEST(LocksOracle, finds_a_prevote_against_the_lock_by_an_older_polka) {
    History history(make_locks());
    lock(history);
    gets_prevotes(history, 0, block_id(2), {1, 2, 3});

    EXPECT_TRUE(history.sends(0, history.prevote(0, 2, block_id(2))));
}

TEST(LocksOracle, admits_a_prevote_for_another_block_by_a_later_polka) {
    History history(make_locks());
    lock(history);
    gets_prevotes(history, 2, block_id(2), {1, 2, 3});

    EXPECT_FALSE(history.sends(0, history.prevote(0, 3, block_id(2))));
}

TEST(LocksOracle, finds_that_a_restart_took_a_lock) {
    History history(make_locks());
    lock(history);
    EXPECT_FALSE(history.restarts(0));

    EXPECT_TRUE(history.sends(0, history.prevote(0, 2, block_id(2))));
}

TEST(LocksOracle, leaves_byzantine_nodes_alone) {
    History history(make_locks());

    EXPECT_FALSE(
        history.sends(History::byzantine, history.precommit(History::byzantine, 0, block_id(1)))
    );
}

}  // namespace
}  // namespace steelyard::sim
