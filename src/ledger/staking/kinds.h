// Failures of the codespace "staking", with the numbers and texts of the Cosmos SDK.
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::staking::kinds {

using ledger::FailureKind;

inline constexpr std::string_view staking = "staking";
inline constexpr FailureKind no_validator_found{staking, 3, "validator does not exist"};
inline constexpr FailureKind validator_owner_exists{
    staking,
    4,
    "validator already exist for this operator address; must use new validator operator address"
};
inline constexpr FailureKind validator_pub_key_exists{
    staking, 5, "validator already exist for this pubkey; must use new validator pubkey"
};
inline constexpr FailureKind validator_pub_key_type_not_supported{
    staking, 6, "validator pubkey type is not supported"
};
inline constexpr FailureKind validator_jailed{
    staking, 7, "validator for this address is currently jailed"
};
inline constexpr FailureKind commission_negative{staking, 9, "commission must be positive"};
inline constexpr FailureKind commission_huge{staking, 10, "commission cannot be more than 100%"};
inline constexpr FailureKind commission_over_max_rate{
    staking, 11, "commission cannot be more than the max rate"
};
inline constexpr FailureKind commission_update_time{
    staking, 12, "commission cannot be changed more than once in 24h"
};
inline constexpr FailureKind commission_change_rate_negative{
    staking, 13, "commission change rate must be positive"
};
inline constexpr FailureKind commission_change_rate_over_max_rate{
    staking, 14, "commission change rate cannot be more than the max rate"
};
inline constexpr FailureKind commission_over_max_change_rate{
    staking, 15, "commission cannot be changed more than max change rate"
};
inline constexpr FailureKind self_delegation_below_minimum{
    staking, 16, "validator's self delegation must be greater than their minimum self delegation"
};
inline constexpr FailureKind min_self_delegation_decreased{
    staking, 17, "minimum self delegation cannot be decrease"
};
inline constexpr FailureKind no_delegation{
    staking, 19, "no delegation for (address, validator) tuple"
};
inline constexpr FailureKind insufficient_shares{staking, 22, "insufficient delegation shares"};
inline constexpr FailureKind no_unbonding_delegation{staking, 26, "no unbonding delegation found"};
inline constexpr FailureKind max_unbonding_entries{
    staking, 27, "too many unbonding delegation entries for (delegator, validator) tuple"
};
inline constexpr FailureKind self_redelegation{
    staking, 29, "cannot redelegate to the same validator"
};
inline constexpr FailureKind tiny_redelegation_amount{
    staking, 30, "too few tokens to redelegate (truncates to zero tokens)"
};
inline constexpr FailureKind bad_redelegation_destination{
    staking, 31, "redelegation destination validator not found"
};
inline constexpr FailureKind transitive_redelegation{
    staking,
    32,
    "redelegation to this validator already in progress; first redelegation to this validator must "
    "complete before next redelegation"
};
inline constexpr FailureKind max_redelegation_entries{
    staking, 33, "too many redelegation entries for (delegator, src-validator, dst-validator) tuple"
};
inline constexpr FailureKind delegator_share_rate_invalid{
    staking, 34, "cannot delegate to validators with invalid (zero) ex-rate"
};
inline constexpr FailureKind empty_validator_pub_key{staking, 39, "empty validator public key"};
inline constexpr FailureKind commission_below_min_rate{
    staking, 40, "commission cannot be less than min rate"
};

}  // namespace steelyard::staking::kinds
