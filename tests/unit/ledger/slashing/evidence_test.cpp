// Rule P2 of doc/spec/staking.md: who contradicted himself.
#include "tests/support/chain_builders.h"
#include "tests/unit/ledger/slashing/slashing_bench.h"

namespace steelyard::slashing {
namespace {

using chain::Evidence;
using chain::Timestamp;

class EvidenceTest : public SlashingTest {
protected:
    EvidenceTest() { sign(20); }

    /// Of height 15, a moment ago.
    chain::DuplicateVoteEvidence double_vote(std::uint8_t byte) {
        const chain::Vote vote{
            .type = chain::SignedMsgType::precommit,
            .height = Height(15),
            .validator_address = address_of(byte),
        };
        return {
            .vote_a = vote,
            .vote_b = vote,
            .total_voting_power = 20,
            .validator_power = 10,
            .timestamp = *checked_add(bench.block.time, -std::chrono::seconds(30)),
        };
    }

    void punish_for(const std::vector<Evidence>& evidence) {
        bench.events.clear();
        ASSERT_TRUE(punish(bench.context, evidence));
    }
};

TEST_F(EvidenceTest, of_a_double_vote_costs_stake_and_freedom_for_ever) {
    punish_for({double_vote(1)});

    EXPECT_EQ(bench.tokens(of_anna), 10 * yard - yard / 2);
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard);
    EXPECT_TRUE(is_jailed(of_anna));
    EXPECT_TRUE(info().tombstoned);
    EXPECT_EQ(to_string(info().jailed_until), "9999-12-31T23:59:59Z");
    const std::string address = ledger::consensus_text(address_of(1));
    EXPECT_EQ(
        last_event(bench.events, "slash"),
        "address=" + address + " power=10 reason=double_sign burned_coins=500000 jailed=" + address
    );
}

TEST_F(EvidenceTest, counts_once) {
    punish_for({double_vote(1), double_vote(1)});
    bench.next_block();
    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), yard / 2);
    EXPECT_TRUE(bench.events.empty());
}

TEST_F(EvidenceTest, takes_a_part_of_the_power_at_the_offence) {
    chain::DuplicateVoteEvidence evidence = double_vote(1);
    evidence.validator_power = 8;

    punish_for({evidence});

    EXPECT_EQ(burned(), 8 * yard / 20);
}

/// Rule P4: the set was drawn one block before the vote.
TEST_F(EvidenceTest, takes_a_part_of_what_left_since_the_set_was_drawn) {
    bench.block.height = Height(13);
    ASSERT_TRUE(staking::delegate(bench.context, dora, anna.address, Amount(20 * yard)));
    ASSERT_TRUE(staking::undelegate(bench.context, dora, anna.address, Amount(2 * yard)));
    bench.block.height = Height(14);
    ASSERT_TRUE(staking::undelegate(bench.context, dora, anna.address, Amount(2 * yard)));
    bench.block.height = Height(21);

    punish_for({double_vote(1)});

    const auto entries = staking::get_unbonding(bench.state, dora.number, of_anna).value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].balance, Amount(2 * yard));
    EXPECT_EQ(entries[1].balance, Amount(2 * yard - yard / 10));
    EXPECT_EQ(burned(), yard / 2) << "a twentieth of a power of 10, from there and from the rest";
}

TEST_F(EvidenceTest, of_an_unknown_key_does_nothing) {
    punish_for({double_vote(99)});

    EXPECT_EQ(burned(), 0U);
    EXPECT_TRUE(bench.events.empty());
    EXPECT_FALSE(signing_info(bench.state, address_of(99)).value());
}

TEST_F(EvidenceTest, against_the_unbonded_does_nothing) {
    bench.params.staking.unbonding_time = std::chrono::seconds(1);
    bench.params.staking.max_validators = 1;
    ASSERT_TRUE(staking::delegate(bench.context, dora, bela.address, Amount(yard)));
    end_block();
    bench.next_block();
    end_block();
    ASSERT_EQ(bench.get(of_anna).status, staking::Status::unbonded);

    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), 0U);
    EXPECT_FALSE(info().tombstoned);
    EXPECT_FALSE(is_jailed(of_anna));
}

