// Rules D1 and D2 of doc/spec/staking.md: how validators are made and changed.
#include "ledger/staking/kinds.h"
#include "tests/unit/ledger/staking/invariants.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;

class ValidatorTest : public testing::Test {
protected:
    /// The code of the refusal; the state must be untouched by it.
    std::string refused(const NewValidator& validator) {
        const auto mark = bench.state.mark();
        const std::string code = code_of(create_validator(bench.context, anna, validator));
        EXPECT_EQ(bench.state.mark(), mark) << "something was written";
        return code;
    }

    std::string edit(const ValidatorEdit& change) {
        const auto mark = bench.state.mark();
        const auto edited = edit_validator(bench.context, anna.address, change);
        EXPECT_TRUE(edited || bench.state.mark() == mark) << "something was written";
        return code_of(edited);
    }

    ValidatorEdit rate(std::string_view text) {
        return {.description = same, .commission_rate = dec(text)};
    }

    ValidatorEdit minimum(std::uint64_t amount) {
        return {.description = same, .min_self_delegation = Amount(amount)};
    }

    void make(std::uint64_t tokens = 10 * yard) {
        number = bench.make_validator(1, tokens);
        bench.next_block(std::chrono::hours(24));
    }

    StakingBench bench;
    Party anna = bench.party(1);
    Party bela = bench.party(2);
    NewValidator good = StakingBench::new_validator(1, 10 * yard);
    ValidatorNumber number{};
    Description same{
        "[do-not-modify]",
        "[do-not-modify]",
        "[do-not-modify]",
        "[do-not-modify]",
        "[do-not-modify]"
    };
};

TEST_F(ValidatorTest, is_made_with_a_delegation_of_its_operator) {
    good.description.details = "weighs";

    const auto made = create_validator(bench.context, anna, good);

    ASSERT_TRUE(made);
    const Validator validator = bench.get(*made);
    EXPECT_EQ(validator.operator_address, anna.address);
    EXPECT_EQ(validator.operator_account, anna.number);
    EXPECT_EQ(validator.consensus_key, good.consensus_key);
    EXPECT_EQ(validator.status, Status::unbonded);
    EXPECT_FALSE(validator.jailed);
    EXPECT_EQ(validator.tokens, Amount(10 * yard));
    EXPECT_EQ(validator.shares, Dec(10 * yard));
    EXPECT_EQ(validator.description, good.description);
    EXPECT_EQ(validator.commission, good.commission);
    EXPECT_EQ(validator.commission_update_time, bench.block.time);
    EXPECT_EQ(bench.pool(not_bonded_pool_name), 10 * yard);
    EXPECT_EQ(delegated_shares(bench.state, anna.number, *made).value(), Dec(10 * yard));
    Invariants(bench).check();
}

TEST_F(ValidatorTest, is_told_to_clients_when_it_is_made) {
    ASSERT_TRUE(create_validator(bench.context, anna, good));

    EXPECT_EQ(
        last_event(bench.events, "create_validator"),
        "validator=yardvaloper1qyqszqgpqyqszqgpqyqszqgpqyqszqgpzk6u2e amount=10000000uyard"
    );
}

TEST_F(ValidatorTest, is_found_by_its_names) {
    make();

    EXPECT_EQ(find_by_operator(bench.state, anna.address).value()->number, number);
    EXPECT_EQ(find_by_consensus_address(bench.state, good.consensus_key.address()).value(), number);
    EXPECT_FALSE(find_by_operator(bench.state, bela.address).value());
    EXPECT_FALSE(find_by_consensus_address(bench.state, bela.address).value());
}

TEST_F(ValidatorTest, has_an_operator_and_a_key_of_its_own) {
    make();
    bench.make_validator(2, yard);

    EXPECT_EQ(refused(StakingBench::new_validator(3, yard)), "staking/4");
    const auto mark = bench.state.mark();
    EXPECT_EQ(code_of(create_validator(bench.context, bench.party(3), good)), "staking/5");
    bench.state.roll_back(mark);
    Invariants(bench).check();
}

TEST_F(ValidatorTest, has_a_key_of_a_kind_that_consensus_takes) {
    const std::array types = {crypto::KeyType::secp256k1};
    ASSERT_TRUE(set_key_types(bench.state, types));

    EXPECT_EQ(refused(good), "staking/6");
    EXPECT_EQ(key_types(bench.state).value(), std::vector(1, crypto::KeyType::secp256k1));
}

TEST_F(ValidatorTest, may_have_any_key_where_nothing_was_said) {
    EXPECT_EQ(key_types(bench.state)->size(), 2U);
}

