// Stakes: what several parts of this folder need of the store `staking`. Private to its .cpp files.
#pragma once

#include "ledger/invariants/findings.h"
#include "ledger/staking/delegation.h"

#include <map>

namespace steelyard::invariants {

/// To one validator, altogether.
struct Delegated {
    chain::Dec shares{};
    chain::Dec worth{};  ///< of each delegation, as it is paid back
    std::vector<staking::Delegation> delegations{};
};

struct Stakes {
    std::map<ledger::ValidatorNumber, staking::Member> members{};
    std::vector<staking::Delegation> delegations{};  ///< to all of them
    std::map<ledger::ValidatorNumber, Delegated> delegated{};
};

Stakes read_stakes(const StateView& state);

void check_stake(const StateView& state, const Stakes& stakes, Findings& findings);       // I2, I3
void check_rewards(StateView& state, const Stakes& stakes, Findings& findings);           // I4, I6
void check_active_set(const StateView& state, const Stakes& stakes, Findings& findings);  // I5
void check_stake_rows(const StateView& state, const Stakes& stakes, Findings& findings);  // I6
void check_other_rows(const StateView& state, const Stakes& stakes, Findings& findings);  // I6

}  // namespace steelyard::invariants
