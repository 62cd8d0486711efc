// Records of rewards: what the store `distribution` holds (doc/spec/staking.md).
//
// Readers that return no optional CHECK that the record is there: a validator has all of its
// records, and a delegation its starting info, from the first moment to the last.
#pragma once

#include "chain/dec.h"
#include "ledger/state/context.h"
#include "ledger/state/key.h"

namespace steelyard::distribution {

using ledger::AccountNumber;
using ledger::Context;
using ledger::Outcome;
using ledger::StateView;
using ledger::ValidatorNumber;

/// What a validator's delegators have earned since the last period ended.
struct CurrentRewards {
    chain::Dec rewards{};
    std::uint64_t period = 0;  ///< the one that runs; at least 1

    bool operator==(const CurrentRewards&) const = default;
};

/// At the end of a period: what one token had earned since the validator was made.
struct HistoricalRewards {
    chain::Dec ratio{};
    std::uint32_t references = 0;  ///< the running period, starting infos, slash events

    bool operator==(const HistoricalRewards&) const = default;
};

/// From when on, and on what, a delegation earns.
struct StartingInfo {
    std::uint64_t period = 0;  ///< that ended before it
    chain::Dec stake{};
    chain::Height height{};

    bool operator==(const StartingInfo&) const = default;
};

struct SlashEvent {
    chain::Height height{};
    std::uint64_t period = 0;  ///< that ended with it
    chain::Dec fraction{};

    bool operator==(const SlashEvent&) const = default;
};

Outcome<std::optional<CurrentRewards>> find_current(
    const StateView& state, ValidatorNumber validator
);
Outcome<CurrentRewards> get_current(const StateView& state, ValidatorNumber validator);
Outcome<void> put_current(
    StateView& state, ValidatorNumber validator, const CurrentRewards& current
);

Outcome<HistoricalRewards> get_historical(
    const StateView& state, ValidatorNumber validator, std::uint64_t period
);

/// Erases it where it has no references.
Outcome<void> put_historical(
    StateView& state,
    ValidatorNumber validator,
    std::uint64_t period,
    const HistoricalRewards& historical
);

Outcome<StartingInfo> get_starting_info(
    const StateView& state, ValidatorNumber validator, AccountNumber delegator
);
Outcome<void> put_starting_info(
    StateView& state, ValidatorNumber validator, AccountNumber delegator, const StartingInfo& info
);
Outcome<void> erase_starting_info(
    StateView& state, ValidatorNumber validator, AccountNumber delegator
);

Outcome<void> put_slash_event(StateView& state, ValidatorNumber validator, const SlashEvent& event);

Outcome<chain::Dec> community_pool(const StateView& state);
Outcome<void> put_community_pool(StateView& state, chain::Dec pool);

/// Zero for a validator that is not there.
Outcome<chain::Dec> commission(const StateView& state, ValidatorNumber validator);
Outcome<void> put_commission(StateView& state, ValidatorNumber validator, chain::Dec commission);

/// Zero for a validator that is not there.
Outcome<chain::Dec> outstanding(const StateView& state, ValidatorNumber validator);
Outcome<void> put_outstanding(StateView& state, ValidatorNumber validator, chain::Dec outstanding);

/// The delegator's own number where none was set.
Outcome<AccountNumber> withdraw_address(const StateView& state, AccountNumber delegator);
Outcome<void> put_withdraw_address(
    StateView& state, AccountNumber delegator, AccountNumber withdraw_to
);

/// All that stands under a validator's number, but for its starting infos: none is left then.
Outcome<void> erase_validator(StateView& state, ValidatorNumber validator);

// What queries need to go through slash events page by page.
ledger::Key slash_events_prefix(ValidatorNumber validator);
SlashEvent read_slash_event(const ledger::Record& record);

// Walks in key order, until `visit` returns false.

using VisitSlashEvent = std::function<Outcome<bool>(const SlashEvent&)>;

/// A validator's, from a height on.
Outcome<void> walk_slash_events(
    const StateView& state,
    ValidatorNumber validator,
    chain::Height from,
    const VisitSlashEvent& visit
);

/// A validator's, by period.
Outcome<void> walk_historical(
    const StateView& state,
    ValidatorNumber validator,
    const std::function<Outcome<bool>(std::uint64_t period, const HistoricalRewards&)>& visit
);

/// A validator's, by the delegator's number.
Outcome<void> walk_starting_infos(
    const StateView& state,
    ValidatorNumber validator,
    const std::function<Outcome<bool>(AccountNumber delegator, const StartingInfo&)>& visit
);

/// All that were set, by the delegator's number.
Outcome<void> walk_withdraw_addresses(
    const StateView& state,
    const std::function<Outcome<bool>(AccountNumber delegator, AccountNumber withdraw_to)>& visit
);

// The values of the rows.

Bytes encode_current(const CurrentRewards& current);
Result<CurrentRewards> decode_current(ByteView bytes);
Bytes encode_historical(const HistoricalRewards& historical);
Result<HistoricalRewards> decode_historical(ByteView bytes);
Bytes encode_starting_info(const StartingInfo& info);
Result<StartingInfo> decode_starting_info(ByteView bytes);

}  // namespace steelyard::distribution
