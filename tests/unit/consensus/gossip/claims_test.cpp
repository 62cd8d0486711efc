// What peers claim and ask, and where it ends.
#include "bench.h"

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using chain::Vote;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST(GossipClaims, a_message_on_another_channel_ends_the_connection) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const Bytes vote =
        encode_reactor_message(consensus::Message(bench.driver.prevote(0, 0, std::nullopt)));

    bench.gossip.receive(stock, channel::consensus_state, vote, bench.now);

    EXPECT_TRUE(bench.dropped.contains(stock));
    EXPECT_THAT(bench.heard, IsEmpty());
    EXPECT_EQ(bench.gossip.stats().messages_refused, 1U);
}

TEST(GossipClaims, what_does_not_decode_ends_the_connection) {
    GossipBench bench;
    bench.start();
    bench.join(stock);

    bench.gossip.receive(stock, channel::consensus_state, Bytes{0x0a, 0xff}, bench.now);

    EXPECT_TRUE(bench.dropped.contains(stock));
}

TEST(GossipClaims, our_channel_is_for_those_that_agreed_on_it) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    bench.join_at(ours, 1);
    const consensus::PeerStatus status{.height = Height(1), .round = Round(0)};

    bench.say(ours, consensus::Message(status));
    EXPECT_FALSE(bench.dropped.contains(ours));
    bench.say(stock, consensus::Message(status));

    EXPECT_THAT(bench.dropped[stock], HasSubstr("not agreed"));
}

TEST(GossipClaims, a_first_height_has_no_last_commit_and_every_other_has) {
    GossipBench bench;
    bench.start();
    bench.join(stock);
    bench.join(other_stock);

    bench.say(
        stock, NewRoundStep{Height(1), Round(0), RoundStep::propose, 0, std::optional(Round(0))}
    );
    bench.say(other_stock, NewRoundStep{Height(2), Round(0), RoundStep::propose, 0, std::nullopt});

    EXPECT_TRUE(bench.dropped.contains(stock));
    EXPECT_TRUE(bench.dropped.contains(other_stock));
    EXPECT_TRUE(bench.heights.empty());
}

TEST(GossipClaims, a_step_back_changes_nothing) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 5);

    bench.step(stock, 3);

    EXPECT_EQ(bench.gossip.height_of(stock), Height(5));
    EXPECT_EQ(bench.heights[stock], Height(5));
}

TEST(GossipClaims, strangers_are_not_listened_to) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    bench.gossip.remove_peer(stock);
    bench.clear();

    bench.say(stock, consensus::Message(bench.driver.prevote(0, 0, std::nullopt)));
    bench.pass(10s);

    EXPECT_THAT(bench.heard, IsEmpty());
    EXPECT_EQ(bench.count(stock), 0U);
}

TEST(GossipClaims, a_majority_is_answered_with_who_voted_so_here_eight_times_at_once) {
    GossipBench bench;
    bench.start();
    bench.join_at(stock, 1);
    const auto block = bench.driver.block(1);
    bench.driver.receive(bench.driver.prevote(2, 0, block.id));
    bench.driver.receive(bench.driver.prevote(3, 0, std::nullopt));
    bench.follow();
    const VoteSetMaj23 claim{Height(1), Round(0), SignedMsgType::prevote, block.id};

    for (int i = 0; i < 100; ++i) {
        bench.say(stock, claim);
    }

    const auto answers = bench.sent<VoteSetBits>(stock);
    ASSERT_THAT(answers, SizeIs(8)) << "G9";
    EXPECT_TRUE(answers[0].votes.test(2));
    EXPECT_EQ(answers[0].votes.count(), 1U);
    EXPECT_EQ(bench.gossip.stats().messages_dropped, 92U);
}

/// Two of four prevoted nil, and the peer has been sent it all.
class GossipQueries : public testing::Test {
protected:
    GossipQueries() {
        bench.start();
        bench.join_at(stock, 1);
        bench.driver.prevotes(0, std::nullopt);
        bench.follow();
        bench.pass(30ms);
        EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(3));
        bench.clear();
    }

    VoteSetBits bits(const BitArray& votes) const {
        return {Height(1), Round(0), SignedMsgType::prevote, std::nullopt, votes};
    }

    GossipBench bench;
};

TEST_F(GossipQueries, a_peer_that_does_not_move_is_asked_every_two_seconds) {
    bench.pass(1'900ms);
    EXPECT_EQ(bench.count(stock), 0U);

    bench.pass(18s);

    EXPECT_THAT(bench.sent<VoteSetMaj23>(stock), SizeIs(9));
    EXPECT_EQ(bench.count(stock), 9U) << "no loop of votes";
}

TEST_F(GossipQueries, its_answer_replaces_what_was_believed) {
    bench.pass(2'100ms);
    ASSERT_THAT(bench.sent<VoteSetMaj23>(stock), SizeIs(1));
    BitArray votes(4);
    votes.set(bench.driver.others()[0]);

    bench.say(stock, bits(votes));

    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(2)) << "those that it lacks";
}

TEST_F(GossipQueries, an_answer_to_no_question_is_not_believed) {
    bench.say(stock, bits(BitArray(4)));
    EXPECT_THAT(bench.sent<Vote>(stock), IsEmpty());

    bench.pass(2'100ms);
    for (int i = 0; i < 100; ++i) {
        bench.say(stock, bits(BitArray(4)));
    }

    EXPECT_THAT(bench.sent<Vote>(stock), SizeIs(3)) << "one question, one answer";
}

TEST_F(GossipQueries, who_lies_to_have_votes_gets_none_and_harms_nobody_else) {
    bench.join_at(other_stock, 1);
    bench.pass(30ms);

    EXPECT_THAT(bench.sent<Vote>(other_stock), SizeIs(3));
    bench.clear();
    for (std::int32_t index = 0; index < 10'000; index += 500) {
        bench.say(stock, HasVote{Height(1), Round(0), SignedMsgType::precommit, index});
    }
    bench.driver.precommits(0, std::nullopt, 2);
    bench.follow();
    bench.pass(30ms);

    EXPECT_THAT(bench.sent<Vote>(other_stock), SizeIs(2));
}

TEST(GossipClaims, a_status_repairs_what_a_quiet_connection_lost) {
    GossipBench bench;
    bench.start();
    bench.join_at(ours, 1);
    bench.driver.prevotes(0, std::nullopt);
    bench.follow();
    bench.pass(30ms);
    ASSERT_THAT(bench.sent<Vote>(ours), SizeIs(3));
    bench.clear();
    const consensus::PeerStatus lacks{
        .height = Height(1), .round = Round(0), .step = consensus::Step::propose
    };

    bench.say(ours, consensus::Message(lacks));
    EXPECT_THAT(bench.sent<Vote>(ours), IsEmpty()) << "they may be under way";
    bench.pass(600ms);
    bench.say(ours, consensus::Message(lacks));

    EXPECT_THAT(bench.sent<Vote>(ours), SizeIs(3));
    for (int i = 0; i < 100; ++i) {
        bench.say(ours, consensus::Message(lacks));
    }
    EXPECT_THAT(bench.sent<Vote>(ours), SizeIs(3));
}

}  // namespace
}  // namespace steelyard::gossip