TEST_F(ValidatorTest, has_texts_within_their_bounds) {
    const auto sizes = [&](std::size_t moniker,
                           std::size_t identity,
                           std::size_t website,
                           std::size_t contact,
                           std::size_t details) {
        good.description = {
            std::string(moniker, 'm'),
            std::string(identity, 'i'),
            std::string(website, 'w'),
            std::string(contact, 'c'),
            std::string(details, 'd')
        };
        return code_of(check(good.description));
    };

    EXPECT_EQ(sizes(70, 3000, 140, 140, 280), "");
    EXPECT_EQ(sizes(1, 0, 0, 0, 0), "");
    EXPECT_EQ(sizes(0, 1, 1, 1, 1), "sdk/18");
    EXPECT_EQ(sizes(71, 0, 0, 0, 0), "sdk/18");
    EXPECT_EQ(sizes(1, 3001, 0, 0, 0), "sdk/18");
    EXPECT_EQ(sizes(1, 0, 141, 0, 0), "sdk/18");
    EXPECT_EQ(sizes(1, 0, 0, 141, 0), "sdk/18");
    EXPECT_EQ(sizes(1, 0, 0, 0, 281), "sdk/18");
    EXPECT_EQ(refused(good), "sdk/18") << "also when it is made";
    EXPECT_EQ(code_of(check(Description{.moniker = "\xed\xa0\x80"})), "sdk/18") << "no UTF-8";
}

TEST_F(ValidatorTest, has_rates_that_agree) {
    const auto rates = [&](std::string_view rate, std::string_view max, std::string_view change) {
        good.commission = {dec(rate), dec(max), dec(change)};
        return refused(good);
    };

    EXPECT_EQ(rates("0.1", "-0.1", "0"), "staking/9");
    EXPECT_EQ(rates("0.1", "1.000000000000000001", "0"), "staking/10");
    EXPECT_EQ(rates("-0.1", "0.1", "0"), "staking/9");
    EXPECT_EQ(rates("0.2", "0.1", "0"), "staking/11");
    EXPECT_EQ(rates("0.1", "0.1", "-0.1"), "staking/13");
    EXPECT_EQ(rates("0.1", "0.1", "0.2"), "staking/14");
    good.commission = {Dec(1), Dec(1), Dec(1)};
    EXPECT_EQ(code_of(check(good.commission)), "");
    EXPECT_EQ(code_of(check(CommissionRates{})), "");
}

TEST_F(ValidatorTest, takes_at_least_the_least_commission) {
    bench.params.staking.min_commission_rate = dec("0.11");

    EXPECT_EQ(refused(good), "staking/40");
}

TEST_F(ValidatorTest, delegates_at_least_what_it_promises) {
    good.min_self_delegation = Amount(10 * yard + 1);
    EXPECT_EQ(refused(good), "staking/16");
    good.min_self_delegation = Amount();
    EXPECT_EQ(refused(good), "sdk/18");
}

TEST_F(ValidatorTest, is_not_made_without_the_money) {
    const Party poor = bank::party_at(bench.state, chain::Address{9, 9}).value();

    EXPECT_EQ(code_of(create_validator(bench.context, poor, good)), "sdk/5");
}

TEST_F(ValidatorTest, keeps_the_texts_that_are_not_to_be_modified) {
    make();
    Description change = same;
    change.website = "https://example.org";

    EXPECT_EQ(edit({.description = change}), "");

    Description expected = good.description;
    expected.website = "https://example.org";
    EXPECT_EQ(bench.get(number).description, expected);
    EXPECT_EQ(
        last_event(bench.events, "edit_validator"),
        "commission_rate=0.100000000000000000 min_self_delegation=1"
    );
}

TEST_F(ValidatorTest, is_not_edited_beyond_the_bounds) {
    make();
    Description change = same;
    change.moniker = "";
    EXPECT_EQ(edit({.description = change}), "sdk/18");
    change.moniker = std::string(71, 'm');
    EXPECT_EQ(edit({.description = change}), "sdk/18");
    EXPECT_EQ(
        code_of(edit_validator(bench.context, bela.address, {.description = same})), "staking/3"
    );
}

TEST_F(ValidatorTest, changes_its_commission_once_a_day) {
    make();
    EXPECT_EQ(edit(rate("0.11")), "");
    EXPECT_EQ(bench.get(number).commission.rate, dec("0.11"));
    EXPECT_EQ(bench.get(number).commission_update_time, bench.block.time);

    bench.next_block(std::chrono::hours(24) - std::chrono::nanoseconds(1));
    EXPECT_EQ(edit(rate("0.12")), "staking/12");
    bench.next_block(std::chrono::nanoseconds(1));
    EXPECT_EQ(edit(rate("0.12")), "");
}

TEST_F(ValidatorTest, raises_its_commission_in_small_steps) {
    make();
    bench.params.staking.min_commission_rate = dec("0.02");

    EXPECT_EQ(edit(rate("0.110000000000000001")), "staking/15");
    EXPECT_EQ(edit(rate("0.21")), "staking/11");
    EXPECT_EQ(edit(rate("0.019")), "staking/40");
    EXPECT_EQ(edit(rate("0.02")), "") << "down as far as it likes";
}

TEST_F(ValidatorTest, only_raises_its_minimum_and_not_over_what_it_has) {
    make(10 * yard);
    ASSERT_TRUE(delegate(bench.context, bela, anna.address, Amount(yard)));

    EXPECT_EQ(edit(minimum(1)), "staking/17");
    EXPECT_EQ(edit(minimum(10 * yard + 1)), "staking/16") << "others' stake does not count";
    EXPECT_EQ(edit(minimum(10 * yard)), "");
    EXPECT_EQ(bench.get(number).min_self_delegation, Amount(10 * yard));
    EXPECT_EQ(edit(minimum(10 * yard)), "staking/17");
}

}  // namespace
}  // namespace steelyard::staking
