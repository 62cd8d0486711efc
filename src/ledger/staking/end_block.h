// What staking does by itself: phases B6 and B10 of doc/spec/ledger.md.
#pragma once

#include "chain/header.h"
#include "ledger/staking/delegation.h"

namespace steelyard::staking {

/// What the drawing of the active set came to.
struct SetChange {
    std::vector<chain::ValidatorUpdate> updates{};  ///< rule D9, one for each key
    std::vector<Member> bonded{};  ///< those that came into the set, as they are now
};

/// How many places in the order of powers a drawing looks at. Only validators without a beacon key
/// are passed over, so who would fill them all has many times the stake of the set.
inline constexpr std::size_t candidates_max = 10'000;

/// How many rows of the queue end in a block, rule D10.
inline constexpr std::size_t ends_max = 2'000;

/// How many historical infos a block forgets at most; more than one wait where
/// historical_entries was lowered.
inline constexpr std::size_t forgets_max = 10;

/// Rules D8 and D9: draws the active set anew and moves tokens between the pools. Also the genesis
/// calls it.
Outcome<SetChange> draw_active_set(Context& context);

/// Rule D10: ends what has matured. Events: complete_unbonding, complete_redelegation.
Outcome<void> end_matured(Context& context);

/// A member of the active set, with the power that consensus knows.
using Power = std::pair<ValidatorNumber, std::int64_t>;

/// A block's header, and the active set when it began.
struct HistoricalInfo {
    chain::Header header{};
    std::vector<Power> powers{};

    bool operator==(const HistoricalInfo&) const = default;
};

/// Phase B6: keeps the header and the active set of this block, forgets the oldest.
Outcome<void> keep_historical_info(Context& context, const chain::Header& header);

/// Nothing: it is not kept, or no longer.
Outcome<std::optional<HistoricalInfo>> historical_info(
    const StateView& state, chain::Height height
);

/// The active set as drawn last, by number.
Outcome<std::vector<Power>> active_set(const StateView& state);

/// Zero: not in it.
Outcome<std::int64_t> active_power(const StateView& state, ValidatorNumber validator);

/// Writes what consensus was told; zero erases it. For the drawing and for the genesis.
Outcome<void> put_active_power(StateView& state, ValidatorNumber validator, std::int64_t power);

}  // namespace steelyard::staking
