// Attacks on the client. The cases are those of CometBFT 0.38 light/detector_test.go.
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

class DetectorTest : public ClientTest {
protected:
    /// The numbers of the keys of these validators, which are below 300.
    static std::set<int> numbers(const std::vector<chain::Validator>& validators) {
        std::set<int> numbers;
        for (int number = 0; number < 300; ++number) {
            const auto key = test::private_key(number).public_key();
            for (const chain::Validator& validator : validators) {
                if (validator.public_key() == key) {
                    numbers.insert(number);
                }
            }
        }
        return numbers;
    }

    void expect_attack(Client& client, std::int64_t height) {
        const std::size_t stored = client.store().contains(Height(height));
        EXPECT_THAT(verify_at(client, height), HasSubstr("denied: attack on light clients"));
        EXPECT_TRUE(client.attack());
        EXPECT_EQ(client.store().contains(Height(height)), stored);
    }
};

// Members of an old set, who have left, sign with friends what the chain never was.
TEST_F(DetectorTest, proves_a_lunatic_attack) {
    const LightChain honest = changing_chain(10);
    auto liars = seats(100, {10, 10, 10});
    liars.push_back({5});
    liars.push_back({6});
    LightChain forged = honest.up_to(5);
    for (int height = 6; height <= 10; ++height) {
        forged.append({.validators = liars, .state = 1});
    }
    FakeProvider primary("primary", forged);
    FakeProvider witness("witness", honest);
    trust(honest);
    const auto client = this->client({&primary, &witness});

    expect_attack(*client, 10);

    // From 1 over 3, of which 5 and 6 have more than a third, right to 10.
    ASSERT_EQ(witness.evidence().size(), 1);
    const auto& against_primary = witness.evidence()[0];
    EXPECT_EQ(against_primary.conflicting_block, forged.at(10));
    EXPECT_EQ(against_primary.common_height, Height(3));
    EXPECT_EQ(against_primary.timestamp, honest.at(3).header().time);
    EXPECT_EQ(against_primary.total_voting_power, 50);
    EXPECT_EQ(numbers(against_primary.byzantine_validators), (std::set<int>{5, 6}));
    EXPECT_TRUE(chain::validate(against_primary));

    // The witness comes from 3 over 6, where the primary has another block.
    ASSERT_EQ(primary.evidence().size(), 1);
    const auto& against_witness = primary.evidence()[0];
    EXPECT_EQ(against_witness.conflicting_block, honest.at(6));
    EXPECT_EQ(against_witness.common_height, Height(3));
    EXPECT_EQ(numbers(against_witness.byzantine_validators), (std::set<int>{5, 6}));
}

/// Who signs two blocks of a height, and in which rounds; the height where the modes see it.
class Forks : public DetectorTest, public testing::WithParamInterface<Mode> {
protected:
    Forks() : honest_(chain_id, seats(0, std::vector<chain::VotingPower>(5, 10))) {
        honest_.grow_to(12);
        options_.mode = GetParam();
        trust(honest_);
    }

    /// Other blocks from 6 on, with the same state.
    LightChain fork(const BlockPlan& plan) const {
        LightChain fork = honest_.up_to(5);
        while (fork.tip() < 10) {
            fork.append(plan);
        }
        return fork;
    }

    std::int64_t fork_height() const { return GetParam() == Mode::sequential ? 6 : 10; }

    LightChain honest_;
};

TEST_P(Forks, are_proven_against_those_who_signed_both) {
    const LightChain forked = fork({.absent = {2}, .data = 1});
    FakeProvider primary("primary", forked);
    FakeProvider witness("witness", honest_);
    const auto client = this->client({&primary, &witness});

    expect_attack(*client, 10);

    ASSERT_EQ(witness.evidence().size(), 1);
    const auto& against_primary = witness.evidence()[0];
    EXPECT_EQ(against_primary.conflicting_block, forked.at(fork_height()));
    EXPECT_EQ(against_primary.common_height, Height(fork_height()));
    EXPECT_EQ(against_primary.timestamp, honest_.at(fork_height()).header().time);
    EXPECT_EQ(numbers(against_primary.byzantine_validators), (std::set<int>{0, 1, 3, 4}));
    ASSERT_EQ(primary.evidence().size(), 1);
    EXPECT_EQ(primary.evidence()[0].conflicting_block, honest_.at(fork_height()));
    EXPECT_EQ(primary.evidence()[0].common_height, Height(fork_height()));
    EXPECT_EQ(numbers(primary.evidence()[0].byzantine_validators), (std::set<int>{0, 1, 3, 4}));
}

