// What the light client proves, full nodes believe: its evidence against the rules of the pool.
#include "client_fixture.h"
#include "consensus/evidence/verify.h"

namespace steelyard::light {
namespace {

using chain::Height;
using test::FakeProvider;
using test::LightChain;
using test::seats;

/// A chain as a full node has it.
class ChainHistory final : public evidence::History {
public:
    explicit ChainHistory(const LightChain& chain) : chain_(chain) {}

    Result<chain::Header> header(Height height) const override {
        return chain_.at(height.value()).header();
    }
    Result<chain::ValidatorSet> validators(Height height) const override {
        return chain_.at(height.value()).validators();
    }
    Result<chain::Commit> commit(Height height) const override {
        return chain_.at(height.value()).commit();
    }
    Result<std::vector<chain::Evidence>> evidence(Height) const override {
        return std::vector<chain::Evidence>{};
    }

private:
    const LightChain& chain_;
};

class EvidenceTest : public ClientTest {
protected:
    /// What a node whose chain this is says of the evidence, at its tip.
    static std::string verdict(
        const LightChain& chain, const chain::LightClientAttackEvidence& evidence
    ) {
        const evidence::Context context{
            .chain_id = chain_id,
            .tip = {.height = Height(chain.tip()), .time = chain.at(chain.tip()).header().time},
        };
        return outcome(evidence::verify(evidence, context, ChainHistory(chain)));
    }

    /// What nodes of both sides say of the other one, a few blocks later.
    void expect_proven(LightChain honest, LightChain forked, std::int64_t height) {
        FakeProvider primary("primary", forked);
        FakeProvider witness("witness", honest);
        trust(honest);
        const auto client = this->client({&primary, &witness});
        ASSERT_FALSE(client->verify_at(Height(height), now_));
        ASSERT_EQ(witness.evidence().size(), 1);
        ASSERT_EQ(primary.evidence().size(), 1);

        honest.grow_to(honest.tip() + 2);
        forked.grow_to(forked.tip() + 2);
        EXPECT_EQ(verdict(honest, witness.evidence()[0]), "accepted");
        EXPECT_EQ(verdict(forked, primary.evidence()[0]), "accepted");
    }
};

TEST_F(EvidenceTest, of_a_lunatic_attack_is_believed) {
    const LightChain honest = changing_chain(10);
    auto liars = seats(100, {10, 10, 10});
    liars.push_back({5});
    liars.push_back({6});
    LightChain forged = honest.up_to(5);
    while (forged.tip() < 10) {
        forged.append({.validators = liars, .state = 1});
    }

    expect_proven(honest, forged, 10);
}

class EvidenceOfBothModes : public EvidenceTest, public testing::WithParamInterface<Mode> {};

TEST_P(EvidenceOfBothModes, of_an_equivocation_is_believed) {
    options_.mode = GetParam();
    const LightChain honest = steady_chain(10);
    LightChain forked = honest.up_to(5);
    while (forked.tip() < 10) {
        forked.append({.data = 1});
    }

    expect_proven(honest, forked, 10);
}

INSTANTIATE_TEST_SUITE_P(
    Mode, EvidenceOfBothModes, testing::Values(Mode::skipping, Mode::sequential)
);

TEST_F(EvidenceTest, of_an_amnesia_is_believed) {
    const LightChain honest = steady_chain(10);
    LightChain forked = honest.up_to(5);
    while (forked.tip() < 10) {
        forked.append({.round = chain::Round(1), .data = 1});
    }

    expect_proven(honest, forked, 10);
}

TEST_F(EvidenceTest, of_a_block_from_the_future_is_believed_when_the_chain_is_past_it) {
    const LightChain honest = changing_chain(10);
    auto liars = seats(100, {10, 10, 10});
    liars.push_back({9});
    liars.push_back({10});
    LightChain forged = honest;
    forged.append();
    forged.append({.validators = liars, .time = test::time_after(11 * 60), .state = 1});
    FakeProvider primary("primary", honest);
    primary.put(12, forged.at(12));
    LightChain longer = honest;
    longer.append({.time = test::time_after(12 * 60)});
    FakeProvider witness("witness", longer);
    trust(honest);
    const auto client = this->client({&primary, &witness});
    ASSERT_FALSE(client->verify_at(Height(12), now_));
    ASSERT_EQ(witness.evidence().size(), 1);

    for (; longer.tip() < 13; longer.append()) {
        EXPECT_THAT(
            verdict(longer, witness.evidence()[0]), testing::HasSubstr("has no commit in the chain")
        );
    }
    EXPECT_EQ(verdict(longer, witness.evidence()[0]), "accepted");
    longer.append();
    longer.append();
    EXPECT_EQ(verdict(longer, witness.evidence()[0]), "accepted");
}

}  // namespace
}  // namespace steelyard::light
