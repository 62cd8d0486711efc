// Peers at our height: what they are sent, when, and once.
#include "bench.h"

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using chain::Vote;
using consensus::BlockPart;
using consensus::TimeoutKind;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr Time relayed = 25ms;
constexpr std::size_t large = 200'000;  ///< bytes of a block of four parts

TEST(Gossip, tells_a_new_peer_where_it_stands) {
    GossipBench bench;
    bench.start();

    bench.join(stock);

    const auto steps = bench.sent<NewRoundStep>(stock);
    ASSERT_THAT(steps, SizeIs(1));
    EXPECT_EQ(steps[0].height, Height(1));
    EXPECT_EQ(steps[0].step, RoundStep::propose);
    EXPECT_EQ(steps[0].last_commit_round, std::nullopt);
    EXPECT_EQ(bench.count(stock), 1U) << "it has not said where it is";
}

TEST(Gossip, sends_its_own_proposal_at_once_to_who_is_there) {
    GossipBench bench({.proposes_in = 0});
    bench.driver.start_height();
    bench.follow();
    bench.join_at(stock, 1);
    bench.join_at(other_stock, 1, 2);

    bench.driver.elapse(TimeoutKind::commit);
    bench.follow();

    EXPECT_THAT(bench.sent<chain::Proposal>(stock), SizeIs(1));
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(1));
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(1)) << "our prevote";
    EXPECT_THAT(bench.sent<chain::Proposal>(other_stock), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(other_stock), IsEmpty());
}

TEST(Gossip, passes_on_what_others_said_after_a_while) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1, large);
    bench.driver.propose(block, 0);
    bench.driver.prevotes(0, block.id, 2);
    bench.follow();
    EXPECT_THAT(bench.sent<chain::Proposal>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty());

    bench.pass(relayed);

    EXPECT_THAT(bench.sent<chain::Proposal>(stock), SizeIs(1));
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(block.parts.header().total));
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(2));
    bench.clear();
    bench.pass(1s);
    EXPECT_EQ(bench.count(stock), 0U) << "everything once";
}

TEST(Gossip, passes_on_nothing_that_the_peer_has_meanwhile) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1);
    bench.driver.propose(block, 0);
    bench.driver.prevotes(0, block.id, 2);
    bench.follow();

    bench.say(stock, consensus::Message(bench.driver.proposal(block, 0)));
    bench.say(stock, consensus::Message(bench.driver.part(block, 0, 0)));
    const auto index = static_cast<std::int32_t>(bench.driver.others()[0]);
    bench.say(stock, HasVote{Height(1), Round(0), SignedMsgType::prevote, index});
    bench.pass(relayed);

    EXPECT_THAT(bench.sent<chain::Proposal>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(stock), IsEmpty());
    const auto votes = bench.sent<Vote>(stock);
    ASSERT_THAT(votes, SizeIs(1));
    EXPECT_EQ(votes[0].validator_index, bench.driver.others()[1]);
}

TEST(Gossip, sends_nothing_back_to_who_sent_it) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    bench.join_at(other_stock, 1);
    const auto block = bench.driver.block(1);
    const auto vote = bench.driver.prevote(bench.driver.others()[0], 0, block.id);

    bench.say(stock, consensus::Message(bench.driver.proposal(block, 0)));
    bench.say(stock, consensus::Message(bench.driver.part(block, 0, 0)));
    bench.say(stock, consensus::Message(vote));
    bench.pass(1s);

    EXPECT_THAT(bench.sent<chain::Proposal>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(other_stock), SizeIs(1));
    EXPECT_THAT(bench.sent<Vote>(other_stock), SizeIs(1));
}

TEST(Gossip, tells_each_vote_by_has_vote_but_not_to_who_sent_it) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    bench.join_at(other_stock, 1);

    bench.say(stock, consensus::Message(bench.driver.prevote(0, 0, std::nullopt)));

    EXPECT_THAT(bench.sent<HasVote>(stock), IsEmpty());
    const auto told = bench.sent<HasVote>(other_stock);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0], (HasVote{Height(1), Round(0), SignedMsgType::prevote, 0}));
}

