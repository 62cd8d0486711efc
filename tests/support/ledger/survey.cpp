#include "tests/support/ledger/survey.h"

#include "base/check.h"
#include "ledger/params/stored_params.h"

namespace steelyard::test {
namespace {

using ledger::AccountNumber;
using ledger::Outcome;
using ledger::StateView;

template <typename T>
T must(Outcome<T> outcome) {
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

Survey::Standing standing_of(const StateView& state, const Person& person) {
    const auto number = must(auth::find(state, person.address));
    if (!number) {
        return {};
    }
    return {
        .exists = true,
        .number = static_cast<std::uint64_t>(*number),
        .sequence = must(auth::get(state, *number)).sequence,
        .coins = must(bank::balances(state, *number)),
    };
}

/// What the people have with one validator.
void survey_validator(
    const StateView& state,
    const People& people,
    const std::vector<AccountNumber>& numbers,
    Survey& survey
) {
    const std::size_t index = survey.validators.size() - 1;
    const staking::Member& member = survey.validators.back();
    for (std::size_t person = 0; person < people.size(); ++person) {
        const auto shares = must(staking::delegated_shares(state, numbers[person], member.number));
        if (!shares.is_zero()) {
            const chain::Dec worth = staking::tokens_of(member.validator, shares);
            const auto amount = chain::to_amount(worth, chain::Rounding::truncate);
            survey.stakes.push_back({person, index, amount.value_or(chain::Amount())});
        }
        const auto unbonding = must(staking::get_unbonding(state, numbers[person], member.number));
        for (const auto& entry : unbonding) {
            survey.waiting.push_back({person, index, entry});
        }
    }
}

}  // namespace

bool Survey::runs_validator(std::size_t person) const {
    return std::ranges::find(operators, std::optional(person)) != operators.end();
}

Survey survey(const StateView& state, const People& people) {
    Survey survey{.params = must(ledger::load_params(state))};
    std::vector<AccountNumber> numbers;
    for (std::size_t person = 0; person < people.size(); ++person) {
        survey.people.push_back(standing_of(state, people[person]));
        // A number that nobody has, where there is no account.
        const Survey::Standing& standing = survey.people.back();
        numbers.push_back(AccountNumber{standing.exists ? standing.number : ~std::uint64_t{0}});
    }
    must(staking::walk_validators(state, [&](const staking::Member& member) -> Outcome<bool> {
        survey.operators.push_back(people.find(member.validator.operator_address));
        survey.validators.push_back(member);
        survey_validator(state, people, numbers, survey);
        return true;
    }));
    must(proposals::walk_proposals(state, [&](const proposals::Proposal& one) -> Outcome<bool> {
        survey.proposals.push_back(one);
        return true;
    }));
    return survey;
}

}  // namespace steelyard::test
