// Records of stake as cosmos.staking.v1beta1 has them. Private to the .cpp files of this folder.
#pragma once

#include "ledger/queries/query_table.h"
#include "ledger/staking/delegation.h"

namespace cosmos::staking::v1beta1 {
class DelegationResponse;
class RedelegationResponse;
class UnbondingDelegation;
class Validator;
}  // namespace cosmos::staking::v1beta1

namespace steelyard::queries {

namespace pb = cosmos::staking::v1beta1;

pb::Validator to_message(const staking::Validator& validator);

/// With what it is worth.
Answer<pb::DelegationResponse> describe(const Asked& asked, const staking::Delegation& delegation);

/// There is one (CHECKed).
Answer<pb::UnbondingDelegation> describe_unbonding(
    const Asked& asked, ledger::AccountNumber delegator, ledger::ValidatorNumber validator
);
Answer<pb::RedelegationResponse> describe(const Asked& asked, const staking::Route& route);

}  // namespace steelyard::queries
