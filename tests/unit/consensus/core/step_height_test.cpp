// From one height to the next through `step`: decisions, certificates, late precommits, the pause.
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::consensus {
namespace {

using chain::Height;
using chain::Round;
using test::ConsensusDriver;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const VoteValue nil;

std::size_t signatures_of(const chain::Commit& commit) {
    return commit.voters().count();
}

TEST(StepHeight, begins_with_a_pause) {
    ConsensusDriver driver;

    driver.start_height();

    const Timeout pause{TimeoutKind::commit, Height(1), Round(0)};
    EXPECT_THAT(driver.all<CancelTimeouts>(), ElementsAre(CancelTimeouts{Height(0)}));
    EXPECT_THAT(
        driver.all<ScheduleTimeout>(),
        ElementsAre(ScheduleTimeout{pause, driver.state().config.timeouts.commit})
    );
    EXPECT_EQ(driver.now().machine.step, Step::waiting);
}

TEST(StepHeight, nothing_is_handled_before_the_first_one) {
    ConsensusDriver driver;

    driver.receive(driver.prevote(0, 0, nil));
    driver.input(TimeoutElapsed{});

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepHeight, is_decided_by_precommits_of_an_earlier_round) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(1, nil, 2);
    ASSERT_EQ(driver.now().machine.round, Round(1));

    driver.precommits(0, block.id);
    driver.receive_parts(block, 1);

    const auto decisions = driver.all<Decide>();
    ASSERT_THAT(decisions, SizeIs(1));
    EXPECT_EQ(decisions[0].commit.round(), Round(0));
    EXPECT_THAT(driver.violations(), IsEmpty());
}

TEST(StepHeight, keeps_the_decided_block_over_rounds_until_it_is_whole) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 100'000);
    driver.start();
    driver.precommits(0, block.id);
    driver.receive(driver.part(block, 0, 0));
    driver.elapse(TimeoutKind::precommit);
    driver.prevotes(5, nil, 2);
    ASSERT_EQ(driver.now().machine.round, Round(5));

    driver.receive(driver.part(block, 5, 1));

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(StepHeight, is_decided_in_the_pause_too) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start_height();

    driver.precommits(0, block.id);
    driver.receive_parts(block, 0);

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(StepHeight, a_certificate_decides) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 100'000);
    const auto certificate = driver.certificate(block, "ccac");
    driver.start();

    driver.receive(certificate);
    EXPECT_THAT(driver.all<Decide>(), IsEmpty());
    driver.receive_parts(block, 9);

    ASSERT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_EQ(driver.all<Decide>()[0].commit, certificate);
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepHeight, a_certificate_of_too_few_is_reported) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();

    driver.receive(driver.certificate(driver.block(1), "ccna"), 7);

    ASSERT_THAT(driver.all<ReportPeer>(), SizeIs(1));
    EXPECT_EQ(driver.all<ReportPeer>()[0].peer, 7u);
    EXPECT_EQ(driver.now().decided(), std::nullopt);
}

TEST(StepHeight, a_certificate_with_a_forged_signature_is_reported) {
    ConsensusDriver driver;
    const auto honest = driver.certificate(driver.block(1), "cccc");
    driver.start();

    driver.receive(test::with_signature(honest, 1, honest.signatures()[0]));
    const chain::CommitSig& first = honest.signatures()[0];
    const chain::CommitSig redated{
        first.flag(), first.validator_address(), test::time_after(99), first.signature()
    };
    driver.receive(test::with_signature(honest, 0, redated));

    EXPECT_THAT(driver.all<ReportPeer>(), SizeIs(2));
    EXPECT_EQ(driver.now().decided(), std::nullopt);
}

/// The same vote, dated like its block.
chain::Vote untimely(
    const ConsensusDriver& driver, chain::Vote vote, const test::ProposedBlock& block
) {
    vote.timestamp = block.block->header.time;
    vote.signature = driver.set().keys[vote.validator_index].sign(
        sign_bytes(vote, driver.state().config.chain_id)
    );
    return vote;
}

