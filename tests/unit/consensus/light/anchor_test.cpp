// How a client starts: from a hash that a person trusts, and from what it stored before.
#include "client_fixture.h"

namespace steelyard::light {
namespace {

using namespace std::chrono_literals;
using chain::Height;
using test::FakeProvider;
using test::LightChain;
using testing::HasSubstr;

class AnchorTest : public ClientTest {
protected:
    AnchorTest() : chain_(steady_chain(6)), other_(chain_.up_to(1)) {
        other_.append({.data = 1});
        other_.grow_to(6);
    }

    /// Leaves a store that began with block 2 and has block 4 too.
    void fill() {
        trust(chain_, 2);
        const auto client = this->client({&node_, &node_});
        ASSERT_EQ(verify_at(*client, 4), "accepted");
    }

    LightChain chain_;
    LightChain other_;  ///< differs from block 2 on
    FakeProvider node_{"node", chain_};
    FakeProvider dead_{"dead", chain_};
};

TEST_F(AnchorTest, refuses_a_block_with_another_hash) {
    trust(other_, 2);

    EXPECT_THAT(outcome(open({&node_, &node_})), HasSubstr("invalid: node: block 2 has the hash"));
    EXPECT_TRUE(TrustedStore::open(kv_, chain_id, 1)->empty());
}

TEST_F(AnchorTest, refuses_a_block_that_is_not_signed) {
    LightChain weak = chain_.up_to(1);
    weak.append({.absent = {0}});
    FakeProvider liar("liar", weak);
    trust(weak, 2);

    EXPECT_THAT(outcome(open({&liar, &liar})), HasSubstr("power 20, needs more than 20"));
}

TEST_F(AnchorTest, refuses_an_expired_block) {
    trust(chain_);
    now_ = *checked_add(chain_.at(1).header().time, 4h);

    EXPECT_THAT(outcome(open({&node_, &node_})), HasSubstr("denied: trusted header 1"));
    now_ = *checked_add(now_, -1ns);
    EXPECT_TRUE(open({&node_, &node_}));
}

TEST_F(AnchorTest, refuses_a_block_that_no_provider_has) {
    trust(chain_, 6);
    node_.forget(6);

    EXPECT_THAT(outcome(open({&node_, &node_})), HasSubstr("not_found: node: no such block"));
}

TEST_F(AnchorTest, refuses_to_start_where_a_witness_has_another_block) {
    FakeProvider witness("witness", other_);
    trust(chain_, 2);

    EXPECT_THAT(
        outcome(open({&node_, &witness})), HasSubstr("invalid: witness has another block 2")
    );
    EXPECT_TRUE(TrustedStore::open(kv_, chain_id, 1)->empty());
}

TEST_F(AnchorTest, starts_with_witnesses_that_cannot_say) {
    FakeProvider behind("behind", chain_.up_to(1));
    dead_.fail_with(Error(ErrorCode::io, "no route"));
    trust(chain_, 2);

    const auto client = this->client({&node_, &behind, &dead_});
    EXPECT_EQ(client->providers(), (std::vector<std::string>{"node", "behind", "dead"}));
}

TEST_F(AnchorTest, starts_without_witnesses_that_talk_nonsense) {
    FakeProvider broken("broken", chain_);
    broken.fail_with(Error(ErrorCode::invalid, "bad bytes"));
    trust(chain_, 2);

    EXPECT_EQ(client({&node_, &broken, &node_})->providers().size(), 2);
    trust(chain_, 3);
    EXPECT_THAT(outcome(open({&node_, &broken})), HasSubstr("denied: a primary and a witness"));
}

TEST_F(AnchorTest, goes_on_from_its_store) {
    fill();
    dead_.fail_with(Error(ErrorCode::io, "no route"));

    const auto client = this->client({&dead_, &dead_});
    EXPECT_EQ(*client->latest(), chain_.at(4));
    EXPECT_EQ(dead_.requests(), 0);
}

// A node that was started once with an anchor keeps it in its configuration for years.
TEST_F(AnchorTest, goes_on_also_when_its_anchor_has_expired_and_been_pruned) {
    options_.stored_blocks_max = 1;
    fill();
    now_ = *checked_add(chain_.at(2).header().time, 4h + 1min);

    const auto client = this->client({&node_, &node_});
    EXPECT_EQ(client->store().first(), Height(4));
    EXPECT_EQ(verify_at(*client, 6), "accepted");
}

TEST_F(AnchorTest, adopts_an_anchor_that_it_has) {
    fill();
    trust(chain_, 4);

    const auto client = this->client({&dead_, &dead_});
    EXPECT_EQ(dead_.requests(), 0);
    EXPECT_EQ(client->store().first(), Height(2));
    EXPECT_EQ(client->store().anchor(), options_.anchor);
}

TEST_F(AnchorTest, starts_anew_from_another_anchor) {
    for (const std::int64_t height : {1, 3, 6}) {
        fill();
        trust(chain_, height);

        const auto client = this->client({&node_, &node_});
        EXPECT_EQ(client->store().first(), Height(height));
        EXPECT_EQ(client->store().last(), Height(height));
    }
}

// The person is right: what was stored came from liars.
TEST_F(AnchorTest, forgets_blocks_that_contradict_its_anchor) {
    fill();
    FakeProvider node("node", other_);
    trust(other_, 2);

    const auto client = this->client({&node, &node});
    EXPECT_EQ(*client->latest(), other_.at(2));
    EXPECT_EQ(verify_at(*client, 4), "accepted");
}

TEST_F(AnchorTest, forgets_nothing_before_it_has_the_new_block) {
    fill();
    trust(other_, 2);

    EXPECT_FALSE(open({&node_, &node_}));
    EXPECT_EQ(TrustedStore::open(kv_, chain_id, 9)->last(), Height(4));
}

TEST_F(AnchorTest, refuses_a_damaged_store) {
    fill();
    const auto it = kv_.iterate();
    it->seek_to_last();
    Bytes record = to_bytes(it->value());
    record[100] ^= 1;
    storage::WriteBatch batch;
    batch.put(it->key(), record);
    ASSERT_TRUE(kv_.write(batch, storage::Durability::synced));

    EXPECT_THAT(outcome(open({&node_, &node_})), HasSubstr("corrupt: light client store, record"));
}

}  // namespace
}  // namespace steelyard::light
