// Stakes: validators with delegations as staking keeps them, but in memory and without its rules,
// to ask distribution what staking asks of it.
#pragma once

#include "ledger/distribution/rewards.h"
#include "tests/unit/ledger/map_state.h"

#include <map>

namespace steelyard::distribution {

struct TestValidator {
    ValidatorNumber number{};
    Party operator_account{};
    chain::Dec rate{};
    chain::Amount tokens{};
    chain::Dec shares{};
    std::map<AccountNumber, std::pair<Party, chain::Dec>> delegations{};

    /// shares x tokens / all shares; zero where there are none.
    chain::Dec worth(chain::Dec of, chain::Rounding rounding = chain::Rounding::half_even) const {
        return shares.is_zero() ? chain::Dec()
                                : multiply_divide(of, tokens, shares, rounding).value();
    }

    chain::Dec worth_of(AccountNumber delegator) const {
        return worth(delegations.at(delegator).second);
    }

    /// What it begins to earn on.
    chain::Dec stake_of(AccountNumber delegator) const {
        return worth(delegations.at(delegator).second, chain::Rounding::truncate);
    }
};

/// A chain's state with the accounts that distribution needs.
class Stakes {
public:
    Stakes();

    Party party(std::uint8_t byte);

    /// A validator without tokens.
    TestValidator& add(std::uint32_t number, std::string_view rate = "0.5");

    /// Mints for the fee collector.
    void earn(std::uint64_t fees);

    /// Begins the next block; the fees of the last are shared out by the validators' tokens, or
    /// only to `receiver`.
    void next_block(const TestValidator* receiver = nullptr);

    void delegate(TestValidator& validator, const Party& delegator, std::uint64_t tokens);

    /// Takes shares that are worth so much, all of them where no unit would be left.
    void undelegate(TestValidator& validator, const Party& delegator, std::uint64_t tokens);

    /// Withdraws rewards and goes on.
    chain::Amount withdraw(TestValidator& validator, const Party& delegator);

    /// Burns so many of its tokens, at least one.
    void burn(TestValidator& validator, chain::Amount tokens);

    /// Burns this part of the tokens, and a unit's fraction less.
    void slash(TestValidator& validator, std::string_view fraction);

    void remove(TestValidator& validator);

    /// What a withdrawal would pay, without a change.
    chain::Dec pending(const TestValidator& validator, const Party& delegator);

    chain::Amount balance(const Party& party) const;

    /// How many rows of the store begin with a letter.
    std::size_t rows(char letter) const;

    /// The sum of references of a validator's periods.
    std::uint64_t references(ValidatorNumber validator) const;

    /// That balance, pool and outstanding rewards agree, that these cover what could be withdrawn,
    /// and that references are counted right.
    void expect_invariants();

    ledger::Bench bench{};
    std::map<std::uint32_t, TestValidator> validators{};
    const Party own;
    const Party collector;

private:
    Party module(std::string_view name);
};

}  // namespace steelyard::distribution
