// Shares and tokens, and how records are kept.
#include "ledger/staking/kinds.h"
#include "ledger/staking/records.h"
#include "tests/unit/ledger/staking/staking_bench.h"

#include <gtest/gtest.h>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;
using chain::Height;
using chain::Rounding;

Validator with(std::uint64_t tokens, std::string_view shares) {
    return {.tokens = Amount(tokens), .shares = dec(shares)};
}

// The numbers of TestShareTokens in cosmos-sdk x/staking/types/validator_test.go.
TEST(Shares, are_worth_their_part_of_the_tokens) {
    EXPECT_EQ(tokens_of(with(100, "100"), Dec(50)), Dec(50));
    EXPECT_EQ(tokens_of(with(50, "100"), Dec(50)), Dec(25));
    EXPECT_EQ(tokens_of(with(50, "100"), Dec(10)), Dec(5));
}

// The "specific case from random tests" of TestRemoveDelShares, same file: 29 of 115 shares of 5102
// tokens free 1286.
TEST(Shares, free_whole_tokens) {
    const Dec worth = tokens_of(with(5102, "115"), Dec(29));

    EXPECT_EQ(to_string(worth), "1286.591304347826086957");
    EXPECT_EQ(to_amount(worth, Rounding::truncate), Amount(1286));
}

// The validator of TestPossibleOverflow, same file: a part of a share for each token.
TEST(Shares, may_be_few_for_many_tokens) {
    const Dec shares = divide(Dec(391432570689183511), Dec(40113011844664)).value();
    Validator validator{.tokens = Amount(2159), .shares = shares};

    const Dec added = shares_of(validator, Amount(71)).value();

    EXPECT_GT(added, Dec());
    EXPECT_LE(tokens_of(validator, added, Rounding::truncate), Dec(71));
    EXPECT_EQ(to_amount(tokens_of(validator, added), Rounding::half_even), Amount(71));
}

TEST(Shares, are_the_tokens_where_there_are_none) {
    EXPECT_EQ(shares_of(Validator(), Amount(7)).value(), Dec(7));
    EXPECT_EQ(tokens_of(Validator(), Dec()), Dec());
}

TEST(Shares, are_cut_and_their_worth_is_rounded) {
    const Validator validator = with(3, "1");

    EXPECT_EQ(to_string(shares_of(validator, Amount(1)).value()), "0.333333333333333333");
    EXPECT_EQ(to_string(shares_of(validator, Amount(2)).value()), "0.666666666666666666");
    const Validator third = with(1, "3");
    EXPECT_EQ(to_string(tokens_of(third, Dec(2))), "0.666666666666666667");
    EXPECT_EQ(to_string(tokens_of(third, Dec(2), Rounding::truncate)), "0.666666666666666666");
}

TEST(Shares, cannot_be_had_where_they_are_worth_nothing) {
    EXPECT_EQ(code_of(shares_of(with(0, "5"), Amount(1))), "staking/22");
}

TEST(Shares, have_a_bound) {
    const Amount most = Amount::from(Amount::value_max).value();

    EXPECT_EQ(code_of(shares_of(Validator(), most)), "sdk/18");
    EXPECT_EQ(code_of(shares_of(with(1, "1000"), most)), "sdk/18");
}

// As large as the range allows, the product of shares and tokens is far out of it.
TEST(Shares, are_exact_at_the_ends_of_the_range) {
    const Validator validator = with(170'000'000'000'000'000, "170000000000000000000");

    EXPECT_EQ(tokens_of(validator, validator.shares), Dec(170'000'000'000'000'000));
    EXPECT_EQ(shares_of(validator, validator.tokens).value(), validator.shares);
}

TEST(Power, is_in_units_of_a_million) {
    EXPECT_EQ(power_of(Amount(999'999)), 0);
    EXPECT_EQ(power_of(Amount(1'000'000)), 1);
    EXPECT_EQ(power_of(Amount(1'999'999)), 1);
}

Validator sample() {
    return {
        .operator_address = {1, 2, 3},
        .operator_account = AccountNumber{7},
        .consensus_key = StakingBench::consensus_key(1),
        .jailed = true,
        .status = Status::unbonding,
        .tokens = Amount(5),
        .shares = dec("5.5"),
        .description = {"moniker", "identity", "website", "security", "details"},
        .unbonding_height = Height(9),
        .unbonding_time = chain::Timestamp::parse("2026-01-02T03:04:05.6Z").value(),
        .commission = {dec("0.1"), dec("0.2"), dec("0.03")},
        .commission_update_time = chain::Timestamp::parse("2025-01-02T03:04:05Z").value(),
        .min_self_delegation = Amount(4)
    };
}

TEST(Records, keep_a_validator) {
    EXPECT_EQ(decode_validator(encode_validator(sample())).value(), sample());

    Validator bare{.consensus_key = StakingBench::consensus_key(1)};
    EXPECT_EQ(decode_validator(encode_validator(bare)).value(), bare);
}

TEST(Records, refuse_a_validator_cut_short) {
    const Bytes bytes = encode_validator(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto read = decode_validator(ByteView(bytes).first(size));
        EXPECT_TRUE(!read || *read != sample()) << size;
    }
    EXPECT_FALSE(decode_validator({}));
}

TEST(Records, keep_entries_in_their_order) {
    const auto time = sample().unbonding_time;
    const Unbonding unbonding = {
        {Height(3), time, Amount(10), Amount(9)}, {Height(2), {}, Amount(1), Amount()}
    };
    const Redelegation redelegation = {
        {Height(3), time, Amount(10), dec("9.5")}, {Height(2), {}, Amount(1), Dec()}
    };

    EXPECT_EQ(decode_unbonding(encode_unbonding(unbonding)).value(), unbonding);
    EXPECT_EQ(decode_redelegation(encode_redelegation(redelegation)).value(), redelegation);
    EXPECT_TRUE(encode_unbonding({}).empty());
}

}  // namespace
}  // namespace steelyard::staking
