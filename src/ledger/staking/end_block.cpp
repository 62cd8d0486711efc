#include "ledger/staking/end_block.h"

#include "base/check.h"
#include "ledger/beacon/beacon.h"
#include "ledger/params/params.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/queue.h"
#include "ledger/staking/stake.h"
#include "ledger/state/values.h"

#include <algorithm>
#include <map>

namespace steelyard::staking {
namespace {

using chain::Amount;
using chain::Timestamp;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

using Powers = std::map<ValidatorNumber, std::int64_t>;

Power read_place(ByteView key) {
    KeyReader reader(key);
    const std::uint64_t power = std::numeric_limits<std::uint64_t>::max() - reader.number8();
    return {reader.validator(), static_cast<std::int64_t>(power)};
}

/// Rule D8. Who is in the set has a key: one that is in force never ceases to be so without a
/// successor.
Outcome<Powers> draw(const Context& context, const Powers& before) {
    Powers drawn;
    std::size_t seen = 0;
    TRY(context.state.walk(Store::staking, Key('p'), [&](const Record& record) -> Outcome<bool> {
        const auto [number, power] = read_place(record.key);
        bool ready = before.contains(number);
        if (!ready) {
            TRY_ASSIGN(
                const auto key, beacon::key_in_force(context.state, number, context.block.height)
            );
            ready = key.has_value();
        }
        if (ready) {
            drawn.emplace(number, power);
        }
        return drawn.size() < context.params.staking.max_validators && ++seen < candidates_max;
    }));
    return drawn;
}

/// What the drawing did to the pools: it is moved once.
struct Moved {
    Amount to_bonded{};
    Amount from_bonded{};
};

void add(Amount& sum, Amount amount) {
    const auto both = checked_add(sum, amount);
    CHECK(both.has_value());
    sum = *both;
}

Outcome<Validator> must_get(const StateView& state, ValidatorNumber number) {
    TRY_ASSIGN(auto validator, get_validator(state, number));
    CHECK(validator.has_value());
    return *std::move(validator);
}

class Drawing {
public:
    explicit Drawing(Context& context) : context_(context) {}

    Outcome<void> enter(ValidatorNumber number, std::int64_t power) {
        TRY_ASSIGN(Validator validator, must_get(context_.state, number));
        CHECK(validator.status != Status::bonded);
        validator.status = Status::bonded;
        add(moved_.to_bonded, validator.tokens);
        TRY(put_validator(context_.state, {number, validator}));
        TRY(tell(number, validator, power));
        change_.bonded.push_back({number, std::move(validator)});
        return {};
    }

    Outcome<void> leave(ValidatorNumber number) {
        TRY_ASSIGN(Validator validator, must_get(context_.state, number));
        CHECK(validator.status == Status::bonded);
        validator.status = Status::unbonding;
        validator.unbonding_height = context_.block.height;
        validator.unbonding_time = unbonding_end(context_);
        add(moved_.from_bonded, validator.tokens);
        TRY(put_validator(context_.state, {number, validator}));
        return tell(number, validator, 0);
    }

    Outcome<void> change_power(ValidatorNumber number, std::int64_t power) {
        TRY_ASSIGN(const Validator validator, must_get(context_.state, number));
        return tell(number, validator, power);
    }

    Outcome<SetChange> finish() && {
        TRY_ASSIGN(const Party bonded, pool_of(context_.state, Status::bonded));
        TRY_ASSIGN(const Party not_bonded, pool_of(context_.state, Status::unbonded));
        if (const auto more = checked_sub(moved_.to_bonded, moved_.from_bonded)) {
            TRY(move(context_, not_bonded, bonded, *more));
        } else {
            TRY(move(
                context_, bonded, not_bonded, *checked_sub(moved_.from_bonded, moved_.to_bonded)
            ));
        }
        return std::move(change_);
    }

private:
    Outcome<void> tell(ValidatorNumber number, const Validator& validator, std::int64_t power) {
        change_.updates.push_back({*validator.consensus_key, power});
        return put_active_power(context_.state, number, power);
    }

