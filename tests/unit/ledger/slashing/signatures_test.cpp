// Rule P1 of doc/spec/staking.md: who did not sign. Scenarios as in the Cosmos SDK's tests of
// slashing (x/slashing/keeper), with windows of our size.
#include "tests/unit/ledger/slashing/slashing_bench.h"

namespace steelyard::slashing {
namespace {

using SignaturesTest = SlashingTest;

TEST_F(SignaturesTest, are_watched_from_the_bonding_on) {
    EXPECT_EQ(info().start_height, Height(1));
    EXPECT_EQ(info().missed, 0);
    EXPECT_EQ(to_string(info().jailed_until), "1970-01-01T00:00:00Z");
    EXPECT_FALSE(info().tombstoned);
}

TEST_F(SignaturesTest, that_are_missed_are_counted_with_their_place) {
    sign(2);
    miss(1);
    sign(1);
    miss(2);

    EXPECT_EQ(info().missed, 3);
    EXPECT_EQ(info().index, 6);
    EXPECT_EQ(missed(), (std::vector<std::int64_t>{2, 4, 5}));
    EXPECT_EQ(missed(2), std::vector<std::int64_t>{});
    EXPECT_EQ(
        last_event(bench.events, "liveness"),
        "address=" + ledger::consensus_text(address_of(1)) + " missed_blocks=3 height=7"
    );
}

TEST_F(SignaturesTest, for_nil_count_as_signatures) {
    judge(BlockIdFlag::nil);

    EXPECT_EQ(info().missed, 0);
    EXPECT_TRUE(bench.events.empty());
}

TEST_F(SignaturesTest, leave_the_window_after_its_length) {
    miss(3);
    sign(7);
    EXPECT_EQ(info().missed, 3);

    sign(2);

    EXPECT_EQ(info().missed, 1);
    EXPECT_EQ(missed(), std::vector<std::int64_t>{2});
}

TEST_F(SignaturesTest, of_a_new_validator_are_forgiven_for_a_whole_window) {
    miss(10);
    EXPECT_EQ(bench.block.height, Height(11));
    EXPECT_EQ(info().missed, 10);
    EXPECT_FALSE(is_jailed(of_anna));
    EXPECT_EQ(burned(), 0U);

    miss(1);

    EXPECT_TRUE(is_jailed(of_anna));
    EXPECT_EQ(burned(), yard / 10);
}

TEST_F(SignaturesTest, may_be_missed_up_to_the_limit) {
    sign(20);

    miss(5);
    EXPECT_FALSE(is_jailed(of_anna));

    miss(1);
    EXPECT_TRUE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, that_must_be_there_are_rounded_up) {
    bench.params.slashing.min_signed_per_window = dec("0.550000000000000001");
    sign(20);

    miss(4);
    EXPECT_FALSE(is_jailed(of_anna)) << "10 less 6";

    miss(1);
    EXPECT_TRUE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, may_all_be_missed_where_none_is_asked_for) {
    bench.params.slashing.min_signed_per_window = Dec();

    miss(40);

    EXPECT_EQ(info().missed, 10);
    EXPECT_FALSE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, may_never_be_missed_where_all_are_asked_for) {
    bench.params.slashing.min_signed_per_window = Dec(1);
    sign(20);

    miss(1);

    EXPECT_TRUE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, that_are_missing_cost_stake_and_time) {
    sign(20);
    miss(6);

    EXPECT_EQ(bench.tokens(of_anna), 10 * yard - yard / 10) << "a hundredth";
    EXPECT_EQ(bench.tokens(of_bela), 10 * yard);
    EXPECT_EQ(burned(), yard / 10);
    EXPECT_EQ(info().jailed_until, *checked_add(bench.block.time, std::chrono::minutes(10)));
    EXPECT_EQ(info().missed, 0);
    EXPECT_EQ(info().index, 0);
    EXPECT_EQ(missed(), std::vector<std::int64_t>{});
    const std::string address = ledger::consensus_text(address_of(1));
    EXPECT_EQ(
        last_event(bench.events, "slash"),
        "address=" + address +
            " power=10 reason=missing_signature burned_coins=100000 jailed=" + address
    );
}

TEST_F(SignaturesTest, that_are_missing_cost_delegators_their_part) {
    ASSERT_TRUE(staking::delegate(bench.context, dora, anna.address, Amount(30 * yard + 7)));
    sign(20);
    const std::array absent = {
        chain::CommitParticipant{address_of(1), 40, BlockIdFlag::absent},
    };
    for (int i = 0; i < 6; ++i) {
        bench.next_block();
        ASSERT_TRUE(judge_signatures(bench.context, absent));
    }

    const Dec shares = staking::delegated_shares(bench.state, dora.number, of_anna).value();
    const Dec worth = staking::tokens_of(bench.get(of_anna), shares);
    EXPECT_EQ(burned(), 400'000U) << "a hundredth of a power of 40";
    EXPECT_EQ(*to_amount(worth, chain::Rounding::truncate), Amount(30 * yard + 7 - 300'001))
        << "30,000,007 / 40,000,007 of it, 300000.0175, in whole units";
}

TEST_F(SignaturesTest, of_who_is_in_jail_are_not_looked_at) {
    sign(20);
    miss(6);
    ASSERT_TRUE(is_jailed(of_anna));
    const SigningInfo before = info();

    miss(30);

    EXPECT_EQ(info(), before);
    EXPECT_EQ(burned(), yard / 10);
    EXPECT_TRUE(bench.events.empty());
}

TEST_F(SignaturesTest, are_judged_anew_when_a_validator_comes_back) {
    sign(20);
    miss(6);
    end_block();
    bench.next_block(std::chrono::minutes(10));
    ASSERT_TRUE(unjail(bench.context, anna.address));
    end_block();
    EXPECT_EQ(info().start_height, Height(28));

    miss(10);
    EXPECT_FALSE(is_jailed(of_anna)) << "not bonded for a whole window";
    miss(1);
    EXPECT_TRUE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, of_a_validator_that_dips_out_of_the_set_go_on_where_they_were) {
    miss(4);
    bench.params.staking.max_validators = 1;
    ASSERT_TRUE(staking::delegate(bench.context, dora, bela.address, Amount(yard)));
    end_block();
    for (int i = 0; i < 5; ++i) {
        bench.next_block();
    }
    bench.params.staking.max_validators = 2;
    end_block();

    EXPECT_EQ(info().start_height, bench.block.height);
    EXPECT_EQ(info().missed, 4);
    EXPECT_EQ(info().index, 4);
}

TEST_F(SignaturesTest, begin_a_new_window_when_its_length_changes) {
    sign(20);
    miss(5);
    bench.params.slashing.signed_blocks_window = 4;

    sign(1);
    EXPECT_EQ(info().missed, 0);
    EXPECT_EQ(missed(), std::vector<std::int64_t>{});
    miss(2);
    EXPECT_FALSE(is_jailed(of_anna));
    EXPECT_EQ(missed(), (std::vector<std::int64_t>{1, 2}));
    miss(1);
    EXPECT_TRUE(is_jailed(of_anna)) << "three of four";
}

TEST_F(SignaturesTest, begin_a_new_window_when_it_grows) {
    sign(20);
    miss(5);
    bench.params.slashing.signed_blocks_window = 3'000;

    miss(1);

    EXPECT_EQ(info().missed, 1);
    EXPECT_EQ(info().index, 1);
    EXPECT_EQ(info().window, 3'000);
    EXPECT_FALSE(is_jailed(of_anna));
}

TEST_F(SignaturesTest, of_a_long_window_lie_in_several_rows) {
    bench.params.slashing.signed_blocks_window = 3'000;
    sign(1'020);
    miss(10);

    EXPECT_EQ(info().missed, 10);
    EXPECT_EQ(missed().front(), 1'020);
    EXPECT_EQ(missed().back(), 1'029);
}

TEST_F(SignaturesTest, of_an_unknown_key_are_passed_over) {
    bench.next_block();
    const std::array participants = {
        chain::CommitParticipant{address_of(99), 10, BlockIdFlag::absent},
    };

    EXPECT_TRUE(judge_signatures(bench.context, participants));

    EXPECT_FALSE(signing_info(bench.state, address_of(99)).value());
}

TEST_F(SignaturesTest, of_who_became_unbonded_meanwhile_cost_nothing) {
    bench.params.staking.unbonding_time = std::chrono::seconds(1);
    bench.params.staking.max_validators = 1;
    sign(20);
    miss(5);
    ASSERT_TRUE(staking::delegate(bench.context, dora, bela.address, Amount(yard)));
    end_block();
    bench.next_block();
    end_block();
    ASSERT_EQ(bench.get(of_anna).status, staking::Status::unbonded);

    miss(1);

    EXPECT_EQ(burned(), 0U);
    EXPECT_EQ(info().missed, 6);
}

/// Rule P4: the stake of the block before the last, less 1, answers.
TEST_F(SignaturesTest, take_part_in_what_left_since_the_set_was_drawn) {
    ASSERT_TRUE(staking::delegate(bench.context, dora, anna.address, Amount(20 * yard)));
    sign(20);
    miss(3);  // block 24
    ASSERT_TRUE(staking::undelegate(bench.context, dora, anna.address, Amount(5 * yard)));
    miss(1);  // block 25
    ASSERT_TRUE(staking::undelegate(bench.context, dora, anna.address, Amount(5 * yard)));
    miss(2);  // block 27, which answers for stake since 25

    const auto entries = staking::get_unbonding(bench.state, dora.number, of_anna).value();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].balance, Amount(5 * yard));
    EXPECT_EQ(entries[1].balance, Amount(5 * yard - 5 * yard / 100));
}

}  // namespace
}  // namespace steelyard::slashing