TEST_F(EvidenceTest, against_the_unbonding_is_punished) {
    bench.params.staking.max_validators = 1;
    ASSERT_TRUE(staking::delegate(bench.context, dora, bela.address, Amount(yard)));
    end_block();
    ASSERT_EQ(bench.get(of_anna).status, staking::Status::unbonding);

    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), yard / 2);
    EXPECT_TRUE(info().tombstoned);
}

TEST_F(EvidenceTest, against_a_removed_validator_does_nothing) {
    bench.params.staking.unbonding_time = std::chrono::seconds(1);
    ASSERT_TRUE(staking::undelegate(bench.context, anna, anna.address, Amount(10 * yard)));
    end_block();
    bench.next_block();
    end_block();
    ASSERT_FALSE(staking::get_validator(bench.state, of_anna).value());

    punish_for({double_vote(1)});
    miss(1);

    EXPECT_EQ(burned(), 0U);
}

TEST_F(EvidenceTest, is_too_old_when_it_is_older_than_both_limits) {
    bench.params.evidence.max_age_num_blocks = 5;
    bench.params.evidence.max_age_duration = std::chrono::seconds(29);
    ASSERT_EQ(bench.block.height, Height(21));

    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), 0U);
    EXPECT_FALSE(info().tombstoned);
}

TEST_F(EvidenceTest, is_not_too_old_when_it_is_within_one_limit) {
    bench.params.evidence.max_age_num_blocks = 6;
    bench.params.evidence.max_age_duration = std::chrono::seconds(29);
    punish_for({double_vote(1)});
    EXPECT_TRUE(info(1).tombstoned);

    bench.params.evidence.max_age_num_blocks = 5;
    bench.params.evidence.max_age_duration = std::chrono::seconds(30);
    punish_for({double_vote(2)});
    EXPECT_TRUE(info(2).tombstoned);
}

TEST_F(EvidenceTest, is_too_old_where_its_age_cannot_be_counted) {
    bench.params.evidence.max_age_num_blocks = 5;
    chain::DuplicateVoteEvidence evidence = double_vote(1);
    evidence.timestamp = Timestamp();

    punish_for({evidence});

    EXPECT_EQ(burned(), 0U);
}

TEST_F(EvidenceTest, against_who_is_in_jail_is_punished_too) {
    miss(6);
    ASSERT_TRUE(is_jailed(of_anna));
    ASSERT_EQ(burned(), yard / 10);

    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), yard / 10 + yard / 2);
    EXPECT_TRUE(info().tombstoned);
    EXPECT_EQ(
        last_event(bench.events, "slash"),
        "address=" + ledger::consensus_text(address_of(1)) +
            " power=10 reason=double_sign burned_coins=500000"
    );
}

TEST_F(EvidenceTest, of_an_attack_on_light_clients_is_punished_for_all_who_took_part) {
    const test::SigningSet set = test::validators_with_power({10});
    const chain::ChainId chain_id = test::chain_id("attack-1");
    const auto conflicting =
        test::sign_light_block(set, test::header(chain_id, Height(18), set.validators, 1), "c");
    using staking::StakingBench;
    const chain::LightClientAttackEvidence attack{
        .conflicting_block = conflicting,
        .common_height = Height(15),
        .byzantine_validators =
            {chain::Validator(StakingBench::consensus_key(1), 10),
             chain::Validator(StakingBench::consensus_key(99), 3),
             chain::Validator(StakingBench::consensus_key(2), 6)},
        .total_voting_power = 20,
        .timestamp = *checked_add(bench.block.time, -std::chrono::seconds(30)),
    };

    punish_for({attack});

    EXPECT_EQ(bench.tokens(of_anna), 10 * yard - yard / 2);
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard - 6 * yard / 20);
    EXPECT_TRUE(info(1).tombstoned);
    EXPECT_TRUE(info(2).tombstoned);
}

TEST_F(EvidenceTest, of_what_costs_nothing_still_tombstones) {
    bench.params.slashing.slash_fraction_double_sign = Dec();

    punish_for({double_vote(1)});

    EXPECT_EQ(burned(), 0U);
    EXPECT_TRUE(info().tombstoned);
    EXPECT_TRUE(is_jailed(of_anna));
}

}  // namespace
}  // namespace steelyard::slashing