    Context& context_;
    Moved moved_{};
    SetChange change_{};
};

Outcome<void> end_validator(Context& context, ValidatorNumber number) {
    TRY_ASSIGN(Validator validator, must_get(context.state, number));
    CHECK(validator.status == Status::unbonding);
    validator.status = Status::unbonded;
    const Member member{number, std::move(validator)};
    TRY(put_validator(context.state, member));
    if (member.validator.shares.is_zero()) {
        TRY(remove_validator(context, member));
    }
    return {};
}

/// Takes the entries out whose time it is, and returns the sum of what `amount` tells of them.
template <typename Entries, typename Of>
Amount take_matured(Entries& entries, Timestamp time, const Of& amount) {
    Amount sum;
    std::erase_if(entries, [&](const auto& entry) {
        const bool matured = entry.completion_time == time;
        if (matured) {
            add(sum, amount(entry));
        }
        return matured;
    });
    return sum;
}

Outcome<Party> party_of(const StateView& state, AccountNumber number) {
    TRY_ASSIGN(const auth::Account account, auth::get(state, number));
    return Party{number, account.address};
}

Outcome<void> end_unbonding(Context& context, const Waiting& waiting) {
    StateView& state = context.state;
    TRY_ASSIGN(Unbonding unbonding, get_unbonding(state, waiting.delegator, waiting.first));
    const Amount paid = take_matured(unbonding, waiting.time, [](const UnbondingEntry& entry) {
        return entry.balance;
    });
    TRY(put_unbonding(state, waiting.delegator, waiting.first, unbonding));
    TRY_ASSIGN(const Party delegator, party_of(state, waiting.delegator));
    TRY_ASSIGN(const Party pool, pool_of(state, Status::unbonding));
    TRY(move(context, pool, delegator, paid));
    TRY_ASSIGN(const chain::Address validator, operator_of(state, waiting.first));
    context.events.push_back(ledger::make_event(
        "complete_unbonding",
        {{"amount", coin_text(paid)},
         {"validator", ledger::operator_text(validator)},
         {"delegator", ledger::account_text(delegator.address)}}
    ));
    return {};
}

Outcome<void> end_redelegation(Context& context, const Waiting& waiting) {
    StateView& state = context.state;
    const Route route{waiting.delegator, waiting.first, waiting.second};
    TRY_ASSIGN(Redelegation redelegation, get_redelegation(state, route));
    const Amount moved =
        take_matured(redelegation, waiting.time, [](const RedelegationEntry& entry) {
            return entry.initial_balance;
        });
    TRY(put_redelegation(state, route, redelegation));
    TRY_ASSIGN(const Party delegator, party_of(state, waiting.delegator));
    TRY_ASSIGN(const chain::Address source, operator_of(state, route.source));
    TRY_ASSIGN(const chain::Address destination, operator_of(state, route.destination));
    context.events.push_back(ledger::make_event(
        "complete_redelegation",
        {{"amount", coin_text(moved)},
         {"delegator", ledger::account_text(delegator.address)},
         {"source_validator", ledger::operator_text(source)},
         {"destination_validator", ledger::operator_text(destination)}}
    ));
    return {};
}

/// Erases the row of the queue, too.
Outcome<void> end(Context& context, const Waiting& waiting) {
    switch (waiting.kind) {
        case Waits::validator:
            return end_validator(context, waiting.first);
        case Waits::unbonding:
            return end_unbonding(context, waiting);
        case Waits::redelegation:
            return end_redelegation(context, waiting);
    }
    CHECK(false);
}

}  // namespace

Outcome<SetChange> draw_active_set(Context& context) {
    TRY_ASSIGN(const std::vector<Power> powers, active_set(context.state));
    const Powers before(powers.begin(), powers.end());
    TRY_ASSIGN(const Powers drawn, draw(context, before));
    if (drawn.empty()) {
        return SetChange{};
    }

    Drawing drawing(context);
    for (const auto& [number, power] : before) {
        const auto now = drawn.find(number);
        if (now == drawn.end()) {
            TRY(drawing.leave(number));
        } else if (now->second != power) {
            TRY(drawing.change_power(number, now->second));
        }
    }
    for (const auto& [number, power] : drawn) {
        if (!before.contains(number)) {
            TRY(drawing.enter(number, power));
        }
    }
    return std::move(drawing).finish();
}

Outcome<void> end_matured(Context& context) {
    // Nothing comes to stand before what has ended: what is new waits for a second at least.
    std::optional<Waiting> last;
    for (std::size_t i = 0; i < ends_max; ++i) {
        TRY_ASSIGN(const auto waiting, first_waiting(context.state, last));
        if (!waiting || waiting->time > context.block.time) {
            break;
        }
        TRY(end(context, *waiting));
        last = waiting;
    }
    return {};
}

}  // namespace steelyard::staking
