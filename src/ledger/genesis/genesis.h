// The application's part of the genesis document, in and out: doc/spec/ledger.md, "Genesis".
#pragma once

#include "chain/genesis.h"
#include "ledger/state/state_view.h"

namespace steelyard::market {
class ProofVerifier;
}

namespace steelyard::genesis {

/// What a genesis leads to, beside the state.
struct Started {
    std::vector<chain::ValidatorUpdate> validators{};
};

/// Reads app_state strictly and makes the state before the first block of it. Errors name the
/// member (`app_state.bank.balances[3].coins: ...`). The document was validated. With a verifier,
/// programs of its market are checked as those that are registered are; without one their records
/// are taken as they stand.
Result<Started> start(
    ledger::StateView& state,
    const chain::GenesisDoc& doc,
    const market::ProofVerifier* verifier = nullptr
);

/// The state as app_state, indented: a chain that starts from it goes on where this one stood, but
/// for historical infos. Its initial height must be the next one.
std::string export_state(const ledger::StateView& state);

}  // namespace steelyard::genesis
