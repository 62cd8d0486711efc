// The queue of what ends at a time: rows `q` of doc/spec/staking.md.
#pragma once

#include "ledger/staking/delegation.h"

namespace steelyard::staking {

enum class Waits : std::uint8_t {
    validator = 1,     ///< becomes unbonded; its number is `first`
    unbonding = 2,     ///< of `delegator` with `first`
    redelegation = 3,  ///< of `delegator` from `first` to `second`
};

struct Waiting {
    chain::Timestamp time{};
    Waits kind{};
    AccountNumber delegator{};
    ValidatorNumber first{};
    ValidatorNumber second{};

    auto operator<=>(const Waiting&) const = default;
};

/// The key of its row.
ledger::Key queue_key(const Waiting& waiting);

Outcome<void> enqueue(StateView& state, const Waiting& waiting);
Outcome<void> dequeue(StateView& state, const Waiting& waiting);

/// The first in the queue, whether or not its time has come; behind the place of another, if one is
/// given. Rows that were erased since the last commit are passed one by one.
Outcome<std::optional<Waiting>> first_waiting(
    const StateView& state, const std::optional<Waiting>& after
);

}  // namespace steelyard::staking
