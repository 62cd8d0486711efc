#include "consensus/gossip/peer_state.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using enum chain::SignedMsgType;

class PeerStateTest : public testing::Test {
protected:
    PeerStateTest() { step(5, 0); }

    bool step(std::int64_t height, int round, std::optional<Round> last_commit_round = Round(0)) {
        return state_.apply(NewRoundStep{
            .height = Height(height),
            .round = Round(round),
            .step = RoundStep::propose,
            .last_commit_round = last_commit_round,
        });
    }

    void have(std::int64_t height, int round, SignedMsgType type, int index) {
        state_.apply(HasVote{Height(height), Round(round), type, index});
    }

    /// "unknown" where its votes of the place would be of no use to it.
    std::string votes(std::int64_t height, int round, SignedMsgType type) {
        const BitArray* const bits = state_.votes(Height(height), Round(round), type);
        if (!bits) {
            return "unknown";
        }
        std::string text;
        for (std::size_t index = 0; index < bits->size(); ++index) {
            text += bits->test(index) ? std::to_string(index) + " " : "";
        }
        return text;
    }

    PeerState state_;
};

TEST_F(PeerStateTest, knows_votes_by_their_type) {
    have(5, 0, prevote, 1);
    have(5, 0, precommit, 2);

    EXPECT_EQ(votes(5, 0, prevote), "1 ");
    EXPECT_EQ(votes(5, 0, precommit), "2 ");
    EXPECT_TRUE(state_.prevotes().test(1));
    EXPECT_TRUE(state_.precommits().test(2));
    EXPECT_EQ(votes(5, 1, prevote), "unknown");
    EXPECT_EQ(votes(6, 0, prevote), "unknown");
}

TEST_F(PeerStateTest, precommits_become_the_last_commit_where_they_are_of_its_round) {
    have(5, 0, prevote, 1);
    have(5, 0, precommit, 2);
    PeerState other = state_;

    EXPECT_TRUE(step(6, 0, Round(0)));
    EXPECT_EQ(votes(5, 0, precommit), "2 ");
    EXPECT_EQ(votes(5, 0, prevote), "unknown");
    EXPECT_EQ(votes(6, 0, precommit), "");

    state_ = std::move(other);
    EXPECT_TRUE(step(6, 0, Round(1)));
    EXPECT_EQ(votes(5, 1, precommit), "");
    EXPECT_EQ(votes(5, 0, precommit), "unknown");
}

TEST_F(PeerStateTest, what_is_of_a_round_is_forgotten_with_it) {
    have(5, 0, prevote, 1);
    state_.set_proposal({.height = Height(5), .round = Round(0), .block_id = test::block_id(1)});
    state_.apply(NewValidBlock{
        .height = Height(5),
        .round = Round(0),
        .header = test::block_id(1).parts,
        .parts = BitArray(test::block_id(1).parts.total),
    });
    EXPECT_TRUE(state_.has_proposal());
    EXPECT_TRUE(state_.wants_parts());

    EXPECT_TRUE(step(5, 1));

    EXPECT_FALSE(state_.has_proposal());
    EXPECT_FALSE(state_.wants_parts());
    EXPECT_FALSE(state_.parts_header());
    EXPECT_EQ(votes(5, 1, prevote), "");
    EXPECT_EQ(votes(5, 0, prevote), "unknown");
}

TEST_F(PeerStateTest, an_earlier_or_equal_step_changes_nothing) {
    have(5, 0, prevote, 1);

    EXPECT_FALSE(step(5, 0));
    EXPECT_FALSE(step(4, 7));

    EXPECT_EQ(votes(5, 0, prevote), "1 ");
}

TEST_F(PeerStateTest, a_block_of_another_round_counts_if_it_is_decided) {
    NewValidBlock block{
        .height = Height(5),
        .round = Round(3),
        .header = test::block_id(1).parts,
        .parts = BitArray(test::block_id(1).parts.total),
    };
    state_.apply(block);
    EXPECT_FALSE(state_.wants_parts());
    block.is_commit = true;

    state_.apply(block);

    EXPECT_EQ(state_.parts_header(), block.header);
}

TEST_F(PeerStateTest, what_was_sent_of_a_later_round_stays_known_there) {
    state_.set_later_round(Round(2));
    have(5, 2, prevote, 3);
    have(5, 2, precommit, 4);

    EXPECT_TRUE(step(5, 2));

    EXPECT_EQ(votes(5, 2, prevote), "3 ");
    EXPECT_EQ(votes(5, 2, precommit), "4 ");
    EXPECT_EQ(state_.later_round(), std::nullopt);
}

TEST_F(PeerStateTest, an_answer_replaces_what_is_about_its_block_only) {
    have(5, 0, prevote, 0);
    have(5, 0, prevote, 1);
    BitArray ours(4);
    ours.set(1);
    ours.set(2);
    BitArray theirs(4);
    theirs.set(2);

    state_.apply(
        VoteSetBits{
            .height = Height(5),
            .round = Round(0),
            .type = prevote,
            .block_id = test::block_id(1),
            .votes = theirs,
        },
        ours
    );

    EXPECT_EQ(votes(5, 0, prevote), "0 2 ");
}

TEST_F(PeerStateTest, an_index_that_no_validator_has_is_not_noted) {
    have(5, 0, prevote, static_cast<int>(BitArray::size_max));

    EXPECT_EQ(votes(5, 0, prevote), "");
}

}  // namespace
}  // namespace steelyard::gossip
