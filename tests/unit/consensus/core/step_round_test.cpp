// Rounds of one height through `step`: votes, locks, proposals that are made again, skipped rounds.
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

/// Round 0 ends without a decision, with us locked on the block.
void lock_in_round_0(ConsensusDriver& driver, const test::ProposedBlock& block) {
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 2);
    driver.precommits(0, nil, 2);
    driver.elapse(TimeoutKind::precommit);
    ASSERT_EQ(driver.now().machine.round, Round(1));
    ASSERT_EQ(driver.now().machine.locked, (Polka{block.id, Round(0)}));
}

TEST(Step, a_round_with_a_good_proposal_decides) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 150'000);
    driver.start();

    driver.propose(block, 0);
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));
    driver.prevotes(0, block.id, 2);
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "precommit 0 block"));
    driver.precommits(0, block.id, 2);

    const auto decisions = driver.all<Decide>();
    ASSERT_THAT(decisions, SizeIs(1));
    EXPECT_EQ(*decisions[0].block, *block.block);
    EXPECT_EQ(decisions[0].parts.join(), block.parts.join());
    EXPECT_EQ(decisions[0].commit.block_id(), block.id);
    EXPECT_EQ(decisions[0].commit.voters().count(), 3u);
    EXPECT_EQ(driver.now().machine.step, Step::decided);
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, the_proposer_builds_signs_and_publishes_its_block) {
    ConsensusDriver driver({.proposes_in = 0});
    const auto block = driver.block(driver.host.next_block);

    driver.start();

    ASSERT_THAT(driver.all<BuildBlock>(), SizeIs(1));
    EXPECT_EQ(driver.all<BuildBlock>()[0].last_commit, std::nullopt);
    const auto proposals = driver.said<chain::Proposal>();
    ASSERT_THAT(proposals, SizeIs(1));
    EXPECT_EQ(proposals[0].block_id, block.id);
    EXPECT_EQ(proposals[0].pol_round, std::nullopt);
    EXPECT_THAT(driver.said<BlockPart>(), ElementsAre(driver.part(block, 0, 0)));
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));

    driver.prevotes(0, block.id, 2);
    driver.precommits(0, block.id, 2);
    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, only_the_proposer_builds) {
    ConsensusDriver driver;

    driver.start();

    EXPECT_THAT(driver.all<BuildBlock>(), IsEmpty());
}

TEST(Step, without_a_proposal_the_round_goes_by_with_nil) {
    ConsensusDriver driver;
    driver.start();

    driver.elapse(TimeoutKind::propose);
    driver.prevotes(0, nil, 2);
    driver.precommits(0, nil, 2);
    driver.elapse(TimeoutKind::precommit);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil", "precommit 0 nil"));
    EXPECT_EQ(driver.now().machine.round, Round(1));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, without_a_polka_the_prevote_timeout_leads_to_nil) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);

    driver.prevotes(0, nil, 2);
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));
    driver.elapse(TimeoutKind::prevote);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "precommit 0 nil"));
    EXPECT_EQ(driver.now().machine.locked, std::nullopt);
}

TEST(Step, timeouts_of_other_rounds_and_heights_are_ignored) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();

    driver.input(TimeoutElapsed{{TimeoutKind::propose, chain::Height(1), Round(1)}});
    driver.input(TimeoutElapsed{{TimeoutKind::propose, chain::Height(2), Round(0)}});
    driver.input(TimeoutElapsed{{TimeoutKind::prevote, chain::Height(1), Round(0)}});

    EXPECT_THAT(driver.effects(), IsEmpty());
    EXPECT_EQ(driver.now().machine.step, Step::propose);
}

TEST(Step, a_locked_validator_prevotes_nil_for_another_block) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    lock_in_round_0(driver, block);
    driver.clear();

    driver.propose(driver.block(2), 1);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 1 nil"));
}

