// The sections of app_state: each is read into the state, and written from it. Private to the .cpp
// files of this folder.
#pragma once

#include "base/check.h"
#include "chain/coin.h"
#include "ledger/genesis/genesis.h"
#include "ledger/params/params.h"
#include "ledger/state/context.h"

#include <map>

namespace steelyard::genesis::v1 {
class AuthState;
class BankState;
class BeaconState;
class DistributionState;
class GenutilState;
class MarketState;
class ParamsState;
class SlashingState;
class StakingState;
}  // namespace steelyard::genesis::v1

namespace steelyard::genesis {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;

/// The value, or what was wrong at a place of the document.
template <typename T>
Result<T> at(std::string_view path, Outcome<T> outcome) {
    if (!outcome) {
        return invalid("app_state.{}: {}", path, outcome.error().log);
    }
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return *std::move(outcome);
    }
}

template <typename T>
Result<T> at(std::string_view path, Result<T> result) {
    if (!result) {
        return std::unexpected(std::move(result).error().in(fmt::format("app_state.{}", path)));
    }
    return result;
}

/// The value of what cannot fail: a view without a meter.
template <typename T>
T sure(Outcome<T> outcome) {
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

using Supplies = std::map<chain::Denom, chain::Amount>;

/// Adds a balance. Errors: a supply is over its limit; what went before stays added.
Result<void> add_to_supply(Supplies& sums, const chain::Coins& coins);

// Each reads a section, in this order, and refuses what breaks a rule of its module.

Result<ledger::Params> read_params(const v1::ParamsState& section, const chain::GenesisDoc& doc);
Result<void> read_auth(StateView& state, const v1::AuthState& section);
Result<void> read_bank(StateView& state, const v1::BankState& section);
Result<void> read_beacon(
    StateView& state, const v1::BeaconState& section, const chain::GenesisDoc& doc
);
Result<void> read_staking(StateView& state, const v1::StakingState& section);
Result<void> read_slashing(StateView& state, const v1::SlashingState& section);
Result<void> read_proposals(StateView& state, const v1::ParamsState& section);
Result<void> read_distribution(StateView& state, const v1::DistributionState& section);
Result<void> read_market(StateView& state, const v1::MarketState& section);

/// Whether programs are what their records say of them. Errors name the program.
Result<void> check_programs(const StateView& state, const market::ProofVerifier& verifier);

/// Executes the genesis transactions, in their order.
Result<void> run_gen_txs(Context& context, const v1::GenutilState& section);

/// Without those that stand in the document's consensus_params.
void set_params(const ledger::Params& params, v1::ParamsState& section);

// Each writes what its reader takes.

void write_params(const StateView& state, v1::ParamsState& section);
void write_auth(const StateView& state, v1::AuthState& section);
void write_bank(const StateView& state, v1::BankState& section);
void write_beacon(const StateView& state, v1::BeaconState& section);
void write_staking(const StateView& state, v1::StakingState& section);
void write_slashing(const StateView& state, v1::SlashingState& section);
void write_proposals(const StateView& state, v1::ParamsState& section);
void write_distribution(const StateView& state, v1::DistributionState& section);
void write_market(const StateView& state, v1::MarketState& section);

}  // namespace steelyard::genesis
