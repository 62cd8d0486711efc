// Votes through `step`: which count, which are reported, and how many are held.
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using test::ConsensusDriver;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const VoteValue nil;
const VoteValue value_a = test::block_id(1);
const VoteValue value_b = test::block_id(2);

void expect_reported(ConsensusDriver& driver, const chain::Vote& vote) {
    driver.clear();
    const auto before = driver.observed();

    driver.receive(vote, 7);

    ASSERT_THAT(driver.effects(), SizeIs(1));
    EXPECT_THAT(driver.all<ReportPeer>(), SizeIs(1));
    EXPECT_EQ(driver.all<ReportPeer>()[0].peer, 7u);
    EXPECT_EQ(driver.observed(), before);
}

TEST(StepVote, of_a_stranger_is_reported) {
    ConsensusDriver driver;
    driver.start();
    chain::Vote vote = driver.prevote(0, 0, nil);

    vote.validator_index = 4;
    expect_reported(driver, vote);
    vote.validator_index = 0xffff'ffff;
    expect_reported(driver, vote);
}

TEST(StepVote, at_another_validators_index_is_reported) {
    ConsensusDriver driver;
    driver.start();
    chain::Vote vote = driver.prevote(0, 0, nil);

    vote.validator_index = 1;
    expect_reported(driver, vote);
}

TEST(StepVote, in_anothers_name_is_reported) {
    ConsensusDriver driver;
    driver.start();
    chain::Vote vote = driver.prevote(0, 0, nil);

    vote.validator_index = 1;
    vote.validator_address = driver.set().validators[1].address();
    expect_reported(driver, vote);
}

TEST(StepVote, whose_signature_covers_something_else_is_reported) {
    ConsensusDriver driver;
    driver.start();
    const chain::Vote honest = driver.prevote(0, 0, value_a);

    for (const int field : {0, 1, 2, 3}) {
        chain::Vote vote = honest;
        switch (field) {
            case 0:
                vote.type = chain::SignedMsgType::precommit;
                break;
            case 1:
                vote.round = Round(1);
                break;
            case 2:
                vote.block_id = value_b;
                break;
            default:
                vote.timestamp = test::time_after(9);
        }
        expect_reported(driver, vote);
    }
}

TEST(StepVote, of_no_type_is_reported) {
    ConsensusDriver driver;
    driver.start();
    chain::Vote vote = driver.prevote(0, 0, nil);

    vote.type = chain::SignedMsgType::proposal;
    expect_reported(driver, vote);
}

TEST(StepVote, that_is_known_changes_nothing) {
    ConsensusDriver driver;
    driver.start();
    driver.receive(driver.prevote(0, 0, nil));
    driver.clear();

    driver.receive(driver.prevote(0, 0, nil));

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepVote, that_contradicts_another_is_reported_once_with_both) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();
    const auto first = driver.prevote(0, 0, value_a);
    const auto second = driver.prevote(0, 0, value_b);

    for (int i = 0; i < 2; ++i) {
        driver.receive(first);
        driver.receive(second);
        driver.receive(driver.prevote(0, 0, nil));
    }

    EXPECT_THAT(driver.all<ReportConflict>(), ElementsAre(ReportConflict{first, second}));
    EXPECT_THAT(driver.all<ReportPeer>(), IsEmpty());
}

TEST(StepVote, in_another_round_or_of_another_type_is_no_contradiction) {
    ConsensusDriver driver;
    driver.start();

    driver.receive(driver.prevote(0, 0, value_a));
    driver.receive(driver.prevote(0, 1, value_b));
    driver.receive(driver.precommit(0, 0, nil));

    EXPECT_THAT(driver.all<ReportConflict>(), IsEmpty());
}

TEST(StepVote, of_one_that_voted_twice_counts_for_both_values) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    const auto others = driver.others();

    driver.receive(driver.prevote(others[0], 0, nil));
    driver.receive(driver.prevote(others[0], 0, block.id));
    driver.receive(driver.prevote(others[1], 0, block.id));

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "precommit 0 block"));
}

TEST(StepVote, of_a_later_height_waits_for_it) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    std::vector<chain::Vote> early;
    for (const auto by : driver.others()) {
        chain::Vote vote = driver.prevote(by, 0, nil);
        vote.height = chain::Height(2);
        vote.signature =
            driver.set().keys[by].sign(sign_bytes(vote, driver.state().config.chain_id));
        driver.receive(vote);
        early.push_back(vote);
    }
    driver.propose(block, 0);
    driver.prevotes(0, block.id);
    driver.precommits(0, block.id);

    driver.next_height();

    for (const chain::Vote& vote : early) {
        EXPECT_THAT(driver.now().votes.prevotes(Round(0))->all(), Contains(vote));
    }
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepVote, of_a_far_height_is_dropped) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();
    chain::Vote vote = driver.prevote(0, 0, nil);

    vote.height = chain::Height(1 + heights_ahead_max);
    driver.receive(vote);
    EXPECT_EQ(driver.state().deferred.size(), 1u);
    vote.height = vote.height.next();
    driver.receive(vote);
    EXPECT_EQ(driver.state().deferred.size(), 1u);
    vote.height = chain::Height(chain::Height::foreign_max);
    driver.receive(vote);

    EXPECT_EQ(driver.state().deferred.size(), 1u);
    EXPECT_THAT(driver.all<AppendInput>(), IsEmpty());
}