TEST(Step, the_proposer_proposes_its_valid_block_again_with_the_polka) {
    ConsensusDriver driver({.proposes_in = 1});
    const auto block = driver.block(1);
    driver.start();
    lock_in_round_0(driver, block);

    const auto proposals = driver.said<chain::Proposal>();
    ASSERT_THAT(proposals, SizeIs(1));
    EXPECT_EQ(proposals[0].round, Round(1));
    EXPECT_EQ(proposals[0].pol_round, Round(0));
    EXPECT_EQ(proposals[0].block_id, block.id);
    EXPECT_THAT(driver.said<BlockPart>(), Contains(driver.part(block, 1, 0)));
    for (std::size_t i = 0; i < 2; ++i) {
        const auto vote = driver.prevote(driver.others()[i], 0, block.id);
        EXPECT_THAT(driver.said<chain::Vote>(), Contains(vote));
    }
    EXPECT_THAT(driver.votes_said(), Contains("prevote 1 block"));
    EXPECT_THAT(driver.all<BuildBlock>(), IsEmpty());
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, a_newer_polka_frees_from_the_lock) {
    ConsensusDriver driver;
    const auto first = driver.block(1);
    const auto second = driver.block(2);
    driver.start();
    lock_in_round_0(driver, first);
    driver.elapse(TimeoutKind::propose);
    driver.prevotes(1, second.id);  // a polka whose block we have not
    driver.precommits(1, nil, 2);
    driver.elapse(TimeoutKind::prevote);
    driver.elapse(TimeoutKind::precommit);
    ASSERT_EQ(driver.now().machine.round, Round(2));
    driver.clear();

    driver.propose(second, 2, 1);
    driver.prevotes(2, second.id, 2);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 2 block", "precommit 2 block"));
    EXPECT_EQ(driver.now().machine.locked, (Polka{second.id, Round(2)}));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, a_block_that_comes_after_its_polka_is_precommitted) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.elapse(TimeoutKind::propose);
    driver.prevotes(0, block.id);  // asks for the block
    driver.clear();

    driver.receive_parts(block, 0);

    EXPECT_THAT(driver.votes_said(), ElementsAre("precommit 0 block"));
    EXPECT_EQ(driver.now().machine.locked, (Polka{block.id, Round(0)}));
}

TEST(Step, a_block_whose_polka_came_too_late_to_lock_is_proposed_again) {
    ConsensusDriver driver({.proposes_in = 1});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, nil, 2);
    driver.elapse(TimeoutKind::prevote);
    driver.receive(driver.prevote(driver.others()[0], 0, block.id));  // of one that voted twice
    driver.receive(driver.prevote(driver.others()[2], 0, block.id));
    ASSERT_EQ(driver.now().machine.valid, (Polka{block.id, Round(0)}));
    ASSERT_EQ(driver.now().machine.locked, std::nullopt);

    driver.precommits(0, nil);
    driver.elapse(TimeoutKind::precommit);

    ASSERT_THAT(driver.said<chain::Proposal>(), SizeIs(1));
    EXPECT_EQ(driver.said<chain::Proposal>()[0].pol_round, Round(0));
    EXPECT_EQ(driver.said<chain::Proposal>()[0].block_id, block.id);
}

TEST(Step, a_block_proposed_again_waits_for_its_polka) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.prevotes(1, nil, 2);  // on to round 1
    ASSERT_EQ(driver.now().machine.round, Round(1));
    driver.clear();

    driver.propose(block, 1, 0);
    EXPECT_THAT(driver.votes_said(), IsEmpty());
    driver.prevotes(0, block.id);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 1 block"));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, validators_of_more_than_a_third_draw_us_into_their_round) {
    ConsensusDriver driver({.proposes_in = 1});
    driver.start();

    driver.receive(driver.prevote(driver.others()[0], 7, nil));
    EXPECT_EQ(driver.now().machine.round, Round(0));
    driver.receive(driver.precommit(driver.others()[0], 7, nil));
    EXPECT_EQ(driver.now().machine.round, Round(0)) << "one validator counts once";
    driver.receive(driver.precommit(driver.others()[1], 7, nil));

    EXPECT_EQ(driver.now().machine.round, Round(7));
    EXPECT_EQ(driver.now().machine.step, Step::propose);
    const auto timeouts = driver.all<ScheduleTimeout>();
    EXPECT_EQ(
        timeouts.rbegin()[1].timeout, (Timeout{TimeoutKind::propose, chain::Height(1), Round(7)})
    );
    EXPECT_EQ(
        timeouts.rbegin()[0].timeout, (Timeout{TimeoutKind::resend, chain::Height(1), Round(7)})
    );
}