// Blocks of two rounds: those who forgot their lock cannot be told from those who changed their
// mind for a good reason. It is an attack all the same.
TEST_P(Forks, of_two_rounds_are_proven_against_nobody) {
    const LightChain forked = fork({.round = chain::Round(1), .data = 1});
    FakeProvider primary("primary", forked);
    FakeProvider witness("witness", honest_);
    const auto client = this->client({&primary, &witness});

    expect_attack(*client, 10);

    ASSERT_EQ(witness.evidence().size(), 1);
    EXPECT_TRUE(witness.evidence()[0].byzantine_validators.empty());
    EXPECT_EQ(witness.evidence()[0].common_height, Height(fork_height()));
    ASSERT_EQ(primary.evidence().size(), 1);
    EXPECT_TRUE(primary.evidence()[0].byzantine_validators.empty());
}

TEST_P(Forks, are_seen_also_if_other_witnesses_are_accomplices) {
    FakeProvider primary("primary", fork({.data = 1}));
    FakeProvider accomplice("accomplice", fork({.data = 1}));
    FakeProvider witness("witness", honest_);
    const auto client = this->client({&primary, &accomplice, &witness});

    expect_attack(*client, 10);
    EXPECT_TRUE(accomplice.evidence().empty());
}

TEST_P(Forks, halt_the_client) {
    FakeProvider primary("primary", fork({.data = 1}));
    FakeProvider witness("witness", honest_);
    const auto client = this->client({&primary, &witness});
    expect_attack(*client, 10);
    primary.serve(honest_);

    EXPECT_THAT(verify_at(*client, 10), HasSubstr("denied: attack"));
    EXPECT_THAT(verify_at(*client, 2), HasSubstr("denied: attack"));
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("denied: attack"));
    EXPECT_EQ(verify_at(*client, 1), "accepted");  // stored
    EXPECT_EQ(witness.evidence().size(), 1);
}

