#include "tests/unit/ledger/distribution/stakes.h"

#include "ledger/distribution/funds.h"

#include <gtest/gtest.h>

namespace steelyard::distribution {

using chain::Amount;
using chain::Dec;
using chain::Rounding;

Stakes::Stakes() : own(module(module_name)), collector(module(fee_collector_name)) {
}

Party Stakes::module(std::string_view name) {
    const chain::Address address = auth::module_address(name);
    const auto number =
        auth::make(bench.state, {.address = address, .module_name = std::string(name)});
    return {number.value(), address};
}

Party Stakes::party(std::uint8_t byte) {
    chain::Address address;
    address.fill(byte);
    return bank::party_at(bench.state, address).value();
}

TestValidator& Stakes::add(std::uint32_t number, std::string_view rate) {
    TestValidator& validator = validators[number];
    validator.number = ValidatorNumber{number};
    validator.operator_account = party(static_cast<std::uint8_t>(200 + number));
    validator.rate = Dec::parse(rate).value();
    EXPECT_TRUE(add_validator(bench.state, validator.number));
    return validator;
}

void Stakes::earn(std::uint64_t fees) {
    // Not minted, since of that there is a limit.
    const chain::Coin coin{chain::Denom::parse(ledger::base_denom).value(), Amount(fees)};
    EXPECT_TRUE(bank::endow(bench.state, collector.number, chain::Coins::make({coin}).value()));
}

void Stakes::next_block(const TestValidator* receiver) {
    bench.block.height = bench.block.height.next();
    bench.events.clear();
    std::vector<Share> shares;
    for (const auto& [number, validator] : validators) {
        if (!validator.tokens.is_zero() && (receiver == nullptr || receiver == &validator)) {
            shares.push_back(
                {validator.number,
                 validator.operator_account.address,
                 static_cast<std::int64_t>(validator.tokens.value()),
                 validator.rate}
            );
        }
    }
    EXPECT_TRUE(allocate(bench.context, shares));
}

void Stakes::delegate(TestValidator& validator, const Party& delegator, std::uint64_t tokens) {
    const auto found = validator.delegations.find(delegator.number);
    if (found == validator.delegations.end()) {
        EXPECT_TRUE(open_period(bench.state, validator.number, validator.tokens));
    } else {
        EXPECT_TRUE(settle(
            bench.context,
            validator.number,
            validator.operator_account.address,
            validator.tokens,
            delegator,
            validator.worth_of(delegator.number)
        ));
    }
    const Dec issued =
        validator.shares.is_zero()
            ? whole(Amount(tokens))
            : multiply_divide(validator.shares, Amount(tokens), validator.tokens).value();
    auto& [party, shares] = validator.delegations[delegator.number];
    party = delegator;
    shares = plus(shares, issued);
    validator.shares = plus(validator.shares, issued);
    validator.tokens = *checked_add(validator.tokens, Amount(tokens));
    EXPECT_TRUE(start(
        bench.context, validator.number, delegator.number, validator.stake_of(delegator.number)
    ));
}

void Stakes::undelegate(TestValidator& validator, const Party& delegator, std::uint64_t tokens) {
    EXPECT_TRUE(settle(
        bench.context,
        validator.number,
        validator.operator_account.address,
        validator.tokens,
        delegator,
        validator.worth_of(delegator.number)
    ));
    auto& held = validator.delegations.at(delegator.number).second;
    Dec taken = held;
    if (!validator.tokens.is_zero()) {
        const auto asked = multiply_divide(validator.shares, Amount(tokens), validator.tokens);
        if (asked && *asked < held) {
            taken = *asked;
        }
    }
    const Amount freed = taken == validator.shares
                             ? validator.tokens
                             : *to_amount(validator.worth(taken), Rounding::truncate);
    held = minus(held, taken);
    validator.shares = minus(validator.shares, taken);
    validator.tokens = *checked_sub(validator.tokens, freed);
    if (held.is_zero()) {
        validator.delegations.erase(delegator.number);
    } else {
        EXPECT_TRUE(start(
            bench.context, validator.number, delegator.number, validator.stake_of(delegator.number)
        ));
    }
}

Amount Stakes::withdraw(TestValidator& validator, const Party& delegator) {
    const Dec worth = validator.worth_of(delegator.number);
    const auto paid = settle(
        bench.context,
        validator.number,
        validator.operator_account.address,
        validator.tokens,
        delegator,
        worth
    );
    EXPECT_TRUE(start(
        bench.context, validator.number, delegator.number, validator.stake_of(delegator.number)
    ));
    return paid.value();
}

void Stakes::burn(TestValidator& validator, Amount tokens) {
    const Dec part = *divide(whole(tokens), whole(validator.tokens), Rounding::up);
    EXPECT_TRUE(note_slash(bench.context, validator.number, validator.tokens, part));
    validator.tokens = *checked_sub(validator.tokens, tokens);
}

void Stakes::slash(TestValidator& validator, std::string_view fraction) {
    const Dec burned = *multiply(whole(validator.tokens), Dec::parse(fraction).value());
    const Amount tokens = *to_amount(burned, Rounding::truncate);
    if (!tokens.is_zero()) {
        burn(validator, tokens);
    }
}

void Stakes::remove(TestValidator& validator) {
    EXPECT_TRUE(remove_validator(bench.context, validator.number, validator.operator_account));
    validators.erase(static_cast<std::uint32_t>(validator.number));
}

Dec Stakes::pending(const TestValidator& validator, const Party& delegator) {
    const auto mark = bench.state.mark();
    const auto earned = distribution::pending(
        bench.context,
        validator.number,
        validator.tokens,
        delegator.number,
        validator.worth_of(delegator.number)
    );
    bench.state.roll_back(mark);
    return earned.value();
}

Amount Stakes::balance(const Party& party) const {
    const chain::Denom denom = chain::Denom::parse(ledger::base_denom).value();
    return bank::balance(bench.state, party.number, denom).value();
}

std::size_t Stakes::rows(char letter) const {
    std::size_t count = 0;
    bench.state.visit_changes([&](ledger::Store store, ByteView key, const auto& value) {
        count += store == ledger::Store::distribution && value && key[0] == letter;
    });
    return count;
}

std::uint64_t Stakes::references(ValidatorNumber validator) const {
    std::uint64_t sum = 0;
    EXPECT_TRUE(walk_historical(
        bench.state,
        validator,
        [&](std::uint64_t, const HistoricalRewards& historical) -> Outcome<bool> {
            sum += historical.references;
            return true;
        }
    ));
    return sum;
}

void Stakes::expect_invariants() {
    Dec owed = community_pool(bench.state).value();
    for (const auto& [number, validator] : validators) {
        const Dec of_validator = outstanding(bench.state, validator.number).value();
        owed = plus(owed, of_validator);

        Dec claims = commission(bench.state, validator.number).value();
        for (const auto& [account, delegation] : validator.delegations) {
            claims = plus(claims, pending(validator, delegation.first));
        }
        ASSERT_LE(claims, of_validator) << "of validator " << number;

        std::uint64_t slashes = 0;
        ASSERT_TRUE(walk_slash_events(
            bench.state,
            validator.number,
            chain::Height(),
            [&](const SlashEvent&) -> Outcome<bool> {
                ++slashes;
                return true;
            }
        ));
        ASSERT_EQ(references(validator.number), 1 + slashes + validator.delegations.size());
    }
    ASSERT_EQ(owed, whole(balance(own)));
}

}  // namespace steelyard::distribution