TEST(Step, a_node_that_still_pauses_is_drawn_into_a_round_too) {
    ConsensusDriver driver;
    driver.start_height();

    driver.prevotes(2, nil, 2);

    EXPECT_EQ(driver.now().machine.round, Round(2));
    EXPECT_EQ(driver.now().machine.step, Step::propose);
}

TEST(Step, a_polka_that_was_there_before_the_round_counts_in_it) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.receive(driver.prevote(driver.others()[0], 1, block.id));
    driver.receive(driver.prevote(driver.others()[1], 1, block.id));  // into round 1
    driver.receive(driver.prevote(driver.others()[2], 1, block.id));
    driver.clear();

    driver.receive_parts(block, 1);
    driver.elapse(TimeoutKind::propose);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 1 nil", "precommit 1 block"));
    EXPECT_EQ(driver.now().machine.locked, (Polka{block.id, Round(1)}));
}

TEST(Step, a_polka_that_one_vote_makes_before_its_round_begins_is_not_missed) {
    ConsensusDriver driver({.powers = {9, 1, 1}, .proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();

    driver.receive(driver.prevote(0, 1, block.id));

    ASSERT_EQ(driver.now().machine.round, Round(1));
    EXPECT_NE(driver.now().candidates.find(block.id), nullptr);
}

TEST(Step, a_block_with_a_polka_in_the_pause_is_not_gathered_twice) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start_height();
    driver.prevotes(0, block.id);
    driver.receive_parts(block, 0);

    driver.elapse(TimeoutKind::commit);
    driver.elapse(TimeoutKind::propose);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil", "precommit 0 block"));
}

TEST(Step, a_block_that_is_proposed_again_in_the_next_round_is_not_gathered_twice) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.receive(driver.proposal(block, 1, 0));  // its proposer is ahead of us
    driver.receive_parts(block, 1);                // we have them: they do not come again
    driver.prevotes(1, nil, 2);
    ASSERT_EQ(driver.now().machine.round, Round(1));
    driver.prevotes(0, block.id);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "prevote 1 block"));
}

TEST(Step, a_full_node_decides_and_says_nothing) {
    ConsensusDriver driver({.proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();

    driver.propose(block, 0);
    driver.prevotes(0, block.id);
    driver.precommits(0, block.id);

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_THAT(driver.all<SignVote>(), IsEmpty());
    EXPECT_THAT(driver.all<Publish>(), IsEmpty());
}

TEST(Step, a_signer_that_refuses_silences_us_and_no_more) {
    ConsensusDriver driver;
    driver.host.signs = false;
    const auto block = driver.block(1);
    driver.start();

    driver.propose(block, 0);
    driver.prevotes(0, block.id);
    driver.precommits(0, block.id);

    EXPECT_THAT(driver.votes_said(), IsEmpty());
    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(Step, power_decides_not_heads) {
    ConsensusDriver driver({.powers = {10, 1, 1, 1, 1}, .proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);

    for (const chain::ValidatorIndex small : {1u, 2u, 3u, 4u}) {
        driver.receive(driver.precommit(small, 0, block.id));
    }
    EXPECT_THAT(driver.all<Decide>(), IsEmpty());
    driver.receive(driver.precommit(0, 0, block.id));

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(Step, exactly_two_thirds_are_no_quorum) {
    ConsensusDriver driver({.powers = {1, 1, 1}, .proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);

    driver.precommits(0, block.id, 2);

    EXPECT_THAT(driver.all<Decide>(), IsEmpty());
}

TEST(Step, a_single_validator_decides_alone) {
    ConsensusDriver driver({.powers = {1}, .proposes_in = 0});

    driver.start();

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "precommit 0 block"));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(Step, a_vote_is_dated_after_the_block_that_it_is_for) {
    ConsensusDriver driver;
    auto late = *driver.block(1).block;
    late.header.time = test::time_after(1'000'000);
    chain::seal_contents(late);
    auto parts = chain::make_part_set(late);
    const auto id = chain::block_id(late.header, parts);
    driver.start();

    driver.propose({std::make_shared<const chain::Block>(late), std::move(parts), id}, 0);

    ASSERT_THAT(driver.all<SignVote>(), SizeIs(1));
    EXPECT_GT(driver.all<SignVote>()[0].vote.timestamp, late.header.time);
}

}  // namespace
}  // namespace steelyard::consensus
