// The client with providers that fail: who replaces the primary, who is dropped, who stays.
#include "client_fixture.h"

namespace steelyard::light {
namespace {

using namespace std::chrono_literals;
using chain::Height;
using test::FakeProvider;
using test::LightChain;
using testing::ElementsAre;
using testing::HasSubstr;

class ProvidersTest : public ClientTest {
protected:
    ProvidersTest() : chain_(changing_chain(12)) { trust(chain_); }

    /// The chain with a block 12 that its validators did not sign.
    LightChain weak() const {
        LightChain weak = chain_.up_to(11);
        weak.append({.absent = {11, 12, 13}, .data = 1});
        return weak;
    }

    LightChain chain_;
    FakeProvider a_{"a", chain_};
    FakeProvider b_{"b", chain_};
    FakeProvider c_{"c", chain_};
    const Error no_answer_{ErrorCode::io, "no route"};
};

TEST_F(ProvidersTest, a_primary_without_an_answer_becomes_the_last_witness) {
    const auto client = this->client({&a_, &b_, &c_});
    a_.fail_with(no_answer_);

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("b", "c", "a"));
    EXPECT_TRUE(client->dropped().empty());
}

TEST_F(ProvidersTest, a_primary_without_a_block_in_between_becomes_the_last_witness) {
    const auto client = this->client({&a_, &b_, &c_});
    for (std::int64_t height = 2; height < 12; ++height) {
        a_.forget(height);
    }

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("b", "c", "a"));
}

// It claims a height that is far away, by validators that change all the time.
TEST_F(ProvidersTest, a_primary_that_leads_a_way_without_end_becomes_the_last_witness) {
    const auto one = [](std::int64_t number) {
        return test::seats(static_cast<int>(number), {10}, test::KeyMix::ed25519);
    };
    LightChain maze(chain_id, one(0));
    while (maze.tip() < 1'100) {
        maze.append({.next = one(maze.tip()), .time = test::time_after(60 + maze.tip())});
    }
    const LightChain chain = maze.up_to(12);
    for (FakeProvider* honest : {&b_, &c_}) {
        honest->serve(chain);
    }
    a_.serve(maze);
    trust(chain);
    const auto client = this->client({&a_, &b_, &c_});

    const auto updated = client->update(now_);

    ASSERT_TRUE(updated) << outcome(updated);
    EXPECT_EQ(updated->value(), chain.at(12));
    EXPECT_THAT(client->providers(), ElementsAre("b", "c", "a"));
}

TEST_F(ProvidersTest, a_primary_with_a_bad_block_is_dropped) {
    const auto client = this->client({&a_, &b_, &c_});
    a_.put(12, weak().at(12));

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("b", "c"));
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_EQ(client->dropped()[0].name, "a");
    EXPECT_THAT(client->dropped()[0].reason, HasSubstr("needs more than 33"));
}

TEST_F(ProvidersTest, a_primary_with_a_bad_block_in_between_is_dropped) {
    const auto client = this->client({&a_, &b_, &c_});
    for (std::int64_t height = 2; height < 12; ++height) {
        LightChain bad = chain_.up_to(height - 1);
        const int first = static_cast<int>(height) - 1;
        bad.append({.absent = {first, first + 1}});
        a_.put(height, bad.at(height));
    }

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("b", "c"));
}

TEST_F(ProvidersTest, a_primary_that_gives_another_height_or_chain_is_dropped) {
    LightChain foreign(test::chain_id("foreign-1"), test::seats(0, {10}));
    foreign.grow_to(12);
    const auto client = this->client({&a_, &b_, &c_, &c_});
    a_.put(12, chain_.at(11));
    b_.put(12, foreign.at(12));

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(
        client->dropped(),
        ElementsAre(
            DroppedProvider{"a", "block 11 instead of 12"},
            DroppedProvider{"b", "block of chain foreign-1, not light-client-1"}
        )
    );
}

TEST_F(ProvidersTest, nobody_is_dropped_for_a_block_that_nobody_has) {
    const auto client = this->client({&a_, &b_});

    EXPECT_THAT(verify_at(*client, 13), HasSubstr("not_found: b: no such block"));
    EXPECT_THAT(client->providers(), ElementsAre("a", "b"));
    EXPECT_TRUE(client->dropped().empty());
}

TEST_F(ProvidersTest, without_a_witness_nothing_is_trusted) {
    const auto client = this->client({&a_, &b_});
    a_.put(12, weak().at(12));

    EXPECT_THAT(verify_at(*client, 12), HasSubstr("denied: a primary and a witness are needed"));
    EXPECT_FALSE(client->store().contains(Height(12)));
    EXPECT_THAT(verify_at(*client, 11), HasSubstr("denied"));
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("denied"));
    EXPECT_EQ(verify_at(*client, 1), "accepted");  // stored
}

TEST_F(ProvidersTest, without_any_provider_nothing_is_trusted) {
    const auto client = this->client({&a_, &b_});
    a_.put(12, weak().at(12));
    b_.put(12, weak().at(12));

    EXPECT_THAT(verify_at(*client, 12), HasSubstr("invalid: b: header 12"));
    EXPECT_THAT(verify_at(*client, 12), HasSubstr("denied: a primary and a witness are needed, 0"));
}

