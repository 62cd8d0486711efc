// Proposals and the parts of blocks through `step`.
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::consensus {
namespace {

using chain::Round;
using test::ConsensusDriver;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const VoteValue nil;

void expect_refused(ConsensusDriver& driver, const chain::Proposal& proposal) {
    driver.clear();
    const auto before = driver.observed();

    driver.receive(proposal, 7);

    ASSERT_THAT(driver.effects(), SizeIs(1));
    EXPECT_THAT(driver.all<ReportPeer>(), SizeIs(1));
    EXPECT_EQ(driver.all<ReportPeer>()[0].peer, 7u);
    EXPECT_EQ(driver.observed(), before);
}

TEST(StepProposal, of_another_than_the_proposer_is_reported) {
    ConsensusDriver driver;
    driver.start();
    chain::Proposal forged = driver.proposal(driver.block(1), 0);
    forged.signature = driver.proposal(driver.block(1), 1).signature;

    expect_refused(driver, forged);
}

TEST(StepProposal, whose_signature_covers_something_else_is_reported) {
    ConsensusDriver driver;
    driver.start();
    const chain::Proposal honest = driver.proposal(driver.block(1), 0);

    chain::Proposal other_block = honest;
    other_block.block_id = driver.block(2).id;
    expect_refused(driver, other_block);

    chain::Proposal other_time = honest;
    other_time.timestamp = test::time_after(77);
    expect_refused(driver, other_time);
}

TEST(StepProposal, with_a_polka_that_is_not_of_an_earlier_round_is_reported) {
    ConsensusDriver driver;
    driver.start();

    expect_refused(driver, driver.proposal(driver.block(1), 0, 0));
    expect_refused(driver, driver.proposal(driver.block(1), 0, 3));
}

TEST(StepProposal, of_a_block_with_too_many_parts_is_reported) {
    ConsensusDriver driver({.block_size_max = 100'000});
    driver.start();

    expect_refused(driver, driver.proposal(driver.block(1, 150'000), 0));
    driver.elapse(TimeoutKind::propose);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
}

TEST(StepProposal, the_first_one_counts) {
    ConsensusDriver driver;
    const auto first = driver.block(1);
    driver.start();
    driver.receive(driver.proposal(first, 0));
    driver.clear();

    driver.propose(driver.block(2), 0);

    EXPECT_EQ(driver.now().proposal->block_id, first.id);
    EXPECT_THAT(driver.votes_said(), IsEmpty());
}

TEST(StepProposal, of_an_earlier_round_is_ignored) {
    ConsensusDriver driver;
    driver.start();
    driver.prevotes(1, nil, 2);
    driver.clear();

    driver.receive(driver.proposal(driver.block(1), 0));

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepProposal, of_a_fresh_block_that_names_another_proposer_is_voted_nil) {
    ConsensusDriver driver;
    driver.start();

    driver.propose(driver.block_of_round(1, 1), 0);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
    EXPECT_THAT(driver.all<ReportPeer>(), IsEmpty());
}

TEST(StepProposal, that_was_voted_nil_for_its_proposer_is_precommitted_with_a_polka) {
    ConsensusDriver driver;
    driver.start();
    const auto block = driver.block_of_round(1, 1);
    driver.propose(block, 0);
    driver.clear();

    driver.prevotes(0, block.id);

    EXPECT_THAT(driver.votes_said(), ElementsAre("precommit 0 block"));
}

TEST(StepProposal, of_a_later_round_waits_for_it) {
    ConsensusDriver driver;
    const auto block = driver.block_of_round(1, 1, 100'000);
    driver.start();
    driver.propose(block, 1);
    EXPECT_EQ(driver.now().proposal, std::nullopt);
    driver.clear();

    driver.prevotes(1, nil, 2);

    ASSERT_TRUE(driver.now().proposal);
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 1 block"));
    const auto appended = driver.all<AppendInput>();
    EXPECT_TRUE(std::ranges::any_of(appended, [&](const AppendInput& append) {
        return append.deferred && append.deferred->message == Message(driver.proposal(block, 1));
    }));
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepProposal, that_waited_is_checked_when_its_round_begins) {
    ConsensusDriver driver;
    driver.start();
    chain::Proposal forged = driver.proposal(driver.block(1), 1);
    forged.timestamp = test::time_after(99);
    driver.receive(forged, 7);

    driver.prevotes(1, nil, 2);

    ASSERT_THAT(driver.all<ReportPeer>(), SizeIs(1));
    EXPECT_EQ(driver.all<ReportPeer>()[0].peer, 7u);
    EXPECT_EQ(driver.now().proposal, std::nullopt);
}

TEST(StepProposal, that_comes_in_the_pause_counts_when_the_round_begins) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start_height();
    driver.propose(block, 0);
    EXPECT_THAT(driver.votes_said(), IsEmpty());

    driver.elapse(TimeoutKind::commit);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));
}

TEST(StepProposal, that_comes_after_the_prevote_is_taken_but_not_voted_for) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.elapse(TimeoutKind::propose);

    driver.propose(block, 0);

    EXPECT_EQ(driver.now().proposal->block_id, block.id);
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
}

TEST(StepProposal, parts_may_come_before_it) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 150'000);
    driver.start();
    driver.receive_parts(block, 0);
    EXPECT_THAT(driver.votes_said(), IsEmpty());

    driver.receive(driver.proposal(block, 0));

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepProposal, of_bytes_that_are_no_block_is_prevoted_nil) {
    ConsensusDriver driver;
    auto parts = chain::PartSet::cut(Bytes(70'000, 1));
    const chain::BlockId id{test::block_id(1).hash, parts.header()};
    driver.start();

    driver.propose({nullptr, std::move(parts), id}, 0);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
    EXPECT_THAT(driver.all<CheckBlock>(), IsEmpty());
}

TEST(StepProposal, of_an_invalid_block_is_prevoted_nil) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.host.invalid = {block.id};
    driver.start();

    driver.propose(block, 0);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
}

TEST(StepProposal, is_not_voted_for_before_the_block_is_checked) {
    ConsensusDriver driver;
    driver.host.checks = false;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 3);
    driver.precommits(0, block.id, 3);
    ASSERT_THAT(driver.all<CheckBlock>(), SizeIs(1));
    EXPECT_THAT(driver.votes_said(), IsEmpty());
    EXPECT_THAT(driver.all<Decide>(), IsEmpty());

    driver.input(BlockChecked{driver.now().height, block.id, true});

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(StepProposal, a_verdict_that_nobody_asked_for_is_ignored) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 150'000);
    driver.start();
    driver.receive(driver.proposal(block, 0));
    driver.clear();

    driver.input(BlockChecked{chain::Height(1), block.id, true});  // not whole yet
    driver.input(BlockChecked{chain::Height(1), test::block_id(5), true});
    driver.input(BlockChecked{chain::Height(2), block.id, true});

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepProposal, a_verdict_is_final) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.clear();

    driver.input(BlockChecked{chain::Height(1), block.id, false});

    EXPECT_THAT(driver.effects(), IsEmpty());
    EXPECT_TRUE(driver.now().candidates.find(block.id)->is_valid());
}

TEST(StepProposal, parts_that_are_there_are_not_logged_again) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 150'000);
    driver.start();
    driver.propose(block, 0);
    driver.clear();

    driver.receive_parts(block, 0);

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepProposal, parts_under_a_false_name_do_not_keep_the_block_from_us) {
    for (const int number : {1, 2, 3, 4}) {  // a hash below or above the true one
        ConsensusDriver driver;
        const auto block = driver.block(1);
        test::ProposedBlock alias = block;
        alias.id.hash = test::block_id(number).hash;
        driver.start();
        driver.propose(alias, 0);

        driver.receive(driver.certificate(block, "ccca"));
        driver.receive_parts(block, 0);

        EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
    }
}

TEST(StepProposal, of_ours_that_was_built_for_another_round_is_not_proposed) {
    ConsensusDriver driver({.proposes_in = 0});
    driver.host.builds = false;
    const auto block = driver.block(1);
    driver.start();
    ASSERT_THAT(driver.all<BuildBlock>(), SizeIs(1));
    driver.prevotes(1, nil, 2);
    driver.clear();

    driver.input(BlockBuilt{Round(0), *block.block});

    EXPECT_THAT(driver.effects(), IsEmpty());
}

/// The signer would refuse: a proposal comes before the votes of its round.
TEST(StepProposal, of_ours_that_was_built_after_we_voted_is_not_signed) {
    ConsensusDriver driver({.proposes_in = 0});
    driver.host.builds = false;
    const auto block = driver.block(1);
    driver.start();
    driver.elapse(TimeoutKind::propose);
    ASSERT_THAT(driver.votes_said(), ElementsAre("prevote 0 nil"));
    driver.clear();

    driver.input(BlockBuilt{Round(0), *block.block});

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepProposal, of_ours_that_came_back_to_us_is_not_made_anew) {
    ConsensusDriver driver({.proposes_in = 0});
    driver.host.builds = false;
    const auto said_before_a_crash = driver.block(1);
    driver.start();

    driver.propose(said_before_a_crash, 0);
    driver.input(BlockBuilt{Round(0), *driver.block(2).block});

    EXPECT_THAT(driver.all<SignProposal>(), IsEmpty());
    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block"));
}

TEST(StepProposal, parts_of_no_block_take_no_more_than_the_room_of_their_peer) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 3'000'000);
    driver.start();
    driver.clear();
    for (int round = 0; round < 10; ++round) {
        driver.receive_parts(block, round);
    }

    EXPECT_THAT(driver.effects(), IsEmpty());
    EXPECT_LE(driver.state().deferred.size() * chain::part_size, Deferred::bytes_per_peer_max);
}

}  // namespace
}  // namespace steelyard::consensus
