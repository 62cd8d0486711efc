// Evidence between peers: who is told what, and who is believed.
#include "consensus/gossip/evidence_gossip.h"

#include "tests/unit/consensus/evidence/pool_fixture.h"

namespace steelyard::gossip {
namespace {

using chain::Evidence;
using chain::Height;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

/// The pool is at height 10, and forgets after 5 blocks.
class EvidenceGossipTest : public evidence::PoolFixture, protected PeerLink {
protected:
    EvidenceGossipTest() : gossip(*this, *pool) {}

    bool send(PeerId to, ChannelId channel, Bytes message) override {
        EXPECT_EQ(channel, channel::evidence);
        if (has_room) {
            const auto list = chain::decode_evidence_list(message);
            EXPECT_TRUE(list);
            sent[to].insert(sent[to].end(), list->begin(), list->end());
        }
        return has_room;
    }
    void drop(PeerId peer, const Error& error) override { dropped[peer] = error.message(); }

    void join(PeerId peer, std::int64_t height) {
        gossip.add_peer(peer);
        gossip.peer_at(peer, Height(height));
    }

    void hear(PeerId from, const std::vector<Evidence>& list) {
        const auto heard = gossip.receive(from, chain::encode_evidence_list(list), 0s);
        EXPECT_TRUE(heard) << evidence::error_of(heard);
    }

    std::map<PeerId, std::vector<Evidence>> sent{};
    std::map<PeerId, std::string> dropped{};
    bool has_room = true;
    EvidenceGossip gossip;
};

TEST_F(EvidenceGossipTest, passes_on_what_is_new_and_not_back) {
    join(1, 11);
    join(2, 11);

    hear(1, {chain.double_vote(8)});
    hear(1, {chain.double_vote(8)});

    EXPECT_THAT(sent[1], IsEmpty());
    EXPECT_THAT(sent[2], SizeIs(1));
    EXPECT_THAT(pending(), SizeIs(1));
    EXPECT_TRUE(dropped.empty());
}

TEST_F(EvidenceGossipTest, tells_only_those_that_can_judge_it) {
    add(chain.double_vote(8));
    gossip.pool_changed();
    join(1, 8);
    join(2, 9);
    join(3, 13);
    join(4, 14);

    EXPECT_THAT(sent[1], IsEmpty()) << "not committed there";
    EXPECT_THAT(sent[2], SizeIs(1));
    EXPECT_THAT(sent[3], SizeIs(1));
    EXPECT_THAT(sent[4], IsEmpty()) << "too old there";
    gossip.peer_at(1, Height(9));
    EXPECT_THAT(sent[1], SizeIs(1));
    gossip.peer_at(1, Height(10));
    EXPECT_THAT(sent[1], SizeIs(1)) << "once";
}

TEST_F(EvidenceGossipTest, tells_what_waited_before_it_began) {
    add(chain.double_vote(8));
    sent.clear();
    EvidenceGossip anew(*this, *pool);
    anew.add_peer(1);
    anew.peer_at(1, Height(11));

    EXPECT_THAT(sent[1], SizeIs(1));
}

TEST_F(EvidenceGossipTest, tells_all_that_waits_about_one_validator) {
    join(1, 11);
    add(chain.double_vote(7));
    add(chain.double_vote(8));
    gossip.pool_changed();

    EXPECT_THAT(sent[1], SizeIs(2));
}

TEST_F(EvidenceGossipTest, follows_the_parameters_of_the_chain) {
    chain::EvidenceParams longer = evidence::short_memory;
    longer.max_age_num_blocks = 7;
    add(chain.double_vote(8));
    join(1, 15);
    gossip.pool_changed();
    EXPECT_THAT(sent[1], IsEmpty()) << "too old there";

    chain.grow();
    ASSERT_TRUE(pool->update(chain.tip(longer), {}));
    gossip.pool_changed();

    EXPECT_THAT(sent[1], SizeIs(1));
}

TEST_F(EvidenceGossipTest, tells_of_an_attack_those_that_have_a_commit_to_hold_against_it) {
    add(chain.attack(8, 6, "cccc", evidence::lie));
    gossip.pool_changed();
    join(1, 9);
    join(2, 10);

    EXPECT_THAT(sent[1], IsEmpty());
    EXPECT_THAT(sent[2], SizeIs(1));
}

TEST_F(EvidenceGossipTest, tells_no_more_of_what_is_committed) {
    add(chain.double_vote(8));
    gossip.pool_changed();
    commit({chain.double_vote(8)});
    gossip.pool_changed();

    join(1, 11);

    EXPECT_THAT(sent[1], IsEmpty());
}

TEST_F(EvidenceGossipTest, goes_on_when_the_queue_has_drained) {
    join(1, 11);
    has_room = false;
    add(chain.double_vote(8));
    add(chain.double_vote(7));
    gossip.pool_changed();
    has_room = true;

    gossip.drained(1);

    EXPECT_THAT(sent[1], SizeIs(2));
}

TEST_F(EvidenceGossipTest, false_evidence_ends_the_connection) {
    join(1, 11);
    auto evidence = chain.double_vote(8);
    evidence.vote_b.signature[0] ^= 1;

    hear(1, {evidence});

    EXPECT_TRUE(dropped.contains(1));
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_EQ(gossip.stats().refused, 1U);
}

TEST_F(EvidenceGossipTest, evidence_that_is_too_old_or_too_early_here_does_not) {
    join(1, 11);
    auto early = chain.double_vote(10);
    early.vote_a.height = early.vote_b.height = Height(14);

    hear(1, {early});
    commit_to(14);
    hear(1, {chain.double_vote(8)});

    EXPECT_TRUE(dropped.empty()) << dropped[1];
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidenceGossipTest, a_peer_may_have_64_pieces_judged_at_once) {
    join(1, 11);
    auto known = chain.double_vote(8);
    for (int i = 0; i < 10; ++i) {
        hear(1, std::vector<Evidence>(10, known));
    }

    EXPECT_EQ(gossip.stats().received, 64U);
    EXPECT_GT(gossip.stats().dropped, 0U);
    EXPECT_TRUE(gossip.receive(1, chain::encode_evidence_list(std::vector<Evidence>{known}), 1s));
    EXPECT_EQ(gossip.stats().received, 65U);
}

TEST_F(EvidenceGossipTest, what_does_not_decode_or_is_too_large_ends_the_connection) {
    join(1, 11);
    join(2, 11);

    EXPECT_TRUE(gossip.receive(1, Bytes{0x0a, 0xff}, 0s));
    EXPECT_TRUE(gossip.receive(2, Bytes(evidence_message_size_max + 1), 0s));

    EXPECT_THAT(dropped, SizeIs(2));
}

TEST_F(EvidenceGossipTest, a_failing_store_is_our_own_failure) {
    join(1, 11);
    chain.broken = true;

    const auto heard = gossip.receive(
        1, chain::encode_evidence_list(std::vector<Evidence>{chain.double_vote(8)}), 0s
    );

    EXPECT_FALSE(heard);
    EXPECT_TRUE(dropped.empty());
}

}  // namespace
}  // namespace steelyard::gossip
