#include "tests/support/chain_builders.h"
#include "tests/unit/sim/oracles/history.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

using test::block_id;

chain::Proposal proposal(const History& history, NodeIndex node, int block) {
    return history.sign(
        node, chain::Proposal{.height = chain::Height(1), .block_id = block_id(block)}
    );
}

TEST(SingleSignaturesOracle, admits_one_vote_said_again_and_other_steps) {
    History history(make_single_signatures());

    EXPECT_FALSE(history.sends(0, history.prevote(0, 0, block_id(1))));
    EXPECT_FALSE(history.sends(0, history.prevote(0, 0, block_id(1))));
    EXPECT_FALSE(history.sends(0, history.precommit(0, 0, std::nullopt)));
    EXPECT_FALSE(history.sends(0, history.prevote(0, 1, block_id(2))));
    EXPECT_FALSE(history.sends(1, history.prevote(1, 0, block_id(2))));
}

TEST(SingleSignaturesOracle, finds_two_votes_across_a_restart) {
    History history(make_single_signatures());
    EXPECT_FALSE(history.sends(0, history.prevote(0, 0, block_id(1))));
    EXPECT_FALSE(history.restarts(0));

    EXPECT_TRUE(history.sends(0, history.prevote(0, 0, std::nullopt)));
}

TEST(SingleSignaturesOracle, finds_one_vote_with_two_times) {
    History history(make_single_signatures());
    chain::Vote vote = history.prevote(0, 0, block_id(1));
    EXPECT_FALSE(history.sends(0, vote));
    vote.timestamp = test::time_after(99);

    EXPECT_TRUE(history.sends(0, history.sign(0, vote)));
}

TEST(SingleSignaturesOracle, finds_two_proposals) {
    History history(make_single_signatures());
    EXPECT_FALSE(history.sends(0, proposal(history, 0, 1)));

    EXPECT_TRUE(history.sends(0, proposal(history, 0, 2)));
}

TEST(SingleSignaturesOracle, takes_what_is_passed_on_for_what_it_is) {
    History history(make_single_signatures());

    EXPECT_FALSE(history.sends(0, proposal(history, 0, 1)));
    EXPECT_FALSE(history.sends(0, proposal(history, History::byzantine, 2)));
    EXPECT_FALSE(history.sends(0, history.prevote(History::byzantine, 0, block_id(1))));
    EXPECT_FALSE(history.sends(0, history.prevote(History::byzantine, 0, block_id(2))));
}

}  // namespace
}  // namespace steelyard::sim