TEST(Gossip, names_the_block_of_a_decision_and_the_parts_that_it_has) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1, large);
    bench.driver.receive(bench.driver.proposal(block, 0));
    bench.driver.receive(bench.driver.part(block, 0, 2));

    bench.driver.precommits(0, block.id);
    bench.follow();

    const auto told = bench.sent<NewValidBlock>(stock);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_TRUE(told[0].is_commit);
    EXPECT_EQ(told[0].header, block.parts.header());
    EXPECT_EQ(told[0].parts, *BitArray::parse("__x_"));
    EXPECT_EQ(bench.sent<NewRoundStep>(stock).back().step, RoundStep::commit);
}

TEST(Gossip, sends_the_parts_again_that_a_peer_says_it_lacks_but_not_forever) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1, large);
    bench.driver.propose(block, 0);
    bench.follow();
    bench.pass(relayed);
    bench.clear();
    const NewValidBlock lacks{Height(1), Round(0), block.parts.header(), BitArray(4), false};

    bench.say(stock, lacks);
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(4));
    for (int i = 0; i < 1'000; ++i) {
        bench.say(stock, lacks);
    }

    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(64)) << "G9";
    bench.pass(1s);
    EXPECT_LE(bench.sent<BlockPart>(stock).size(), 64U + 32U);
}

TEST(Gossip, justifies_a_proposal_by_the_polka_of_an_earlier_round) {
    GossipBench bench;
    bench.start();
    const auto block = bench.driver.block(1);
    bench.driver.prevotes(0, block.id);
    bench.driver.propose(block, 0);
    bench.driver.precommits(0, std::nullopt);
    bench.driver.elapse(TimeoutKind::precommit);
    bench.driver.propose(block, 1, 0);
    bench.follow();

    bench.join_at(stock, 1, 1);
    bench.pass(relayed);

    const auto polkas = bench.sent<ProposalPol>(stock);
    ASSERT_THAT(polkas, SizeIs(1));
    EXPECT_EQ(polkas[0].pol_round, Round(0));
    EXPECT_EQ(polkas[0].prevotes.count(), 3U);
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(3)) << "the prevotes of round 0";
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(1));
}

TEST(Gossip, helps_a_peer_of_an_earlier_round_to_ours) {
    GossipBench bench;
    bench.start();
    bench.driver.prevotes(5, std::nullopt, 2);
    bench.follow();
    ASSERT_EQ(bench.driver.now().machine.round, Round(5));

    bench.join_at(stock, 1);
    bench.join_at(ours, 1);
    bench.pass(relayed);

    EXPECT_THAT(bench.sent<Vote>(ours), SizeIs(2));
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty()) << "it takes two later rounds at most";
    bench.pass(2s);
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(2));
}

TEST(Gossip, gives_the_last_commit_to_who_waits_for_the_height) {
    GossipBench bench;
    bench.start();
    const auto block = bench.decide(1);
    bench.join(stock);
    bench.join(other_stock);

    bench.step(stock, 2, 0, RoundStep::new_height);
    bench.step(other_stock, 2, 0, RoundStep::propose);
    bench.pass(relayed);

    const auto votes = bench.sent<Vote>(stock);
    ASSERT_THAT(votes, SizeIs(3));
    EXPECT_EQ(votes[0].height, Height(1));
    EXPECT_EQ(votes[0].block_id, block.id);
    EXPECT_THAT(bench.sent<Vote>(other_stock), IsEmpty()) << "too late for its proposal";
}

TEST(Gossip, goes_on_where_a_full_queue_has_drained) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1, large);
    bench.driver.propose(block, 0);
    bench.driver.prevotes(0, block.id, 2);
    bench.full = {channel::consensus_data, channel::consensus_vote};
    bench.follow();
    bench.pass(1s);
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty());

    bench.full.clear();
    bench.pass(1s);
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty()) << "not before it is told";
    bench.gossip.drained(stock, channel::consensus_data, bench.now);
    bench.gossip.drained(stock, channel::consensus_vote, bench.now);

    EXPECT_THAT(bench.sent<chain::Proposal>(stock), SizeIs(1));
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(4));
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(2));
}

TEST(Gossip, only_listens_once_consensus_has_stopped) {
    GossipBench bench;
    bench.start();
    bench.gossip.stopped();
    bench.join_at(stock, 1);

    bench.say(stock, consensus::Message(bench.driver.prevote(0, 0, std::nullopt)));
    bench.pass(10s);

    EXPECT_EQ(bench.count(stock), 0U);
    EXPECT_THAT(bench.heard, IsEmpty());
    EXPECT_EQ(bench.gossip.height_of(stock), Height(1));
}

}  // namespace
}  // namespace steelyard::gossip