TEST(StepVote, a_flood_of_later_heights_is_bounded_for_each_peer) {
    ConsensusDriver driver;
    driver.start();
    chain::Vote vote = driver.prevote(0, 0, nil);
    vote.height = chain::Height(2);
    for (int i = 0; i < 5'000; ++i) {
        vote.round = Round(i);
        driver.receive(vote, 7);
    }

    EXPECT_EQ(driver.state().deferred.size(), Deferred::messages_per_peer_max);
    driver.receive(vote, 8);
    EXPECT_EQ(driver.state().deferred.size(), Deferred::messages_per_peer_max + 1);
}

TEST(StepVote, a_flood_of_rounds_by_one_validator_is_bounded) {
    ConsensusDriver driver;
    driver.start();
    for (int round = 0; round < 300; ++round) {
        driver.receive(driver.prevote(driver.others()[0], round, nil));
        driver.receive(driver.precommit(driver.others()[0], round, nil));
    }

    EXPECT_EQ(driver.now().machine.round, Round(0));
    EXPECT_LE(driver.now().votes.size(), 2 * (2 + VoteKeeper::far_rounds_max));
}

/// The votes in the log, as "validator round".
std::vector<std::string> logged_votes(const ConsensusDriver& driver) {
    std::vector<std::string> votes;
    for (const Input& input : driver.log()) {
        const auto* received = std::get_if<Received>(&input.event);
        const auto* vote = received ? std::get_if<chain::Vote>(&received->message) : nullptr;
        if (vote) {
            votes.push_back(fmt::format("{} {}", vote->validator_index, vote->round));
        }
    }
    return votes;
}

TEST(StepVote, of_far_rounds_by_one_validator_are_not_logged) {
    ConsensusDriver driver;
    driver.start();
    for (int round = 0; round < 300; ++round) {
        driver.receive(driver.prevote(driver.others()[0], round, nil));
        driver.receive(driver.precommit(driver.others()[0], round, nil));
    }

    EXPECT_EQ(logged_votes(driver).size(), 4U) << "of the rounds 0 and 1";
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepVote, of_a_far_round_are_logged_when_it_is_entered) {
    ConsensusDriver driver;
    driver.start();
    const auto others = driver.others();
    driver.receive(driver.prevote(others[0], 5, nil));
    driver.receive(driver.precommit(others[0], 5, nil));
    driver.receive(driver.prevote(others[1], 3, nil));
    EXPECT_THAT(logged_votes(driver), IsEmpty());

    driver.receive(driver.prevote(others[1], 5, nil));

    EXPECT_EQ(driver.now().machine.round, Round(5));
    const auto said = [](std::size_t by, int round) { return fmt::format("{} {}", by, round); };
    EXPECT_THAT(
        logged_votes(driver),
        ElementsAre(said(others[1], 3), said(others[0], 5), said(others[0], 5), said(others[1], 5))
    );
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepVote, of_a_far_round_that_comes_near_are_logged) {
    ConsensusDriver driver;
    driver.start();
    driver.receive(driver.precommit(driver.others()[2], 2, nil));
    EXPECT_THAT(logged_votes(driver), IsEmpty());

    driver.prevotes(1, nil, 2);  // round 1 begins, and 2 is the next

    EXPECT_EQ(driver.now().machine.round, Round(1));
    EXPECT_EQ(logged_votes(driver).size(), 3U);
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepVote, of_ours_from_before_a_crash_counts_but_is_not_contradicted) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.receive(driver.prevote(*driver.us(), 0, nil));  // the log lost it, a peer has it

    driver.propose(block, 0);

    EXPECT_THAT(driver.votes_said(), IsEmpty());
    EXPECT_THAT(driver.all<ReportConflict>(), IsEmpty());
}

TEST(StepVote, that_the_host_signed_for_somebody_else_is_not_published) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();

    driver.input(VoteSigned{driver.prevote(driver.others()[0], 0, nil)});
    chain::Vote other_height = driver.prevote(*driver.us(), 0, nil);
    other_height.height = chain::Height(2);
    driver.input(VoteSigned{other_height});

    EXPECT_THAT(driver.effects(), IsEmpty());
}

}  // namespace
}  // namespace steelyard::consensus
