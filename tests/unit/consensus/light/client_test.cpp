// The client with honest providers. Its cases are those of CometBFT 0.38 light/client_test.go.
#include "client_fixture.h"

namespace steelyard::light {
namespace {

using namespace std::chrono_literals;
using chain::Height;
using test::BlockPlan;
using test::FakeProvider;
using test::LightChain;
using test::seats;
using testing::HasSubstr;

class BothModes : public ClientTest, public testing::WithParamInterface<Mode> {
protected:
    BothModes() { options_.mode = GetParam(); }

    /// Verifies block 3 of a chain with these blocks 2 and 3, from block 1 of validators 0 to 3.
    std::string verdict(const BlockPlan& second, const BlockPlan& third) {
        LightChain chain(chain_id, seats(0, {20, 30, 40, 50}, test::KeyMix::mixed));
        chain.append();
        chain.append(second);
        chain.append(third);
        FakeProvider primary("primary", chain);
        FakeProvider witness("witness", chain);
        storage::MemoryStore kv;
        trust(chain);
        auto client = Client::open(options_, {&primary, &witness}, kv, now_);
        return verify_at(**client, 3);
    }
};

TEST_P(BothModes, verify_as_published) {
    const bool skips = GetParam() == Mode::skipping;
    const auto strangers = seats(10, {10, 10, 10, 10}, test::KeyMix::mixed);
    const auto mostly_new = seats(1, {30, 40, 50, 20, 20, 20}, test::KeyMix::mixed);

    EXPECT_EQ(verdict({}, {}), "accepted");
    EXPECT_EQ(verdict({.next = mostly_new}, {}), "accepted");
    EXPECT_EQ(verdict({.next = strangers}, {}), "accepted");
    EXPECT_THAT(verdict({}, {.absent = {0, 1, 2}}), HasSubstr("needs more than 93"));
    // Skipping never sees block 2, since three thirds of block 1's validators have signed block 3.
    EXPECT_THAT(
        verdict({.absent = {0, 1, 2}}, {}), HasSubstr(skips ? "accepted" : "needs more than 93")
    );
    EXPECT_THAT(
        verdict({.next = strangers, .absent = {0, 1, 2, 3}}, {}), HasSubstr("needs more than 93")
    );
    EXPECT_THAT(verdict({}, {.validators = strangers}), HasSubstr("invalid"));
}

TEST_P(BothModes, come_to_the_latest_block) {
    const LightChain chain = changing_chain(60);
    FakeProvider primary("primary", chain);
    FakeProvider witness("witness", chain);
    trust(chain, 5);
    now_ = chain.at(60).header().time;
    const auto client = this->client({&primary, &witness});

    const auto updated = client->update(now_);
    ASSERT_TRUE(updated) << outcome(updated);
    EXPECT_EQ(updated->value(), chain.at(60));
    EXPECT_EQ(*client->latest(), chain.at(60));
    EXPECT_EQ(client->update(now_)->has_value(), false);
}

INSTANTIATE_TEST_SUITE_P(
    Mode,
    BothModes,
    testing::Values(Mode::skipping, Mode::sequential),
    [](const auto& instance) {
        return instance.param == Mode::skipping ? "skipping" : "sequential";
    }
);

TEST_F(ClientTest, asks_nobody_for_a_block_that_it_has) {
    const LightChain chain = steady_chain(5);
    FakeProvider node("node", chain);
    trust(chain);
    const auto client = this->client({&node, &node});
    ASSERT_EQ(verify_at(*client, 4), "accepted");
    const std::size_t before = node.requests();

    EXPECT_EQ(verify_at(*client, 4), "accepted");
    EXPECT_EQ(verify_at(*client, 1), "accepted");
    EXPECT_EQ(node.requests(), before);
}

TEST_F(ClientTest, verifies_between_trusted_blocks) {
    const LightChain chain = changing_chain(10);
    FakeProvider node("node", chain);
    trust(chain);
    const auto client = this->client({&node, &node});

    ASSERT_EQ(verify_at(*client, 9), "accepted");
    ASSERT_FALSE(client->store().contains(Height(5)));
    EXPECT_EQ(verify_at(*client, 5), "accepted");
    EXPECT_TRUE(client->store().contains(Height(5)));
}

TEST_F(ClientTest, goes_backwards_below_the_first_block) {
    const LightChain chain = changing_chain(10);
    FakeProvider node("node", chain);
    trust(chain, 6);
    options_.verify.trusting_period = 4min;
    now_ = chain.at(6).header().time;
    const auto client = this->client({&node, &node});

    // What is older may have expired, even before the first block.
    now_ = test::time_after(8 * 60);
    EXPECT_EQ(verify_at(*client, 5), "accepted");
    EXPECT_EQ(verify_at(*client, 2), "accepted");
    now_ = test::time_after(9 * 60);
    EXPECT_EQ(verify_at(*client, 9), "accepted");
    EXPECT_EQ(verify_at(*client, 7), "accepted");
    // Block 7 has expired, but 9 names 8 by its hash.
    now_ = test::time_after(12 * 60);
    EXPECT_EQ(verify_at(*client, 8), "accepted");
    // Nothing follows from block 9 either, later.
    now_ = test::time_after(13 * 60);
    EXPECT_THAT(verify_at(*client, 10), HasSubstr("denied: trusted header 9"));
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("denied"));
    EXPECT_EQ(verify_at(*client, 1), "accepted");
}

TEST_F(ClientTest, refuses_other_blocks_backwards) {
    const LightChain chain = steady_chain(5);
    LightChain other = chain.up_to(1);
    other.append({.data = 1});
    FakeProvider liar("liar", chain);
    liar.put(2, other.at(2));
    FakeProvider confused("confused", chain);
    confused.put(2, chain.at(1));
    trust(chain, 3);
    const auto client = this->client({&liar, &confused});

    const std::string said = verify_at(*client, 1);

    EXPECT_THAT(said, HasSubstr("invalid: confused: block 1 instead of 2"));
    ASSERT_EQ(client->dropped().size(), 2);
    EXPECT_EQ(client->dropped()[0].name, "liar");
    EXPECT_THAT(client->dropped()[0].reason, HasSubstr("the trusted one after it names another"));
}

// The hashes prove the header and the set; the commit could still be anything.
TEST_F(ClientTest, verifies_the_commit_of_a_block_that_it_went_back_to) {
    const LightChain chain = steady_chain(3);
    LightChain unsigned_chain = chain.up_to(1);
    unsigned_chain.append({.absent = {0, 1}});
    ASSERT_EQ(unsigned_chain.hash_at(2), chain.hash_at(2));
    FakeProvider liar("liar", chain);
    liar.put(2, unsigned_chain.at(2));
    FakeProvider honest("honest", chain);
    trust(chain, 3);
    const auto client = this->client({&liar, &honest});

    EXPECT_EQ(verify_at(*client, 2), "accepted");
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_THAT(client->dropped()[0].reason, HasSubstr("needs more than 20"));
}

TEST_F(ClientTest, waits_for_headers_whose_time_has_not_come) {
    const LightChain chain = steady_chain(5);
    FakeProvider node("node", chain);
    trust(chain);
    now_ = test::time_after(4 * 60);
    const auto client = this->client({&node, &node});

    EXPECT_THAT(verify_at(*client, 5), HasSubstr("not_found: node: header 5 has the time"));
    EXPECT_TRUE(client->dropped().empty());
    now_ = test::time_after(5 * 60 - 9);
    EXPECT_EQ(verify_at(*client, 5), "accepted");
}

TEST_F(ClientTest, goes_so_far_at_once_and_no_farther) {
    LightChain chain(chain_id, seats(0, {10}, test::KeyMix::ed25519));
    chain.grow_to(1'003);
    FakeProvider node("node", chain);
    trust(chain);
    options_.mode = Mode::sequential;
    options_.verify.trusting_period = 24h;
    now_ = chain.at(1'003).header().time;
    const auto client = this->client({&node, &node});

    const std::size_t before = node.requests();
    EXPECT_THAT(verify_at(*client, 1'003), HasSubstr("too_large: node: more than 1000 blocks"));
    EXPECT_EQ(node.requests(), before + 2);  // for the block alone, as primary twice
    EXPECT_TRUE(client->dropped().empty());
    EXPECT_EQ(verify_at(*client, 1'002), "accepted");
    EXPECT_EQ(verify_at(*client, 1'003), "accepted");
}

TEST_F(ClientTest, goes_so_far_backwards_and_no_farther) {
    LightChain chain(chain_id, seats(0, {10}, test::KeyMix::ed25519));
    chain.grow_to(1'002);
    FakeProvider node("node", chain);
    trust(chain, 1'002);
    options_.verify.trusting_period = 24h;
    now_ = chain.at(1'002).header().time;
    const auto client = this->client({&node, &node});

    const std::size_t before = node.requests();
    EXPECT_THAT(verify_at(*client, 1), HasSubstr("too_large: node: more than 1000 blocks"));
    EXPECT_EQ(node.requests(), before);
    EXPECT_EQ(verify_at(*client, 2), "accepted");
    EXPECT_EQ(verify_at(*client, 1), "accepted");
}

TEST_F(ClientTest, takes_no_priorities_from_strangers) {
    const LightChain chain = steady_chain(3);
    FakeProvider primary("primary", chain);
    FakeProvider witness("witness", chain);
    for (std::int64_t height = 1; height <= 3; ++height) {
        const auto& block = chain.at(height);
        primary.put(
            height,
            *chain::LightBlock::make(block.signed_header(), block.validators().after_turns(7))
        );
    }
    trust(chain);
    const auto client = this->client({&primary, &witness});

    EXPECT_EQ(client->update(now_)->value(), chain.at(3));
    EXPECT_EQ(*client->verify_at(Height(1), now_), chain.at(1));
    EXPECT_EQ(*client->verify_at(Height(2), now_), chain.at(2));
}

TEST_F(ClientTest, keeps_as_many_blocks_as_it_may) {
    const LightChain chain = steady_chain(3);
    FakeProvider node("node", chain);
    trust(chain);
    options_.stored_blocks_max = 1;
    const auto client = this->client({&node, &node});

    ASSERT_EQ(verify_at(*client, 3), "accepted");

    EXPECT_EQ(client->store().first(), Height(3));
    EXPECT_EQ(verify_at(*client, 2), "accepted");  // and is not kept
    EXPECT_EQ(client->store().first(), Height(3));
}

TEST_F(ClientTest, refuses_options_that_make_no_sense) {
    const LightChain chain = steady_chain(1);
    FakeProvider node("node", chain);
    trust(chain);
    const ClientOptions good = options_;
    const auto with = [&](auto change) {
        options_ = good;
        change(options_);
        return outcome(open({&node, &node}));
    };

    EXPECT_THAT(
        with([](ClientOptions& o) { o.verify.trusting_period = -1h; }), HasSubstr("trusting period")
    );
    EXPECT_THAT(
        with([](ClientOptions& o) { o.verify.trust_level = {2, 1}; }), HasSubstr("trust level")
    );
    EXPECT_THAT(with([](ClientOptions& o) { o.anchor.height = Height(0); }), HasSubstr("height 0"));
    EXPECT_THAT(with([](ClientOptions& o) { o.max_block_lag = -1s; }), HasSubstr("block lag"));
    EXPECT_THAT(with([](ClientOptions& o) { o.stored_blocks_max = 0; }), HasSubstr("to keep"));
    options_ = good;
    EXPECT_THAT(outcome(open({&node})), HasSubstr("1 providers is not in 2..32"));
    EXPECT_THAT(outcome(open(std::vector<Provider*>(33, &node))), HasSubstr("33 providers"));
    EXPECT_EQ(verify_at(*client({&node, &node}), 1), "accepted");
    EXPECT_FALSE(client({&node, &node})->verify_at(Height(0), now_));
}

}  // namespace
}  // namespace steelyard::light
