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

/// Which of the people has an account.
using Owners = std::map<AccountNumber, std::size_t>;

/// What the people have with one validator. Reads the rows of that, and no others.
void survey_validator(const StateView& state, const Owners& owners, Survey& survey) {
    const std::size_t index = survey.validators.size() - 1;
    const staking::Member& member = survey.validators.back();
    must(staking::walk_delegations_to(state, member.number, [&](const auto& one) -> Outcome<bool> {
        if (const auto owner = owners.find(one.delegator); owner != owners.end()) {
            const chain::Dec worth = staking::tokens_of(member.validator, one.shares);
            const auto amount = chain::to_amount(worth, chain::Rounding::truncate);
            survey.stakes.push_back({owner->second, index, amount.value_or(chain::Amount())});
        }
        return true;
    }));
    const auto visit = [&](AccountNumber delegator, const auto&) -> Outcome<bool> {
        if (const auto owner = owners.find(delegator); owner != owners.end()) {
            for (const auto& entry :
                 must(staking::get_unbonding(state, delegator, member.number))) {
                survey.waiting.push_back({owner->second, index, entry});
            }
        }
        return true;
    };
    must(staking::walk_unbondings_from(state, member.number, visit));
}

}  // namespace

bool Survey::runs_validator(std::size_t person) const {
    return std::ranges::find(operators, std::optional(person)) != operators.end();
}

Survey survey(const StateView& state, const People& people) {
    Survey survey{.params = must(ledger::load_params(state))};
    Owners owners;
    for (std::size_t person = 0; person < people.size(); ++person) {
        survey.people.push_back(standing_of(state, people[person]));
        if (const Survey::Standing& standing = survey.people.back(); standing.exists) {
            owners.emplace(AccountNumber{standing.number}, person);
        }
    }
    must(staking::walk_validators(state, [&](const staking::Member& member) -> Outcome<bool> {
        survey.operators.push_back(people.find(member.validator.operator_address));
        survey.validators.push_back(member);
        survey_validator(state, owners, survey);
        return true;
    }));
    must(proposals::walk_proposals(state, [&](const proposals::Proposal& one) -> Outcome<bool> {
        survey.proposals.push_back(one);
        return true;
    }));
    return survey;
}

}  // namespace steelyard::test
