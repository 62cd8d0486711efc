#include "ledger/params/params.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/operations.h"
#include "ledger/staking/stake.h"
#include "ledger/state/values.h"

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Dec;

Outcome<Member> require_destination(const StateView& state, const chain::Address& destination) {
    TRY_ASSIGN(auto member, find_by_operator(state, destination));
    if (!member) {
        return refuse(
            kinds::bad_redelegation_destination, "validator {}", ledger::operator_text(destination)
        );
    }
    return *std::move(member);
}

/// What must hold of the redelegations that are under way.
Outcome<void> may_begin(const Context& context, const Route& route, const Redelegation& under_way) {
    TRY_ASSIGN(const bool hop, receives_redelegation(context.state, route.delegator, route.source));
    if (hop) {
        return refuse(kinds::transitive_redelegation, "the source received a redelegation");
    }
    if (under_way.size() >= context.params.staking.max_entries) {
        return refuse(kinds::max_redelegation_entries, "there are {}", under_way.size());
    }
    return {};
}

/// Since when, and until when, what leaves a validator can be slashed for what it did. Nothing: its
/// time is over, or it has none.
std::optional<RedelegationEntry> entry_from(const Context& context, const Validator& source) {
    switch (source.status) {
        case Status::bonded:
            return RedelegationEntry{
                .creation_height = context.block.height, .completion_time = unbonding_end(context)
            };
        case Status::unbonding:
            return RedelegationEntry{
                .creation_height = source.unbonding_height, .completion_time = source.unbonding_time
            };
        case Status::unbonded:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

Outcome<Departure> redelegate(
    Context& context,
    const Party& delegator,
    const chain::Address& source,
    const chain::Address& destination,
    Amount amount
) {
    if (source == destination) {
        return refuse(kinds::self_redelegation, "validator {}", ledger::operator_text(destination));
    }
    TRY_ASSIGN(const Member from, require_validator(context.state, source));
    TRY_ASSIGN(const Member to, require_destination(context.state, destination));
    TRY_ASSIGN(const Dec shares, shares_to_give(context.state, from, delegator, amount));
    const Route route{delegator.number, from.number, to.number};
    TRY_ASSIGN(Redelegation under_way, get_redelegation(context.state, route));
    TRY(may_begin(context, route, under_way));

    TRY_ASSIGN(const Amount freed, take_shares(context, from, delegator, shares));
    if (freed.is_zero()) {
        return refuse(kinds::tiny_redelegation_amount, "{}", coin_text(amount));
    }
    TRY_ASSIGN(const Party pool, pool_of(context.state, from.validator.status));
    TRY_ASSIGN(const Dec new_shares, add_stake(context, to, delegator, pool, freed));

    auto entry = entry_from(context, from.validator);
    const chain::Timestamp end = entry ? entry->completion_time : context.block.time;
    if (entry) {
        entry->initial_balance = freed;
        entry->destination_shares = new_shares;
        under_way.push_back(*entry);
        TRY(put_redelegation(context.state, route, under_way));
    }
    context.events.push_back(ledger::make_event(
        "redelegate",
        {{"source_validator", ledger::operator_text(source)},
         {"destination_validator", ledger::operator_text(destination)},
         {"amount", coin_text(freed)},
         {"completion_time", seconds_text(end)}}
    ));
    return Departure{end, freed};
}

}  // namespace steelyard::staking
