#include "ledger/staking/delegation.h"

#include "base/check.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/queue.h"
#include "ledger/staking/records.h"
#include "ledger/state/values.h"

#include <set>

namespace steelyard::staking {
namespace {

using chain::Dec;
using chain::Timestamp;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

constexpr ByteArray<1> present = {1};

Dec read_shares(ByteView bytes) {
    const Result<Dec> shares = ledger::parse_dec(bytes);
    CHECK(shares.has_value());
    return *shares;
}

template <typename Entries>
Entries read_entries(const std::optional<Bytes>& bytes, Result<Entries> (*decode)(ByteView)) {
    if (!bytes) {
        return {};
    }
    Result<Entries> entries = decode(*bytes);
    CHECK(entries.has_value());
    return *std::move(entries);
}

template <typename Entries>
std::set<Timestamp> times_of(const Entries& entries) {
    std::set<Timestamp> times;
    for (const auto& entry : entries) {
        times.insert(entry.completion_time);
    }
    return times;
}

/// Makes the places in the queue those of `after`. `waiting` has all but the time.
Outcome<void> move_in_queue(
    StateView& state,
    Waiting waiting,
    const std::set<Timestamp>& before,
    const std::set<Timestamp>& after
) {
    for (const Timestamp time : before) {
        if (!after.contains(time)) {
            waiting.time = time;
            TRY(dequeue(state, waiting));
        }
    }
    for (const Timestamp time : after) {
        if (!before.contains(time)) {
            waiting.time = time;
            TRY(enqueue(state, waiting));
        }
    }
    return {};
}

/// Writes a record and the index rows at `indexes`; erases them where there is no value.
Outcome<void> put_with_indexes(
    StateView& state, const Key& key, const Bytes& value, std::span<const Key> indexes
) {
    if (value.empty()) {
        for (const Key& index : indexes) {
            TRY(state.erase(Store::staking, index));
        }
        return state.erase(Store::staking, key);
    }
    for (const Key& index : indexes) {
        TRY(state.put(Store::staking, index, present));
    }
    return state.put(Store::staking, key, value);
}

}  // namespace

Outcome<Dec> delegated_shares(
    const StateView& state, AccountNumber delegator, ValidatorNumber validator
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, delegation_key(delegator, validator)));
    return bytes ? read_shares(*bytes) : Dec();
}

Outcome<void> walk_delegations_of(
    const StateView& state, AccountNumber delegator, const VisitDelegation& visit
) {
    return state.walk(Store::staking, Key('d') << delegator, [&](const Record& record) {
        KeyReader reader(record.key);
        reader.account();
        return visit({delegator, reader.validator(), read_shares(record.value)});
    });
}

Outcome<void> walk_delegations_to(
    const StateView& state, ValidatorNumber validator, const VisitDelegation& visit
) {
    const Key prefix = Key('i') << validator;
    return state.walk(Store::staking, prefix, [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        reader.validator();
        const AccountNumber delegator = reader.account();
        TRY_ASSIGN(const Dec shares, delegated_shares(state, delegator, validator));
        return visit({delegator, validator, shares});
    });
}

Outcome<Unbonding> get_unbonding(
    const StateView& state, AccountNumber delegator, ValidatorNumber validator
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, unbonding_key(delegator, validator)));
    return read_entries(bytes, decode_unbonding);
}

Outcome<Redelegation> get_redelegation(const StateView& state, const Route& route) {
    TRY_ASSIGN(const auto bytes, state.get(Store::staking, redelegation_key(route)));
    return read_entries(bytes, decode_redelegation);
}

Outcome<void> walk_unbondings_of(
    const StateView& state, AccountNumber delegator, const VisitUnbonding& visit
) {
    return state.walk(Store::staking, Key('u') << delegator, [&](const Record& record) {
        KeyReader reader(record.key);
        reader.account();
        return visit(delegator, reader.validator());
    });
}

Outcome<void> walk_unbondings_from(
    const StateView& state, ValidatorNumber validator, const VisitUnbonding& visit
) {
    return state.walk(Store::staking, Key('w') << validator, [&](const Record& record) {
        KeyReader reader(record.key);
        reader.validator();
        return visit(reader.account(), validator);
    });
}

Outcome<void> walk_redelegations_of(
    const StateView& state, AccountNumber delegator, const VisitRedelegation& visit
) {
    return state.walk(Store::staking, Key('r') << delegator, [&](const Record& record) {
        KeyReader reader(record.key);
        Route route;
        route.delegator = reader.account();
        route.source = reader.validator();
        route.destination = reader.validator();
        return visit(route);
    });
}

Outcome<void> walk_redelegations_from(
    const StateView& state, ValidatorNumber source, const VisitRedelegation& visit
) {
    return state.walk(Store::staking, Key('x') << source, [&](const Record& record) {
        KeyReader reader(record.key);
        Route route;
        route.source = reader.validator();
        route.delegator = reader.account();
        route.destination = reader.validator();
        return visit(route);
    });
}

Outcome<bool> receives_redelegation(
    const StateView& state, AccountNumber delegator, ValidatorNumber destination
) {
    const Key prefix = Key('y') << destination << delegator;
    TRY_ASSIGN(const auto record, state.first(Store::staking, prefix, prefix));
    return record.has_value();
}

Outcome<void> put_delegation(StateView& state, const Delegation& delegation) {
    const auto& [delegator, validator, shares] = delegation;
    const std::array indexes = {delegation_index_key(validator, delegator)};
    const Bytes value = shares.is_zero() ? Bytes() : ledger::dec_bytes(shares);
    return put_with_indexes(state, delegation_key(delegator, validator), value, indexes);
}

Outcome<void> put_unbonding(
    StateView& state, AccountNumber delegator, ValidatorNumber validator, const Unbonding& unbonding
) {
    const Waiting waiting{.kind = Waits::unbonding, .delegator = delegator, .first = validator};
    TRY_ASSIGN(const Unbonding before, get_unbonding(state, delegator, validator));
    TRY(move_in_queue(state, waiting, times_of(before), times_of(unbonding)));
    const std::array indexes = {unbonding_index_key(validator, delegator)};
    return put_with_indexes(
        state, unbonding_key(delegator, validator), encode_unbonding(unbonding), indexes
    );
}

Outcome<void> put_redelegation(
    StateView& state, const Route& route, const Redelegation& redelegation
) {
    const Waiting waiting{
        .kind = Waits::redelegation,
        .delegator = route.delegator,
        .first = route.source,
        .second = route.destination
    };
    TRY_ASSIGN(const Redelegation before, get_redelegation(state, route));
    TRY(move_in_queue(state, waiting, times_of(before), times_of(redelegation)));
    const std::array indexes = {source_index_key(route), destination_index_key(route)};
    return put_with_indexes(
        state, redelegation_key(route), encode_redelegation(redelegation), indexes
    );
}

}  // namespace steelyard::staking
