// I2 and I3: whose the staked tokens are.
#include "ledger/staking/stake.h"
#include "ledger/invariants/findings.h"
#include "ledger/invariants/stakes.h"
#include "ledger/state/values.h"

namespace steelyard::invariants {
namespace {

using chain::Amount;
using chain::Dec;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using ledger::ValidatorNumber;
using staking::Member;
using staking::Status;

void add(Amount& sum, Amount amount) {
    const auto both = checked_add(sum, amount);
    CHECK(both.has_value());
    sum = *both;
}

void add(Dec& sum, Dec dec) {
    const auto both = checked_add(sum, dec);
    CHECK(both.has_value());
    sum = *both;
}

bool was_slashed(const StateView& state, ValidatorNumber number) {
    const auto key = ledger::Key('s') << number;
    return sure(state.first(Store::distribution, key, key)).has_value();
}

Amount sum_of_unbondings(const StateView& state) {
    Amount sum;
    each(state, Store::staking, 'u', [&](const Record& record) {
        KeyReader reader(record.key);
        const auto delegator = reader.account();
        for (const auto& entry :
             sure(staking::get_unbonding(state, delegator, reader.validator()))) {
            add(sum, entry.balance);
        }
    });
    return sum;
}

void check_pool(const StateView& state, Findings& findings, Status status, Amount expected) {
    const auto pool = sure(staking::pool_of(state, status));
    const auto denom = chain::Denom::parse(ledger::base_denom);
    CHECK(denom.has_value());
    const Amount has = sure(bank::balance(state, pool.number, *denom));
    findings.expect(
        has == expected,
        "I2",
        "the pool of {} tokens has {}, and should have {}",
        status == Status::bonded ? "bonded" : "other",
        to_string(has),
        to_string(expected)
    );
}

/// I3 of one validator.
void check_shares(
    const StateView& state, Findings& findings, const Member& member, const Delegated& delegated
) {
    const staking::Validator& validator = member.validator;
    const auto number = static_cast<std::uint32_t>(member.number);
    findings.expect(
        validator.shares == delegated.shares,
        "I3",
        "validator {} has {} shares, and its delegations have {}",
        number,
        to_string(validator.shares),
        to_string(delegated.shares)
    );
    const auto tokens = Dec::from_amount(validator.tokens);
    findings.expect(
        tokens && delegated.worth <= *tokens,
        "I3",
        "delegations to validator {} are worth {}, and it has {}",
        number,
        to_string(delegated.worth),
        to_string(validator.tokens)
    );
    findings.expect(
        (tokens && validator.shares <= *tokens) || was_slashed(state, member.number),
        "I3",
        "validator {} has {} tokens and {} shares, and was never slashed",
        number,
        to_string(validator.tokens),
        to_string(validator.shares)
    );
}

}  // namespace

Stakes read_stakes(const StateView& state) {
    Stakes stakes;
    sure(staking::walk_validators(state, [&](const Member& member) -> Outcome<bool> {
        stakes.members.emplace(member.number, member);
        return true;
    }));
    each(state, Store::staking, 'd', [&](const Record& record) {
        KeyReader reader(record.key);
        const auto delegator = reader.account();
        const ValidatorNumber number = reader.validator();
        const Result<Dec> shares = ledger::parse_dec(record.value);
        CHECK(shares.has_value());
        stakes.delegations.push_back({delegator, number, *shares});
        Delegated& delegated = stakes.delegated[number];
        delegated.delegations.push_back(stakes.delegations.back());
        add(delegated.shares, *shares);
        if (const auto found = stakes.members.find(number); found != stakes.members.end()) {
            const staking::Validator& validator = found->second.validator;
            add(delegated.worth, staking::tokens_of(validator, *shares, chain::Rounding::truncate));
        }
    });
    return stakes;
}

void check_stake(const StateView& state, const Stakes& stakes, Findings& findings) {
    Amount bonded;
    Amount others = sum_of_unbondings(state);
    for (const auto& [number, member] : stakes.members) {
        const bool is_bonded = member.validator.status == Status::bonded;
        add(is_bonded ? bonded : others, member.validator.tokens);
        const auto found = stakes.delegated.find(number);
        check_shares(
            state, findings, member, found == stakes.delegated.end() ? Delegated() : found->second
        );
    }
    check_pool(state, findings, Status::bonded, bonded);
    check_pool(state, findings, Status::unbonded, others);
    for (const auto& [number, delegated] : stakes.delegated) {
        findings.expect(
            stakes.members.contains(number),
            "I3",
            "{} shares are delegated to validator {}, which is not there",
            to_string(delegated.shares),
            static_cast<std::uint32_t>(number)
        );
    }
}

}  // namespace steelyard::invariants