TEST_F(ProvidersTest, one_witness_that_confirms_is_enough) {
    const auto client = this->client({&a_, &b_, &b_, &c_});
    b_.fail_with(no_answer_);

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_EQ(client->providers().size(), 4);
}

TEST_F(ProvidersTest, without_confirmation_nothing_is_trusted) {
    const auto client = this->client({&a_, &b_});
    b_.fail_with(no_answer_);

    EXPECT_THAT(verify_at(*client, 12), HasSubstr("not_found: no witness has confirmed block 12"));
    EXPECT_FALSE(client->store().contains(Height(12)));
    b_.fail_with(std::nullopt);
    EXPECT_EQ(verify_at(*client, 12), "accepted");
}

TEST_F(ProvidersTest, a_witness_that_has_pruned_the_block_stays) {
    const auto client = this->client({&a_, &b_, &c_});
    b_.forget(8);

    EXPECT_EQ(verify_at(*client, 8), "accepted");
    EXPECT_EQ(client->providers().size(), 3);
}

TEST_F(ProvidersTest, a_witness_that_talks_nonsense_is_dropped) {
    const auto client = this->client({&a_, &b_, &c_});
    b_.fail_with(Error(ErrorCode::insufficient, "not even an error of the port"));

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("a", "c"));
    EXPECT_THAT(
        client->dropped(), ElementsAre(DroppedProvider{"b", "not even an error of the port"})
    );
}

TEST_F(ProvidersTest, a_witness_that_cannot_support_its_other_block_is_dropped) {
    const auto client = this->client({&a_, &b_, &c_});
    b_.put(12, weak().at(12));

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->providers(), ElementsAre("a", "c"));
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_THAT(
        client->dropped()[0].reason, HasSubstr("cannot support its other block: header 12")
    );
    EXPECT_TRUE(a_.evidence().empty());
    EXPECT_FALSE(client->attack());
}

TEST_F(ProvidersTest, a_witness_that_lags_is_awaited_and_then_dropped) {
    const auto client = this->client({&a_, &b_, &c_});
    b_.serve(chain_.up_to(10));

    EXPECT_THAT(verify_at(*client, 12), HasSubstr("not_found: b has not come to block 12 yet"));
    now_ = *checked_add(now_, 30s - 1ns);  // twice the drift of 10 s, and a lag of 10 s
    EXPECT_THAT(verify_at(*client, 12), HasSubstr("not_found"));
    EXPECT_EQ(client->providers().size(), 3);
    now_ = *checked_add(now_, 1ns);
    EXPECT_EQ(verify_at(*client, 12), "accepted");
    EXPECT_THAT(client->dropped(), ElementsAre(DroppedProvider{"b", "has not come to block 12"}));
}

TEST_F(ProvidersTest, a_witness_that_comes_after_each_time_stays) {
    const auto client = this->client({&a_, &b_, &c_});
    for (std::int64_t height = 6; height <= 12; height += 2) {
        now_ = *checked_add(now_, 1min);
        b_.serve(chain_.up_to(height - 1));
        EXPECT_THAT(verify_at(*client, height), HasSubstr("not_found: b has not come to block"));
        b_.serve(chain_.up_to(height));
        EXPECT_EQ(verify_at(*client, height), "accepted");
    }

    EXPECT_EQ(client->providers().size(), 3);
}

// Otherwise a client whose witness is always a block behind would never come anywhere.
TEST_F(ProvidersTest, an_update_tries_the_awaited_block_first) {
    const auto client = this->client({&a_, &b_});
    a_.serve(chain_.up_to(10));
    b_.serve(chain_.up_to(9));
    ASSERT_THAT(outcome(client->update(now_)), HasSubstr("b has not come to block 10 yet"));
    a_.serve(chain_.up_to(11));
    b_.serve(chain_.up_to(10));

    const auto updated = client->update(now_);

    ASSERT_TRUE(updated) << outcome(updated);
    EXPECT_EQ(updated->value(), chain_.at(10));
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("b has not come to block 11 yet"));
}

TEST_F(ProvidersTest, an_update_goes_up_also_when_a_lower_block_is_awaited) {
    const auto client = this->client({&a_, &b_});
    ASSERT_EQ(verify_at(*client, 10), "accepted");
    b_.serve(chain_.up_to(7));
    ASSERT_THAT(verify_at(*client, 8), HasSubstr("b has not come to block 8 yet"));
    b_.serve(chain_);

    EXPECT_EQ(client->update(now_)->value(), chain_.at(12));
}

TEST_F(ProvidersTest, an_update_does_not_insist_on_an_awaited_block) {
    const auto client = this->client({&a_, &b_});
    a_.serve(chain_.up_to(10));
    b_.serve(chain_.up_to(9));
    ASSERT_THAT(outcome(client->update(now_)), HasSubstr("b has not come to block 10 yet"));
    a_.serve(chain_);
    b_.serve(chain_);
    a_.forget(10);
    b_.forget(10);

    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("no such block"));
    EXPECT_EQ(client->update(now_)->value(), chain_.at(12));
}

}  // namespace
}  // namespace steelyard::light
