// What a node tells a peer, step by step: the core is driven by hand, the peer's messages are made
// here.
#include "consensus/gossip/gossip.h"

#include "tests/support/consensus_driver.h"

#include <gtest/gtest.h>

namespace steelyard::gossip {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using consensus::BlockPart;
using test::ConsensusDriver;
using namespace std::chrono_literals;

constexpr PeerId stock = 7;  // does not list our own channel

/// Keeps what is sent, decoded again as a peer would.
class Outbox final : public PeerLink {
public:
    bool send(PeerId, ChannelId channel, Bytes bytes) override {
        if (is_full) {
            return false;
        }
        auto message = decode_reactor_message(channel, bytes);
        if (!message) {
            ADD_FAILURE() << message.error().message();
            return true;
        }
        messages.push_back(*std::move(message));
        return true;
    }
    void drop(PeerId, const Error& error) override { dropped.push_back(error.message()); }

    bool is_full = false;
    std::vector<ReactorMessage> messages{};
    std::vector<std::string> dropped{};
};

class NoBlocks final : public StoredBlocks {
public:
    storage::BlockRange range() const override { return {}; }
    Result<chain::BlockMeta> load_meta(Height) const override { return none(); }
    Result<chain::Part> load_part(Height, std::uint32_t) const override { return none(); }
    Result<chain::Commit> load_commit(Height) const override { return none(); }

private:
    static std::unexpected<Error> none() { return fail(ErrorCode::not_found, "there is none"); }
};

class Ear final : public Listener {
public:
    void on_message(PeerId, consensus::Message message) override { heard.push_back(message); }
    void on_peer_height(PeerId, Height height) override { heights.push_back(height); }

    std::vector<consensus::Message> heard{};
    std::vector<Height> heights{};
};

class GossipTest : public testing::Test {
protected:
    explicit GossipTest(ConsensusDriver::Options options = {}) : driver_(std::move(options)) {
        gossip_.add_peer(stock, false, now_);
    }

    /// As the engine: what the core publishes in a step leaves before the host tells of the step.
    void tell() {
        for (const auto& publish : driver_.all<consensus::Publish>()) {
            gossip_.publish(publish.message);
        }
        driver_.clear();
        gossip_.state_changed(driver_.state(), now_);
    }

    void hear(const ReactorMessage& message) {
        const Bytes bytes = encode_reactor_message(message);
        gossip_.receive(stock, channel_of(message), bytes, now_);
    }

    /// The peer is at our height, in the round's propose step.
    void peer_arrives(int round = 0) {
        hear(NewRoundStep{
            .height = driver_.now().height,
            .round = Round(round),
            .step = RoundStep::propose,
            .last_commit_round =
                driver_.now().height == Height(1) ? std::nullopt : std::optional(Round(0)),
        });
    }

    void pass(Time time) {
        const Time end = now_ + time;
        while (const auto next = gossip_.next_tick()) {
            if (*next > end) {
                break;
            }
            now_ = std::max(now_, *next);
            gossip_.tick(now_);
        }
        now_ = end;
    }

    template <typename M>
    std::vector<M> sent() const {
        std::vector<M> found;
        for (const ReactorMessage& message : outbox_.messages) {
            if constexpr (std::is_constructible_v<consensus::Message, M>) {
                const auto* inner = std::get_if<consensus::Message>(&message);
                if (const M* typed = inner ? std::get_if<M>(inner) : nullptr) {
                    found.push_back(*typed);
                }
            } else if (const M* typed = std::get_if<M>(&message)) {
                found.push_back(*typed);
            }
        }
        return found;
    }

