// Peers at earlier heights: the commit and the parts of the block there.
#include "bench.h"

namespace steelyard::gossip {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using chain::Vote;
using consensus::BlockPart;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST(GossipCatchUp, a_stock_peer_gets_the_commit_as_votes_and_the_parts) {
    GossipBench bench;
    bench.start();
    const auto block = bench.decide(1, 200'000);
    bench.decide(2);

    bench.join_at(stock, 1);

    const auto votes = bench.sent<Vote>(stock);
    ASSERT_THAT(votes, SizeIs(3));
    EXPECT_EQ(votes[0].block_id, block.id);
    EXPECT_EQ(votes[0].height, Height(1));
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(4));
    EXPECT_THAT(bench.sent<chain::Commit>(stock), IsEmpty());
    bench.clear();
    bench.pass(60s);
    EXPECT_LE(bench.count(stock), 30U) << "questions, and nothing else";
    EXPECT_EQ(bench.sent<VoteSetMaj23>(stock).size(), bench.count(stock));
}

TEST(GossipCatchUp, our_like_get_a_certificate) {
    GossipBench bench;
    bench.start();
    const auto block = bench.decide(1);
    bench.decide(2);

    bench.join_at(ours, 1);

    const auto commits = bench.sent<chain::Commit>(ours);
    ASSERT_THAT(commits, SizeIs(1));
    EXPECT_EQ(commits[0].block_id(), block.id);
    EXPECT_THAT(bench.sent<Vote>(ours), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(ours), SizeIs(1));
}

TEST(GossipCatchUp, who_is_about_to_follow_gets_late_precommits_and_is_left_alone_for_a_while) {
    GossipBench bench;
    bench.start();
    bench.decide(1);

    bench.join_at(stock, 1);
    bench.pass(50ms);
    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(3));
    EXPECT_THAT(bench.sent<BlockPart>(stock), IsEmpty());
    bench.pass(60ms);

    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(3));
    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(1));
}

TEST(GossipCatchUp, sends_no_votes_that_the_peer_has) {
    GossipBench bench;
    bench.start();
    bench.decide(1);
    bench.decide(2);
    bench.full = {channel::consensus_vote};
    bench.join_at(stock, 1);
    for (const std::int32_t index : {0, 1}) {
        bench.say(stock, HasVote{Height(1), Round(0), SignedMsgType::precommit, index});
    }
    bench.full.clear();

    bench.gossip.drained(stock, channel::consensus_vote, bench.now);

    const auto votes = bench.sent<Vote>(stock);
    ASSERT_THAT(votes, SizeIs(1));
    EXPECT_EQ(votes[0].validator_index, 2U);
}

TEST(GossipCatchUp, a_late_joiner_is_led_from_height_to_height) {
    for (const PeerId peer : {stock, ours}) {
        GossipBench bench;
        bench.start();
        for (int number = 1; number <= 4; ++number) {
            bench.decide(number);
        }
        bench.join(peer);
        for (std::int64_t height = 1; height <= 4; ++height) {
            bench.clear();

            bench.step(peer, height, 0, RoundStep::new_height);
            bench.pass(110ms);

            ASSERT_THAT(bench.sent<BlockPart>(peer), SizeIs(1)) << height;
            EXPECT_EQ(bench.sent<BlockPart>(peer)[0].height, Height(height));
            const bool has_commit =
                !bench.sent<chain::Commit>(peer).empty() || bench.sent<Vote>(peer).size() == 3;
            EXPECT_TRUE(has_commit) << height;
        }
        bench.clear();
        bench.step(peer, 5, 0, RoundStep::new_height);
        bench.pass(110ms);
        EXPECT_THAT(bench.sent<BlockPart>(peer), IsEmpty());
    }
}

TEST(GossipCatchUp, a_peer_of_another_block_gets_parts_once_it_names_the_decided_one) {
    GossipBench bench;
    bench.start();
    const auto block = bench.decide(1);
    bench.decide(2);
    bench.full = {channel::consensus_data};
    bench.join_at(stock, 1);
    const chain::PartSetHeader another{7, block.id.hash};
    bench.say(stock, NewValidBlock{Height(1), Round(0), another, chain::BitArray(7), false});
    bench.full.clear();
    bench.gossip.drained(stock, channel::consensus_data, bench.now);
    EXPECT_THAT(bench.sent<BlockPart>(stock), IsEmpty());

    const chain::PartSetHeader header = block.parts.header();
    bench.say(stock, NewValidBlock{Height(1), Round(0), header, chain::BitArray(1), true});

    EXPECT_THAT(bench.sent<BlockPart>(stock), SizeIs(1));
}

TEST(GossipCatchUp, who_claims_to_lack_everything_again_and_again_is_sent_a_bucket_full) {
    GossipBench bench;
    bench.start();
    const auto block = bench.decide(1, 200'000);
    bench.decide(2);
    bench.join_at(stock, 1);

    for (int i = 0; i < 1'000; ++i) {
        bench.say(
            stock,
            NewValidBlock{Height(1), Round(0), block.parts.header(), chain::BitArray(4), true}
        );
    }

    EXPECT_LE(bench.sent<BlockPart>(stock).size(), 64U);
    EXPECT_GE(bench.sent<BlockPart>(stock).size(), 60U);
}

TEST(GossipCatchUp, what_is_pruned_is_not_sent) {
    GossipBench bench;
    bench.start();
    bench.decide(1);
    bench.decide(2);
    bench.pruned = {1};

    bench.join_at(stock, 1);

    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty());
    EXPECT_THAT(bench.sent<BlockPart>(stock), IsEmpty());
    EXPECT_TRUE(bench.dropped.empty());
}

}  // namespace
}  // namespace steelyard::gossip