TEST(StepHeight, a_certificate_helps_where_the_quorum_has_untimely_precommits) {
    ConsensusDriver driver({.proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.receive(untimely(driver, driver.precommit(0, 0, block.id), block));
    driver.receive(driver.precommit(1, 0, block.id));
    driver.receive(driver.precommit(2, 0, block.id));
    ASSERT_TRUE(driver.now().decided());
    ASSERT_THAT(driver.all<Decide>(), IsEmpty());

    driver.receive(driver.certificate(block, "accc"));

    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(StepHeight, votes_decide_with_an_untimely_one_among_them_if_their_median_is_timely) {
    ConsensusDriver driver({.powers = {2, 3, 3, 3}, .proposes_in = {}});
    const auto block = driver.block(1);
    chain::ValidatorIndex weak = 0;
    while (driver.set().validators[weak].voting_power() != 2) {
        ++weak;
    }
    driver.start();
    driver.propose(block, 0);
    driver.receive(untimely(driver, driver.precommit(weak, 0, block.id), block));
    ASSERT_THAT(driver.all<Decide>(), IsEmpty());

    for (const chain::ValidatorIndex by : {(weak + 1) % 4, (weak + 2) % 4}) {
        driver.receive(driver.precommit(by, 0, block.id));
    }

    ASSERT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_EQ(signatures_of(driver.all<Decide>()[0].commit), 3u);
}

/// A commit by two of the other three that, with a third dated like the block or far in the future,
/// dates no next block: of three equal powers the first in the median's order is the median.
chain::Commit undateable(
    const ConsensusDriver& driver, const test::ProposedBlock& block, chain::Timestamp time
) {
    const chain::Commit honest = driver.certificate(block, "ccca");
    chain::Vote vote = *honest.vote(0);
    vote.timestamp = time;
    vote.signature = driver.set().keys[0].sign(sign_bytes(vote, driver.state().config.chain_id));
    const chain::CommitSig signature{
        chain::BlockIdFlag::commit, vote.validator_address, vote.timestamp, vote.signature
    };
    return test::with_signature(honest, 0, signature);
}

class StepHeightUndateable : public testing::TestWithParam<std::string_view> {};

TEST_P(StepHeightUndateable, a_certificate_does_not_decide_and_leaves_room_for_another) {
    for (const bool block_first : {true, false}) {
        ConsensusDriver driver({.proposes_in = {}});
        const auto block = driver.block(1);
        const auto time = *chain::Timestamp::parse(GetParam());
        driver.start();
        driver.receive(driver.proposal(block, 0));
        if (block_first) {
            driver.receive_parts(block, 0);
        }
        driver.receive(undateable(driver, block, time));
        if (!block_first) {
            driver.receive_parts(block, 0);
        }
        ASSERT_THAT(driver.all<Decide>(), IsEmpty());
        EXPECT_THAT(driver.all<ReportPeer>(), SizeIs(block_first ? 1 : 0));

        const chain::Commit good = driver.certificate(block, "accc");
        driver.receive(good);

        ASSERT_THAT(driver.all<Decide>(), SizeIs(1));
        EXPECT_EQ(driver.all<Decide>()[0].commit, good);
        EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
        EXPECT_THAT(driver.violations(), IsEmpty());
    }
}

TEST_P(StepHeightUndateable, a_precommit_does_not_count_for_the_decision) {
    ConsensusDriver driver({.proposes_in = {}});
    const auto block = driver.block(1);
    const chain::Commit commit = undateable(driver, block, *chain::Timestamp::parse(GetParam()));
    driver.start();
    driver.propose(block, 0);

    for (const chain::ValidatorIndex by : {0u, 1u, 2u}) {
        driver.receive(*commit.vote(by));
    }
    ASSERT_THAT(driver.all<Decide>(), IsEmpty());
    driver.receive(driver.precommit(3, 0, block.id));

    ASSERT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_EQ(signatures_of(driver.all<Decide>()[0].commit), 3u);
}

/// The year 2300 is one that 64 bits of nanoseconds wrap to 1715.
INSTANTIATE_TEST_SUITE_P(
    Times, StepHeightUndateable, testing::Values("2026-01-01T00:00:00Z", "2300-01-01T00:00:00Z")
);

TEST(StepHeight, a_later_round_decides_where_an_untimely_precommit_spoilt_the_first) {
    ConsensusDriver driver({.proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.receive(untimely(driver, driver.precommit(0, 0, block.id), block));
    driver.receive(driver.precommit(1, 0, block.id));
    driver.receive(driver.precommit(2, 0, block.id));
    driver.receive(untimely(driver, driver.precommit(3, 0, nil), block));
    driver.elapse(TimeoutKind::precommit);
    ASSERT_EQ(driver.now().machine.round, Round(1));

    for (const chain::ValidatorIndex by : {1u, 2u, 3u}) {
        driver.receive(driver.precommit(by, 1, block.id));
    }

    ASSERT_THAT(driver.all<Decide>(), SizeIs(1));
    EXPECT_EQ(driver.all<Decide>()[0].commit.round(), Round(1));
    EXPECT_EQ(signatures_of(driver.all<Decide>()[0].commit), 3u);
}

TEST(StepHeight, an_invalid_block_that_is_decided_halts) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.host.invalid = {block.id};
    driver.start();
    driver.propose(block, 0);

    driver.precommits(0, block.id);
    EXPECT_THAT(driver.all<Halt>(), SizeIs(1));
    driver.clear();
    driver.receive(driver.prevote(0, 0, nil));

    EXPECT_TRUE(driver.state().halted);
    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepHeight, halts_once_whatever_else_has_waited) {
    ConsensusDriver driver;
    const auto garbage = chain::PartSet::cut(Bytes(100, 1));
    const chain::BlockId garbage_id{test::block_id(1).hash, garbage.header()};
    const auto receive_early = [&](chain::Vote vote) {
        vote.height = Height(2);
        vote.signature = driver.set().keys[vote.validator_index].sign(
            sign_bytes(vote, driver.state().config.chain_id)
        );
        driver.receive(vote);
    };
    const auto block = driver.block(1);
    driver.start();
    for (const auto by : driver.others()) {
        receive_early(driver.precommit(by, 0, garbage_id));
    }
    driver.receive(BlockPart{Height(2), Round(0), *garbage.part(0)});
    receive_early(driver.prevote(driver.others()[0], 0, nil));
    driver.propose(block, 0);
    driver.precommits(0, block.id);

    driver.next_height();

    EXPECT_THAT(driver.all<Halt>(), SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<Halt>(driver.effects().back()));
}

TEST(StepHeight, of_what_a_liar_has_said_early_one_message_is_verified) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    for (int round = 0; round < 9; ++round) {
        chain::Vote forged = driver.prevote(driver.others()[0], round, nil);
        forged.height = Height(2);
        driver.receive(forged, 7);
    }
    chain::Vote honest = driver.prevote(driver.others()[1], 0, nil);
    honest.height = Height(2);
    honest.signature = driver.set().keys[honest.validator_index].sign(
        sign_bytes(honest, driver.state().config.chain_id)
    );
    driver.receive(honest, 8);
    driver.propose(block, 0);
    driver.precommits(0, block.id);

    driver.next_height();

    ASSERT_THAT(driver.all<ReportPeer>(), SizeIs(1));
    EXPECT_EQ(driver.all<ReportPeer>()[0].peer, 7u);
    ASSERT_TRUE(driver.now().votes.prevotes(Round(0)));
    EXPECT_TRUE(driver.now().votes.prevotes(Round(0))->vote(honest.validator_index));
}

TEST(StepHeight, late_precommits_join_the_last_commit) {
    ConsensusDriver driver({.proposes_in = 0, .height = Height(2)});
    driver.start_height();
    const chain::ValidatorIndex absent = 3;

    driver.receive(driver.late_precommit(absent));
    driver.elapse(TimeoutKind::commit);

    ASSERT_THAT(driver.all<BuildBlock>(), SizeIs(1));
    ASSERT_TRUE(driver.all<BuildBlock>()[0].last_commit);
    EXPECT_EQ(signatures_of(*driver.all<BuildBlock>()[0].last_commit), 4u);
    EXPECT_EQ(driver.all<AppendInput>().size(), driver.log().size() - 1);
}

TEST(StepHeight, without_late_precommits_the_last_commit_is_what_we_saw) {
    ConsensusDriver driver({.proposes_in = 0, .height = Height(2)});

    driver.start();

    ASSERT_TRUE(driver.all<BuildBlock>()[0].last_commit);
    EXPECT_EQ(signatures_of(*driver.all<BuildBlock>()[0].last_commit), 3u);
}

TEST(StepHeight, late_precommits_are_checked) {
    ConsensusDriver driver({.height = Height(2)});
    driver.start_height();
    driver.clear();
    const chain::Vote good = driver.late_precommit(3);

    chain::Vote forged = good;
    forged.timestamp = test::time_after(9'999);
    driver.receive(forged);
    chain::Vote elsewhere = good;
    elsewhere.validator_index = 2;
    driver.receive(elsewhere);
    EXPECT_THAT(driver.all<ReportPeer>(), SizeIs(2));
    driver.clear();

    chain::Vote other_round = good;
    other_round.round = Round(1);
    driver.receive(other_round);
    chain::Vote as_prevote = good;
    as_prevote.type = chain::SignedMsgType::prevote;
    driver.receive(as_prevote);
    driver.receive(driver.late_precommit(0));  // known

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepHeight, precommits_after_the_decision_join_the_last_commit) {
    ConsensusDriver driver({.proposes_in = 1});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 2);
    driver.precommits(0, block.id);
    ASSERT_EQ(signatures_of(driver.all<Decide>()[0].commit), 3u);

    driver.next_height();
    EXPECT_EQ(driver.now().last_commit->precommits.voters().count(), 4u);
    driver.elapse(TimeoutKind::commit);

    EXPECT_EQ(driver.now().last_commit->make_commit().block_id(), block.id);
}

TEST(StepHeight, precommits_join_a_certificate_instead_of_replacing_it) {
    ConsensusDriver driver({.proposes_in = {}});
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.receive(driver.precommit(3, 0, block.id));
    driver.receive(driver.certificate(block, "ccca"));
    driver.receive(driver.precommit(1, 0, block.id));
    driver.receive(driver.precommit(2, 0, block.id));

    driver.next_height();

    EXPECT_EQ(driver.now().last_commit->precommits.voters().count(), 4u);
}

TEST(StepHeight, the_pause_is_skipped_when_everyone_has_precommitted) {
    ConsensusDriver driver({.height = Height(2), .skip_commit_wait = true});
    driver.start_height();
    ASSERT_THAT(driver.all<ScheduleTimeout>(), SizeIs(1));
    driver.clear();

    driver.receive(driver.late_precommit(3));

    const Timeout pause{TimeoutKind::commit, Height(2), Round(0)};
    EXPECT_THAT(
        driver.all<ScheduleTimeout>(),
        ElementsAre(ScheduleTimeout{pause, std::chrono::nanoseconds(0)})
    );
    driver.elapse(TimeoutKind::commit);
    EXPECT_EQ(driver.now().machine.step, Step::propose);
    EXPECT_EQ(driver.observe(driver.replay(driver.log())), driver.observed());
}

TEST(StepHeight, the_pause_is_not_skipped_unless_configured) {
    ConsensusDriver driver({.height = Height(2)});
    driver.start_height();
    driver.clear();

    driver.receive(driver.late_precommit(3));

    EXPECT_THAT(driver.all<ScheduleTimeout>(), IsEmpty());
}

TEST(StepHeight, nothing_moves_after_the_decision) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 2);
    driver.precommits(0, block.id);
    const RoundState decided = driver.now().machine;
    driver.clear();

    driver.prevotes(4, nil, 3);
    for (const TimeoutKind kind :
         {TimeoutKind::propose,
          TimeoutKind::prevote,
          TimeoutKind::precommit,
          TimeoutKind::commit,
          TimeoutKind::resend}) {
        driver.elapse(kind);
    }
    driver.propose(driver.block(2), 0);
    driver.receive(driver.certificate(block, "cccc"));

    EXPECT_EQ(driver.now().machine, decided);
    EXPECT_THAT(driver.votes_said(), IsEmpty());
    EXPECT_THAT(driver.all<Decide>(), IsEmpty());
}

}  // namespace
}  // namespace steelyard::consensus