    ConsensusDriver driver_;
    Outbox outbox_;
    NoBlocks blocks_;
    Ear ear_;
    Time now_ = 100s;
    Gossip gossip_{GossipConfig{}, {outbox_, blocks_, ear_}};
};

class ProposerGossip : public GossipTest {
protected:
    ProposerGossip() : GossipTest({.proposes_in = 0}) {}
};

TEST_F(ProposerGossip, sends_its_block_to_whom_comes_to_the_height_later) {
    driver_.start();  // begins the height and proposes in one go
    tell();
    EXPECT_TRUE(sent<BlockPart>().empty());

    peer_arrives();

    EXPECT_EQ(sent<chain::Proposal>().size(), 1U);
    EXPECT_EQ(sent<BlockPart>().size(), 1U) << "must not wait for the time that relaying waits";
    EXPECT_EQ(sent<chain::Vote>().size(), 1U);
}

TEST_F(ProposerGossip, sends_nothing_twice) {
    driver_.start();
    peer_arrives();
    tell();
    const std::size_t proposals = sent<chain::Proposal>().size();
    tell();
    pass(1s);

    EXPECT_EQ(proposals, 1U);
    EXPECT_EQ(sent<chain::Proposal>().size(), 1U);
    EXPECT_EQ(sent<BlockPart>().size(), 1U);
    EXPECT_EQ(sent<chain::Vote>().size(), 1U);
}

TEST_F(ProposerGossip, waits_for_room_and_goes_on) {
    driver_.start();
    tell();
    outbox_.is_full = true;
    peer_arrives();
    EXPECT_TRUE(sent<BlockPart>().empty());

    outbox_.is_full = false;
    gossip_.drained(stock, channel::consensus_state, now_);
    gossip_.drained(stock, channel::consensus_data, now_);
    gossip_.drained(stock, channel::consensus_vote, now_);

    EXPECT_FALSE(sent<NewRoundStep>().empty());
    EXPECT_EQ(sent<BlockPart>().size(), 1U);
    EXPECT_EQ(sent<chain::Vote>().size(), 1U);
}

TEST_F(GossipTest, tells_where_it_is_at_every_step) {
    driver_.start_height();
    tell();
    peer_arrives();
    driver_.elapse(consensus::TimeoutKind::commit);
    tell();
    driver_.elapse(consensus::TimeoutKind::propose);
    tell();

    const auto steps = sent<NewRoundStep>();
    ASSERT_GE(steps.size(), 2U);
    EXPECT_EQ(steps.back().step, RoundStep::prevote);
    EXPECT_EQ(steps.back().height, Height(1));
    EXPECT_FALSE(steps.back().last_commit_round) << "as CometBFT wants it at the first height";
}

TEST_F(GossipTest, passes_a_block_on_after_a_while) {
    driver_.start();
    tell();
    peer_arrives();
    const auto block = driver_.block(1);
    driver_.propose(block, 0);
    tell();
    EXPECT_TRUE(sent<BlockPart>().empty()) << "in a mesh the peer has it from the proposer";

    pass(GossipConfig{}.relay_after);

    EXPECT_EQ(sent<chain::Proposal>().size(), 1U);
    EXPECT_EQ(sent<BlockPart>().size(), 1U);
}

TEST_F(GossipTest, passes_on_no_vote_that_the_peer_has) {
    driver_.start();
    tell();
    peer_arrives();
    driver_.prevotes(0, std::nullopt, 2);
    tell();
    const auto& others = driver_.others();
    hear(HasVote{Height(1), Round(0), SignedMsgType::prevote, static_cast<int>(others[0])});

    pass(GossipConfig{}.relay_after);

    const auto votes = sent<chain::Vote>();
    ASSERT_EQ(votes.size(), 1U);
    EXPECT_EQ(votes.front().validator_index, others[1]);
}

TEST_F(GossipTest, tells_which_votes_it_has) {
    driver_.start();
    tell();
    peer_arrives();
    driver_.receive(driver_.prevote(driver_.others()[2], 0, std::nullopt));
    tell();

    const auto told = sent<HasVote>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().index, static_cast<int>(driver_.others()[2]));
}

TEST_F(GossipTest, says_which_block_it_wants_when_a_quorum_names_one) {
    driver_.start();
    tell();
    peer_arrives();
    const auto block = driver_.block(1);
    driver_.precommits(0, block.id);
    tell();

    const auto wanted = sent<NewValidBlock>();
    ASSERT_FALSE(wanted.empty());
    EXPECT_EQ(wanted.back().header, block.id.parts);
    EXPECT_TRUE(wanted.back().is_commit);
    EXPECT_TRUE(wanted.back().parts.none());
}

