// Help between nodes through `step`: who answers whom with what, and who asks.
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>

namespace steelyard::consensus {
namespace {

using chain::Height;
using chain::Round;
using test::ConsensusDriver;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

const VoteValue nil;
constexpr PeerId asker = 7;

/// A peer that has nothing of a round.
PeerStatus status(int height, int round) {
    return {.height = Height(height), .round = Round(round), .step = Step::propose};
}

/// Asks, and expects that the asker alone is answered.
void ask(ConsensusDriver& driver, const PeerStatus& status) {
    driver.clear();
    driver.receive(status, asker);
    EXPECT_THAT(driver.all<Send>(), SizeIs(driver.effects().size()));
    EXPECT_THAT(driver.all<Send>(), Each(Field(&Send::to, asker)));
}

TEST(StepStatus, a_peer_that_lacks_the_proposal_gets_it_with_parts_and_votes) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 100'000);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 1);

    ask(driver, status(1, 0));

    EXPECT_THAT(driver.said<chain::Proposal>(), ElementsAre(driver.proposal(block, 0)));
    EXPECT_THAT(
        driver.said<BlockPart>(), ElementsAre(driver.part(block, 0, 0), driver.part(block, 0, 1))
    );
    EXPECT_THAT(driver.said<chain::Vote>(), SizeIs(2)) << "ours, and the other one";
}

TEST(StepStatus, a_peer_that_has_everything_gets_nothing) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 100'000);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 1);

    ask(driver, status_of(driver.now()));

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepStatus, a_peer_gets_the_votes_that_it_has_not_heard) {
    ConsensusDriver driver({.proposes_in = {}});
    driver.start();
    driver.receive(driver.prevote(0, 0, nil));
    driver.receive(driver.prevote(1, 0, nil));
    driver.receive(driver.precommit(2, 0, nil));
    PeerStatus asked = status(1, 0);
    asked.prevotes = chain::BitArray(4);
    asked.prevotes.set(1);

    ask(driver, asked);

    EXPECT_THAT(
        driver.said<chain::Vote>(),
        ElementsAre(driver.prevote(0, 0, nil), driver.precommit(2, 0, nil))
    );
}

TEST(StepStatus, a_quorum_is_sent_whole_since_the_peer_may_have_heard_other_votes) {
    ConsensusDriver driver({.proposes_in = {}});
    driver.start();
    driver.prevotes(0, nil, 3);
    PeerStatus asked = status(1, 0);
    asked.prevotes = ~chain::BitArray(4);

    ask(driver, asked);

    EXPECT_THAT(driver.said<chain::Vote>(), SizeIs(3));
}

TEST(StepStatus, a_peer_in_an_earlier_round_gets_the_votes_of_both_rounds) {
    ConsensusDriver driver({.proposes_in = {}});
    driver.start();
    driver.receive(driver.prevote(0, 0, nil));
    driver.prevotes(3, nil, 2);
    ASSERT_EQ(driver.now().machine.round, Round(3));

    ask(driver, status(1, 0));

    EXPECT_THAT(
        driver.said<chain::Vote>(),
        testing::UnorderedElementsAre(
            driver.prevote(0, 0, nil), driver.prevote(0, 3, nil), driver.prevote(1, 3, nil)
        )
    );
}

TEST(StepStatus, a_block_proposed_again_comes_with_its_polka) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.prevotes(1, nil, 2);
    driver.propose(block, 1, 0);
    driver.prevotes(0, block.id);

    ask(driver, status(1, 1));

    for (const auto by : driver.others()) {
        EXPECT_THAT(driver.said<chain::Vote>(), Contains(driver.prevote(by, 0, block.id)));
    }
}

TEST(StepStatus, parts_come_in_portions_and_only_those_that_are_missing) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 20 * chain::part_size);
    const std::uint32_t total = block.parts.header().total;
    ASSERT_EQ(total, 21u);
    driver.start();
    driver.propose(block, 0);
    PeerStatus asked = status_of(driver.now());
    asked.parts = chain::BitArray(total);

    ask(driver, asked);
    ASSERT_THAT(driver.said<BlockPart>(), SizeIs(parts_per_answer_max));
    for (const BlockPart& part : driver.said<BlockPart>()) {
        asked.parts.set(part.part.index());
    }
    ask(driver, asked);

    EXPECT_THAT(driver.said<BlockPart>(), SizeIs(total - parts_per_answer_max));
    EXPECT_EQ(driver.said<BlockPart>()[0], driver.part(block, 0, 16));
}