// A full node judges no block before it has the one after it.
TEST_P(Forks, are_reported_until_the_providers_take_the_proof) {
    FakeProvider primary("primary", fork({.data = 1}));
    FakeProvider witness("witness", honest_);
    witness.refuse_evidence(true);
    const auto client = this->client({&primary, &witness});
    expect_attack(*client, 10);
    ASSERT_TRUE(witness.evidence().empty());
    witness.refuse_evidence(false);

    EXPECT_FALSE(client->update(now_));
    EXPECT_FALSE(client->update(now_));

    ASSERT_EQ(witness.evidence().size(), 1);
    EXPECT_EQ(witness.evidence()[0], client->attack()->against_primary);
    EXPECT_EQ(primary.evidence().size(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Mode,
    Forks,
    testing::Values(Mode::skipping, Mode::sequential),
    [](const auto& instance) {
        return instance.param == Mode::skipping ? "skipping" : "sequential";
    }
);

/// The primary forges block 12 with two of the five of block 10, dated a minute after that, while
/// the chain is at 10. Its accomplice confirms.
class ForwardLunatic : public DetectorTest {
protected:
    ForwardLunatic() : honest_(changing_chain(10)), forged_(honest_) {
        auto liars = seats(100, {10, 10, 10});
        liars.push_back({9});
        liars.push_back({10});
        const BlockPlan lie{.validators = liars, .time = test::time_after(11 * 60), .state = 1};
        forged_.append();
        forged_.append(lie);
        for (FakeProvider* liar : {&primary_, &accomplice_}) {
            liar->serve(honest_);
            liar->put(12, forged_.at(12));
        }
        trust(honest_);
        now_ = test::time_after(12 * 60);
    }

    LightChain honest_;
    LightChain forged_;
    FakeProvider primary_{"primary", honest_};
    FakeProvider accomplice_{"accomplice", honest_};
    FakeProvider witness_{"witness", honest_};
};

TEST_F(ForwardLunatic, is_proven_by_a_later_time_at_a_lower_height) {
    const auto client = this->client({&primary_, &witness_, &accomplice_});

    // The witness may be slow, or the primary may be lying.
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("witness has not come to block 12 yet"));
    EXPECT_FALSE(client->store().contains(Height(12)));

    // 20 s later it has a block that is later than the forged one.
    LightChain longer = honest_;
    longer.append({.time = test::time_after(12 * 60)});
    witness_.serve(longer);
    now_ = *checked_add(now_, 20s);
    EXPECT_THAT(outcome(client->update(now_)), HasSubstr("denied: attack on light clients"));

    ASSERT_EQ(witness_.evidence().size(), 1);
    const auto& evidence = witness_.evidence()[0];
    EXPECT_EQ(evidence.conflicting_block, forged_.at(12));
    EXPECT_EQ(numbers(evidence.byzantine_validators), (std::set<int>{9, 10}));
    EXPECT_LE(evidence.common_height, Height(10));
    EXPECT_TRUE(chain::validate(evidence));
    // No block of the witness is beyond the forged one: nothing to hold against it.
    EXPECT_TRUE(primary_.evidence().empty());
}

TEST_F(ForwardLunatic, is_proven_at_once_if_the_time_is_in_the_past) {
    LightChain longer = honest_;
    longer.append({.time = test::time_after(11 * 60)});
    witness_.serve(longer);
    const auto client = this->client({&primary_, &witness_, &accomplice_});

    expect_attack(*client, 12);
    EXPECT_EQ(witness_.evidence().size(), 1);
}

// The unfortunate case: the honest witness stands still for too long.
TEST_F(ForwardLunatic, succeeds_if_no_honest_witness_moves) {
    const auto client = this->client({&primary_, &witness_, &accomplice_});

    EXPECT_THAT(verify_at(*client, 12), HasSubstr("has not come to block 12 yet"));
    now_ = *checked_add(now_, 30s);
    EXPECT_EQ(verify_at(*client, 12), "accepted");
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_EQ(client->dropped()[0].name, "witness");
}

// Its claim cannot even be compared with what is trusted.
TEST_F(ForwardLunatic, is_not_proven_by_a_block_below_the_trusted_one) {
    LightChain late = honest_.up_to(8);
    late.append({.time = test::time_after(12 * 60)});
    trust(honest_, 10);
    forged_ = honest_;
    forged_.grow_to(12);
    primary_.serve(forged_);
    accomplice_.serve(forged_);
    now_ = test::time_after(13 * 60);
    const auto client = this->client({&primary_, &witness_, &accomplice_});
    witness_.serve(late);

    EXPECT_EQ(verify_at(*client, 12), "accepted");
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_THAT(client->dropped()[0].reason, HasSubstr("block 9 is below 10"));
}

// A chain of its own, with all the signatures that it likes, that has nothing of what is trusted.
TEST_F(DetectorTest, drops_a_witness_whose_chain_is_another_from_the_start) {
    const LightChain honest = steady_chain(6);
    LightChain foreign(chain_id, seats(100, {10, 10, 10}));
    foreign.grow_to(6);
    FakeProvider primary("primary", honest);
    FakeProvider witness("witness", honest);
    FakeProvider imposter("imposter", honest);
    trust(honest);
    const auto client = this->client({&primary, &imposter, &witness});
    imposter.serve(foreign);

    EXPECT_EQ(verify_at(*client, 6), "accepted");
    EXPECT_FALSE(client->attack());
    ASSERT_EQ(client->dropped().size(), 1);
    EXPECT_EQ(client->dropped()[0].name, "imposter");
    EXPECT_THAT(client->dropped()[0].reason, HasSubstr("another block 1 than the trusted one"));
}

// ask_witness never asks for it: a lower block contradicts only if it is not earlier.
TEST_F(DetectorTest, finds_no_conflict_in_a_witness_that_is_behind) {
    const LightChain honest = steady_chain(6);
    FakeProvider primary("primary", honest);
    FakeProvider witness("witness", honest.up_to(5));
    const PathVerifier fresh(options_.verify, now_);

    EXPECT_EQ(ask_witness(witness, honest.at(6)).kind, Testimony::Kind::behind);
    EXPECT_THAT(
        outcome(
            examine_conflict(fresh, {honest.at(1), honest.at(6)}, honest.at(5), primary, witness)
        ),
        HasSubstr("block 5 is not later than block 6")
    );
    EXPECT_THAT(
        outcome(
            examine_conflict(fresh, {honest.at(1), honest.at(6)}, honest.at(6), primary, witness)
        ),
        HasSubstr("no divergence up to block 6")
    );
}

// The primary shows its fork and then nothing more: the witness still gets its proof.
TEST_F(DetectorTest, proves_an_attack_also_if_the_primary_falls_silent) {
    LightChain honest(chain_id, seats(0, {10, 10, 10}));
    honest.grow_to(5);
    LightChain forked = honest;
    honest.append();
    forked.append({.data = 1});
    FakeProvider primary("primary", forked);
    FakeProvider witness("witness", honest);
    trust(honest);
    const auto client = this->client({&primary, &witness});
    primary.forget(1);

    expect_attack(*client, 6);
    EXPECT_EQ(witness.evidence().size(), 1);
    EXPECT_TRUE(primary.evidence().empty());
    EXPECT_FALSE(client->attack()->against_witness);
}

}  // namespace
}  // namespace steelyard::light