TEST_F(GossipTest, sends_parts_again_to_whom_says_that_it_has_none) {
    driver_.start();
    tell();
    peer_arrives();
    const auto block = driver_.block(1);
    driver_.propose(block, 0);
    tell();
    pass(GossipConfig{}.relay_after);
    ASSERT_EQ(sent<BlockPart>().size(), 1U);

    hear(NewValidBlock{Height(1), Round(0), block.id.parts, chain::BitArray(1), true});
    pass(1s);

    EXPECT_GE(sent<BlockPart>().size(), 2U);
}

TEST_F(GossipTest, work_for_a_peer_that_forgets_is_bounded) {
    driver_.start();
    tell();
    peer_arrives();
    const auto block = driver_.block(1);
    driver_.propose(block, 0);
    tell();
    pass(GossipConfig{}.relay_after);

    for (int i = 0; i < 10'000; ++i) {
        hear(NewValidBlock{Height(1), Round(0), block.id.parts, chain::BitArray(1), true});
    }

    EXPECT_LT(sent<BlockPart>().size(), 1'000U);
}

TEST_F(GossipTest, answers_what_it_has_for_a_majority_seldom) {
    driver_.start();
    tell();
    peer_arrives();
    driver_.prevotes(0, std::nullopt, 2);
    tell();

    for (int i = 0; i < 1'000; ++i) {
        hear(VoteSetMaj23{Height(1), Round(0), SignedMsgType::prevote, std::nullopt});
    }

    const auto answers = sent<VoteSetBits>();
    ASSERT_FALSE(answers.empty());
    EXPECT_LT(answers.size(), 100U);
    EXPECT_EQ(answers.front().votes.count(), 2U);
}

TEST_F(GossipTest, drops_a_message_on_a_wrong_channel) {
    driver_.start();
    tell();
    const Bytes bytes =
        encode_reactor_message(HasVote{Height(1), Round(0), SignedMsgType::prevote, 0});

    gossip_.receive(stock, channel::consensus_vote, bytes, now_);

    EXPECT_EQ(outbox_.dropped.size(), 1U);
}

TEST_F(GossipTest, drops_garbage) {
    driver_.start();
    tell();

    gossip_.receive(stock, channel::consensus_data, Bytes{0x1a, 0xff}, now_);

    EXPECT_EQ(outbox_.dropped.size(), 1U);
}

TEST_F(GossipTest, only_listens_while_there_is_no_engine) {
    driver_.start();
    tell();
    gossip_.stopped();
    outbox_.messages.clear();

    peer_arrives();
    hear(consensus::Message(driver_.prevote(driver_.others()[0], 0, std::nullopt)));

    EXPECT_TRUE(outbox_.messages.empty());
    EXPECT_TRUE(ear_.heard.empty());
    EXPECT_EQ(ear_.heights, std::vector{Height(1)});
}

/// What came meanwhile is lost, and who sent it believes that it is here.
TEST_F(GossipTest, says_again_which_block_it_wants_after_a_time_without_an_engine) {
    driver_.start();
    peer_arrives();
    driver_.precommits(0, driver_.block(1).id);
    tell();
    const auto before = sent<NewValidBlock>();
    ASSERT_EQ(before.size(), 1U);

    gossip_.stopped();
    tell();

    EXPECT_EQ(sent<NewValidBlock>().size(), 2U);
    EXPECT_EQ(sent<NewRoundStep>().size(), 2U);
}

TEST_F(GossipTest, answers_which_votes_it_has_with_a_bit_for_each_validator) {
    driver_.start();
    tell();
    peer_arrives();

    hear(VoteSetMaj23{Height(1), Round(0), SignedMsgType::precommit, driver_.block(1).id});

    const auto answers = sent<VoteSetBits>();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].votes.size(), driver_.now().validators().size());
    EXPECT_TRUE(answers[0].votes.none());
}

}  // namespace
}  // namespace steelyard::gossip
