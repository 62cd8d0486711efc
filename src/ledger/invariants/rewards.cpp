// I4: what is owed to stakes; and I6 of the rows of rewards.
#include "ledger/distribution/rewards.h"
#include "ledger/beacon/beacon.h"
#include "ledger/distribution/records.h"
#include "ledger/invariants/stakes.h"
#include "ledger/params/stored_params.h"

namespace steelyard::invariants {
namespace {

using chain::Amount;
using chain::Dec;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using ledger::ValidatorNumber;
using staking::Member;

/// What rounding gives the delegators of a validator too much, altogether: less than a unit. The
/// last to leave bears it.
constexpr Dec rounding_max{1};

void add(Dec& sum, Dec dec) {
    const auto both = checked_add(sum, dec);
    CHECK(both.has_value());
    sum = *both;
}

bool has_starting_info(const StateView& state, const staking::Delegation& one) {
    const auto key = ledger::Key('d') << one.validator << one.delegator;
    return sure(state.contains(Store::distribution, key));
}

/// What a validator's delegators could take now, altogether.
Dec sum_of_pending(StateView& state, const Stakes& stakes, const Member& member) {
    ledger::Events events;
    const ledger::BlockInfo block{.height = sure(beacon::latest(state)).height.next()};
    const ledger::Params params = sure(ledger::load_params(state));
    ledger::Context context{state, events, block, params};
    Dec sum;
    const auto found = stakes.delegated.find(member.number);
    if (found == stakes.delegated.end()) {
        return sum;
    }
    for (const staking::Delegation& one : found->second.delegations) {
        if (!has_starting_info(state, one)) {
            continue;
        }
        const Dec stake = staking::tokens_of(member.validator, one.shares);
        const auto mark = state.mark();
        add(sum,
            sure(distribution::pending(
                context, one.validator, member.validator.tokens, one.delegator, stake
            )));
        state.roll_back(mark);
    }
    return sum;
}

void check_validator(
    StateView& state, const Stakes& stakes, const Member& member, Findings& findings
) {
    const Dec commission = sure(distribution::commission(state, member.number));
    const Dec outstanding = sure(distribution::outstanding(state, member.number));
    // Nothing can be settled where not even the commission is covered.
    Dec owed = commission <= outstanding ? sum_of_pending(state, stakes, member) : Dec();
    add(owed, commission);
    Dec covered = outstanding;
    add(covered, rounding_max);
    findings.expect(
        owed <= covered,
        "I4",
        "validator {} owes {}, and has {} for it",
        static_cast<std::uint32_t>(member.number),
        to_string(owed),
        to_string(outstanding)
    );
}

/// How often a validator's periods are referred to.
std::map<std::uint64_t, std::uint32_t> references_of(
    const StateView& state, ValidatorNumber number
) {
    std::map<std::uint64_t, std::uint32_t> references;
    ++references[sure(distribution::get_current(state, number)).period - 1];
    sure(distribution::walk_starting_infos(
        state,
        number,
        [&](ledger::AccountNumber, const distribution::StartingInfo& info) -> Outcome<bool> {
            ++references[info.period];
            return true;
        }
    ));
    sure(distribution::walk_slash_events(
        state,
        number,
        chain::Height(),
        [&](const distribution::SlashEvent& event) -> Outcome<bool> {
            ++references[event.period];
            return true;
        }
    ));
    return references;
}

/// Whether all is well with them: then stakes can be settled.
bool check_periods(const StateView& state, ValidatorNumber number, Findings& findings) {
    const std::size_t before = findings.count();
    const auto expected = references_of(state, number);
    std::map<std::uint64_t, std::uint32_t> references;
    sure(distribution::walk_historical(
        state,
        number,
        [&](std::uint64_t period, const distribution::HistoricalRewards& rewards) -> Outcome<bool> {
            references.emplace(period, rewards.references);
            return true;
        }
    ));
    for (const auto& [period, count] : expected) {
        const auto found = references.find(period);
        findings.expect(
            found != references.end() && found->second == count,
            "I6",
            "period {} of validator {} has {} references, and should have {}",
            period,
            static_cast<std::uint32_t>(number),
            found == references.end() ? 0 : found->second,
            count
        );
    }
    for (const auto& [period, count] : references) {
        findings.expect(
            expected.contains(period),
            "I6",
            "period {} of validator {} has {} references, and nobody refers to it",
            period,
            static_cast<std::uint32_t>(number),
            count
        );
    }
    return findings.count() == before;
}

/// A starting info for each delegation, and no other.
void check_starting_infos(const StateView& state, const Stakes& stakes, Findings& findings) {
    std::size_t found = 0;
    for (const staking::Delegation& one : stakes.delegations) {
        const bool exists = has_starting_info(state, one);
        found += exists ? 1 : 0;
        findings.expect(
            exists,
            "I6",
            "the delegation of account {} to validator {} has no starting info",
            static_cast<std::uint64_t>(one.delegator),
            static_cast<std::uint32_t>(one.validator)
        );
    }
    std::size_t all = 0;
    each(state, Store::distribution, 'd', [&](const Record&) { ++all; });
    findings.expect(all == found, "I6", "{} starting infos belong to {} delegations", all, found);
}

/// Rows of validators that are gone.
void check_leftovers(const StateView& state, const Stakes& stakes, Findings& findings) {
    for (const char letter : {'c', 'h', 'a', 'o', 's'}) {
        each(state, Store::distribution, letter, [&](const Record& record) {
            KeyReader reader(record.key);
            const ValidatorNumber number = reader.validator();
            reader.rest();
            findings.expect(
                stakes.members.contains(number),
                "I6",
                "a row `{}` of rewards is of validator {}, which is not there",
                letter,
                static_cast<std::uint32_t>(number)
            );
        });
    }
}

}  // namespace

void check_rewards(StateView& state, const Stakes& stakes, Findings& findings) {
    Dec sum = sure(distribution::community_pool(state));
    for (const auto& [number, member] : stakes.members) {
        add(sum, sure(distribution::outstanding(state, number)));
        const bool is_known = sure(distribution::find_current(state, number)).has_value();
        findings.expect(
            is_known, "I6", "validator {} has no rewards", static_cast<std::uint32_t>(number)
        );
        if (is_known && check_periods(state, number, findings)) {
            check_validator(state, stakes, member, findings);
        }
    }
    const auto module = sure(bank::module_party(state, distribution::module_name));
    const auto denom = chain::Denom::parse(ledger::base_denom);
    CHECK(denom.has_value());
    const Amount has = sure(bank::balance(state, module.number, *denom));
    findings.expect(
        to_amount(sum, chain::Rounding::up) == has,
        "I4",
        "distribution has {}, and owes {}",
        to_string(has),
        to_string(sum)
    );
    check_starting_infos(state, stakes, findings);
    check_leftovers(state, stakes, findings);
}

}  // namespace steelyard::invariants
