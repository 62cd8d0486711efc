// I6 of the store `staking`: every index row has its record, and every record its index rows.
#include "base/hex.h"
#include "ledger/invariants/stakes.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/queue.h"
#include "ledger/staking/records.h"

#include <set>

namespace steelyard::invariants {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;
using staking::Route;
using staking::Status;
using staking::Waits;

/// The rows of one letter that there should be: their keys and values.
class Rows {
public:
    explicit Rows(char letter) : letter_(letter) {}

    void add(const Key& key, const Bytes& value = {1}) { expected_.emplace(key.bytes(), value); }

    void compare(const StateView& state, Findings& findings) {
        each(state, Store::staking, letter_, [&](const Record& record) {
            const auto found = expected_.find(record.key);
            findings.expect(
                found != expected_.end() && found->second == record.value,
                "I6",
                "a row `{}` of staking, {}, has no record",
                letter_,
                to_hex(record.key)
            );
            if (found != expected_.end()) {
                expected_.erase(found);
            }
        });
        for (const auto& [key, value] : expected_) {
            findings.expect(
                false, "I6", "a record has no row `{}` of staking, {}", letter_, to_hex(key)
            );
        }
    }

private:
    char letter_;
    std::map<Bytes, Bytes> expected_{};
};

void check_validators(const StateView& state, const Stakes& stakes, Findings& findings) {
    Rows operators('o');
    Rows powers('p');
    for (const auto& [number, member] : stakes.members) {
        const staking::Validator& validator = member.validator;
        operators.add(
            staking::operator_key(validator.operator_address), staking::number_bytes(number)
        );
        const std::int64_t power = staking::power_of(validator.tokens);
        if (!validator.jailed && power >= 1) {
            powers.add(staking::power_key(power, number));
        }
        CHECK(validator.consensus_key.has_value());
        findings.expect(
            sure(staking::find_by_consensus_address(state, validator.consensus_key->address())) ==
                number,
            "I6",
            "validator {} is not found by its consensus address",
            static_cast<std::uint32_t>(number)
        );
        const auto account = sure(auth::find(state, validator.operator_address));
        findings.expect(
            account == validator.operator_account,
            "I6",
            "validator {} has another account than its operator",
            static_cast<std::uint32_t>(number)
        );
    }
    operators.compare(state, findings);
    powers.compare(state, findings);
}

void check_delegations(const StateView& state, const Stakes& stakes, Findings& findings) {
    Rows index('i');
    for (const staking::Delegation& one : stakes.delegations) {
        index.add(staking::delegation_index_key(one.validator, one.delegator));
    }
    index.compare(state, findings);
}

/// The rows that unbondings, redelegations and validators that unbond ask for.
void check_what_waits(const StateView& state, const Stakes& stakes, Findings& findings) {
    Rows unbondings('w');
    Rows sources('x');
    Rows destinations('y');
    Rows queue('q');
    const auto wait = [&](const staking::Waiting& waiting) {
        queue.add(staking::queue_key(waiting));
    };
    each(state, Store::staking, 'u', [&](const Record& record) {
        KeyReader reader(record.key);
        const auto delegator = reader.account();
        const auto number = reader.validator();
        unbondings.add(staking::unbonding_index_key(number, delegator));
        for (const auto& entry : sure(staking::get_unbonding(state, delegator, number))) {
            wait({entry.completion_time, Waits::unbonding, delegator, number, {}});
        }
    });
    each(state, Store::staking, 'r', [&](const Record& record) {
        KeyReader reader(record.key);
        Route route;
        route.delegator = reader.account();
        route.source = reader.validator();
        route.destination = reader.validator();
        sources.add(staking::source_index_key(route));
        destinations.add(staking::destination_index_key(route));
        for (const auto& entry : sure(staking::get_redelegation(state, route))) {
            wait(
                {entry.completion_time,
                 Waits::redelegation,
                 route.delegator,
                 route.source,
                 route.destination}
            );
        }
    });
    for (const auto& [number, member] : stakes.members) {
        if (member.validator.status == Status::unbonding) {
            wait({member.validator.unbonding_time, Waits::validator, {}, number, {}});
        }
    }
    unbondings.compare(state, findings);
    sources.compare(state, findings);
    destinations.compare(state, findings);
    queue.compare(state, findings);
}

}  // namespace

void check_stake_rows(const StateView& state, const Stakes& stakes, Findings& findings) {
    check_validators(state, stakes, findings);
    check_delegations(state, stakes, findings);
    check_what_waits(state, stakes, findings);
}

}  // namespace steelyard::invariants