TEST(StepStatus, whoever_has_decided_sends_the_certificate_and_the_block) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id);
    driver.precommits(0, block.id, 2);
    const chain::Commit commit = driver.all<Decide>()[0].commit;

    for (const int round : {0, 9}) {
        ask(driver, status(1, round));
        EXPECT_THAT(driver.said<chain::Commit>(), ElementsAre(commit));
        EXPECT_THAT(driver.said<BlockPart>(), ElementsAre(driver.part(block, round, 0)));
    }
}

TEST(StepStatus, what_is_sent_to_a_peer_that_is_behind_lets_it_decide) {
    ConsensusDriver ahead;
    const auto block = ahead.block(1);
    ahead.start();
    ahead.propose(block, 0);
    ahead.prevotes(0, block.id);
    ahead.precommits(0, block.id);
    ConsensusDriver behind({.proposes_in = 2});
    behind.start();
    behind.elapse(TimeoutKind::propose);

    ask(ahead, status_of(behind.now()));
    for (const Send& answer : ahead.all<Send>()) {
        behind.receive(answer.message);
    }

    EXPECT_THAT(behind.all<Decide>(), SizeIs(1));
}

TEST(StepStatus, a_large_decided_block_comes_portion_after_portion) {
    ConsensusDriver driver;
    const auto block = driver.block(1, 40 * chain::part_size);
    driver.start();
    driver.receive(driver.certificate(block, "cccc"));

    std::vector<std::uint32_t> asked_after;
    for (std::uint32_t index = 0; index < block.parts.header().total; ++index) {
        driver.clear();
        driver.receive(driver.part(block, 0, index), asker);
        for (const Send& send : driver.all<Send>()) {
            EXPECT_EQ(send.to, asker);
            asked_after.push_back(index + 1);
        }
    }

    EXPECT_THAT(asked_after, ElementsAre(16, 32));
    EXPECT_THAT(driver.all<Decide>(), SizeIs(1));
}

TEST(StepStatus, of_an_earlier_height_is_not_for_us) {
    ConsensusDriver driver({.height = Height(2)});
    driver.start();

    ask(driver, status(1, 0));

    EXPECT_THAT(driver.effects(), IsEmpty());
}

TEST(StepStatus, a_peer_that_is_further_is_told_what_we_lack) {
    ConsensusDriver driver;
    driver.start();

    ask(driver, status(3, 0));

    EXPECT_THAT(driver.said<PeerStatus>(), ElementsAre(status_of(driver.now())));
}

TEST(StepStatus, a_peer_that_speaks_of_later_heights_is_asked_for_help_once) {
    ConsensusDriver driver;
    driver.start();
    driver.clear();
    chain::Vote vote = driver.prevote(0, 0, nil);
    vote.height = Height(900);

    for (PeerId peer = 1; peer < 10; ++peer) {
        driver.receive(vote, peer);
        driver.receive(vote, peer);
    }

    EXPECT_THAT(driver.all<Send>(), SizeIs(helpers_max));
    EXPECT_THAT(driver.said<PeerStatus>(), Each(status_of(driver.now())));
}

TEST(StepStatus, a_node_that_stands_still_says_its_votes_and_its_place_again) {
    ConsensusDriver driver;
    const auto block = driver.block(1);
    driver.start();
    driver.propose(block, 0);
    driver.prevotes(0, block.id, 2);
    driver.clear();

    driver.elapse(TimeoutKind::resend);

    EXPECT_THAT(driver.votes_said(), ElementsAre("prevote 0 block", "precommit 0 block"));
    EXPECT_THAT(driver.said<PeerStatus>(), ElementsAre(status_of(driver.now())));
    ASSERT_THAT(driver.all<ScheduleTimeout>(), SizeIs(1));
    EXPECT_EQ(driver.all<ScheduleTimeout>()[0].timeout.kind, TimeoutKind::resend);
    EXPECT_THAT(driver.all<AppendInput>(), IsEmpty()) << "nothing changed";
}

TEST(StepStatus, tells_the_block_that_is_wanted_and_its_parts) {
    ConsensusDriver driver;
    const auto proposed = driver.block(1, 100'000);
    const auto wanted = driver.block(2, 100'000);
    driver.start();
    driver.receive(driver.proposal(proposed, 0));
    driver.receive(driver.part(proposed, 0, 1));

    PeerStatus seen = status_of(driver.now());
    EXPECT_TRUE(seen.has_proposal);
    EXPECT_EQ(seen.block_id, proposed.id);
    EXPECT_EQ(to_string(seen.parts), "_x");

    driver.prevotes(0, wanted.id);  // the proposer said something else to the others
    seen = status_of(driver.now());
    EXPECT_EQ(seen.block_id, wanted.id);
    EXPECT_EQ(to_string(seen.parts), "__");
    EXPECT_EQ(seen.prevotes.count(), 3u);
}

}  // namespace
}  // namespace steelyard::consensus
