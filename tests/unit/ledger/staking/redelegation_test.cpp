// Rule D5 of doc/spec/staking.md: stake that moves from one validator to another.
#include "tests/unit/ledger/staking/invariants.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;

class RedelegationTest : public testing::Test {
protected:
    RedelegationTest() {
        bench.params.staking.max_validators = 2;
        bench.end_block();
        bench.next_block();
        delegate(bench.context, dora, anna.address, Amount(100)).value();
    }

    ~RedelegationTest() override { Invariants(bench).check(); }

    std::string move(const Party& from, const Party& to, std::uint64_t amount) {
        const auto mark = bench.state.mark();
        const auto moved =
            redelegate(bench.context, dora, from.address, to.address, Amount(amount));
        if (!moved) {
            bench.state.roll_back(mark);
        } else {
            end = moved->completion_time;
        }
        return code_of(moved);
    }

    Redelegation under_way(ValidatorNumber from, ValidatorNumber to) {
        return get_redelegation(bench.state, {dora.number, from, to}).value();
    }

    Dec shares(ValidatorNumber number) {
        return delegated_shares(bench.state, dora.number, number).value();
    }

    chain::Timestamp unbonding_end() {
        return *checked_add(bench.block.time, bench.params.staking.unbonding_time);
    }

    StakingBench bench;
    Party anna = bench.party(1);
    Party bela = bench.party(2);
    Party carl = bench.party(3);
    Party dora = bench.party(4);
    ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
    ValidatorNumber of_bela = bench.make_validator(2, 10 * yard);
    ValidatorNumber of_carl = bench.make_validator(3, 5 * yard);
    chain::Timestamp end{};
};

TEST_F(RedelegationTest, moves_shares_at_once) {
    EXPECT_EQ(move(anna, bela, 60), "");

    EXPECT_EQ(shares(of_anna), Dec(40));
    EXPECT_EQ(shares(of_bela), Dec(60));
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard + 60);
    EXPECT_EQ(
        under_way(of_anna, of_bela),
        Redelegation({{bench.block.height, unbonding_end(), Amount(60), Dec(60)}})
    );
    EXPECT_EQ(end, unbonding_end());
    EXPECT_EQ(
        last_event(bench.events, "redelegate"),
        "source_validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e "
        "destination_validator=" +
            ledger::operator_text(bela.address) +
            " amount=60uyard completion_time=2026-01-22T00:00:05Z"
    );
}

TEST_F(RedelegationTest, moves_tokens_between_the_pools) {
    const std::uint64_t bonded = bench.pool(bonded_pool_name);

    EXPECT_EQ(move(anna, carl, 60), "");

    EXPECT_EQ(bench.pool(bonded_pool_name), bonded - 60);
}

TEST_F(RedelegationTest, is_mature_when_it_cannot_be_slashed_any_more) {
    ASSERT_EQ(move(anna, bela, 60), "");
    EXPECT_EQ(move(bela, carl, 1), "staking/32") << "a second hop";
    EXPECT_EQ(move(anna, carl, 1), "") << "another way is free";

    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();

    EXPECT_TRUE(under_way(of_anna, of_bela).empty());
    EXPECT_EQ(move(bela, carl, 1), "");
    EXPECT_EQ(
        last_event(bench.events, "complete_redelegation"),
        "amount=1uyard delegator=" + ledger::account_text(dora.address) +
            " source_validator=" + ledger::operator_text(anna.address) +
            " destination_validator=" + ledger::operator_text(carl.address)
    );
}

TEST_F(RedelegationTest, has_so_many_entries_and_no_more) {
    bench.params.staking.max_entries = 2;
    EXPECT_EQ(move(anna, bela, 1), "");
    EXPECT_EQ(move(anna, bela, 1), "");

    EXPECT_EQ(move(anna, bela, 1), "staking/33");
    EXPECT_EQ(move(anna, carl, 1), "") << "each pair for itself";
}

TEST_F(RedelegationTest, needs_two_validators_and_a_delegation) {
    EXPECT_EQ(move(anna, anna, 1), "staking/29");
    EXPECT_EQ(move(anna, dora, 1), "staking/31");
    EXPECT_EQ(move(dora, anna, 1), "staking/3");
    EXPECT_EQ(move(bela, anna, 1), "staking/19");
    EXPECT_EQ(move(anna, bela, 101), "sdk/18");
}

TEST_F(RedelegationTest, waits_no_longer_than_the_source_does) {
    bench.params.staking.max_validators = 1;
    ASSERT_TRUE(delegate(bench.context, dora, bela.address, Amount(yard)));
    bench.end_block();
    const Validator source = bench.get(of_anna);
    ASSERT_EQ(source.status, Status::unbonding);
    bench.next_block();

    EXPECT_EQ(move(anna, bela, 60), "");

    ASSERT_EQ(under_way(of_anna, of_bela).size(), 1U);
    EXPECT_EQ(under_way(of_anna, of_bela)[0].creation_height, source.unbonding_height);
    EXPECT_EQ(under_way(of_anna, of_bela)[0].completion_time, source.unbonding_time);
}

TEST_F(RedelegationTest, leaves_no_trace_from_an_unbonded_validator) {
    ASSERT_TRUE(delegate(bench.context, dora, carl.address, Amount(100)));

    EXPECT_EQ(move(carl, anna, 60), "");

    EXPECT_EQ(end, bench.block.time);
    EXPECT_TRUE(under_way(of_carl, of_anna).empty());
    EXPECT_EQ(shares(of_anna), Dec(160));
    EXPECT_EQ(move(anna, bela, 1), "");
}

TEST_F(RedelegationTest, jails_an_operator_who_has_too_little_left) {
    ASSERT_TRUE(redelegate(bench.context, anna, anna.address, bela.address, Amount(10 * yard - 1)));
    EXPECT_FALSE(bench.get(of_anna).jailed);
    ASSERT_TRUE(redelegate(bench.context, anna, anna.address, bela.address, Amount(1)));
    EXPECT_TRUE(bench.get(of_anna).jailed);
}

TEST_F(RedelegationTest, survives_the_removal_of_either_end) {
    // The last delegation leaves a bonded validator, which unbonds and is removed while the
    // redelegation's entry, of an earlier parameter, still waits.
    bench.params.staking.unbonding_time *= 2;
    ASSERT_EQ(move(anna, bela, 100), "");
    bench.params.staking.unbonding_time /= 2;
    ASSERT_TRUE(undelegate(bench.context, anna, anna.address, Amount(10 * yard)));
    bench.end_block();
    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();
    ASSERT_FALSE(get_validator(bench.state, of_anna).value());
    ASSERT_EQ(under_way(of_anna, of_bela).size(), 1U);

    bench.next_block(bench.params.staking.unbonding_time);
    bench.end_block();

    EXPECT_TRUE(under_way(of_anna, of_bela).empty());
    EXPECT_NE(last_event(bench.events, "complete_redelegation"), "");
}

}  // namespace
}  // namespace steelyard::staking
