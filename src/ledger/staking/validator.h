// Validator: the record of one, and how the records of stake are found.
#pragma once

#include "chain/dec.h"
#include "chain/validator.h"
#include "ledger/bank/bank.h"

namespace steelyard::staking {

using bank::Party;
using ledger::AccountNumber;
using ledger::Context;
using ledger::Outcome;
using ledger::StateView;
using ledger::ValidatorNumber;

inline constexpr std::string_view bonded_pool_name = "bonded_tokens_pool";
inline constexpr std::string_view not_bonded_pool_name = "not_bonded_tokens_pool";

/// Tokens for one unit of voting power.
inline constexpr std::uint64_t power_reduction = 1'000'000;

/// With the SDK's numbers.
enum class Status : std::uint8_t {
    unbonded = 1,
    unbonding = 2,  ///< left the active set less than the unbonding time ago
    bonded = 3,     ///< in the active set
};

struct Description {
    std::string moniker{};           ///< 1 to 70 bytes
    std::string identity{};          ///< at most 3000
    std::string website{};           ///< at most 140
    std::string security_contact{};  ///< at most 140
    std::string details{};           ///< at most 280

    bool operator==(const Description&) const = default;
};

struct CommissionRates {
    chain::Dec rate{};
    chain::Dec max_rate{};
    chain::Dec max_change_rate{};  ///< in 24 hours

    bool operator==(const CommissionRates&) const = default;
};

struct Validator {
    chain::Address operator_address{};
    AccountNumber operator_account{};
    std::optional<crypto::PublicKey> consensus_key{};  ///< always there in a stored record
    bool jailed = false;
    Status status = Status::unbonded;
    chain::Amount tokens{};
    chain::Dec shares{};
    Description description{};
    chain::Height unbonding_height{};   ///< when it left the active set last
    chain::Timestamp unbonding_time{};  ///< when it becomes unbonded
    CommissionRates commission{};
    chain::Timestamp commission_update_time{};
    chain::Amount min_self_delegation{};

    bool operator==(const Validator&) const = default;
};

/// A validator with its number.
struct Member {
    ValidatorNumber number{};
    Validator validator{};
};

std::int64_t power_of(chain::Amount tokens);

/// shares x T / S; zero where there are no shares. Out of range is a CHECK: it cannot come to pass
/// with shares that are the validator's. What a stake is worth is rounded as the SDK does
/// (TokensFromShares); what it begins to earn on is cut (TokensFromSharesTruncated).
chain::Dec tokens_of(
    const Validator& validator,
    chain::Dec shares,
    chain::Rounding rounding = chain::Rounding::half_even
);

/// tokens x S / T, cut; the tokens themselves where there are no shares. Errors:
/// insufficient_shares where T = 0 < S; invalid_request where it is out of range.
Outcome<chain::Dec> shares_of(const Validator& validator, chain::Amount tokens);

Outcome<std::optional<Member>> find_by_operator(
    const StateView& state, const chain::Address& operator_address
);

/// Also finds the number of a validator that was removed; its record is then gone.
Outcome<std::optional<ValidatorNumber>> find_by_consensus_address(
    const StateView& state, const chain::Address& consensus_address
);

/// Nothing where it was removed.
Outcome<std::optional<Validator>> get_validator(const StateView& state, ValidatorNumber number);

/// In the order of their numbers, until `visit` returns false.
Outcome<void> walk_validators(
    const StateView& state, const std::function<Outcome<bool>(const Member&)>& visit
);

/// The operator's address, also of a validator that was removed. There was one (CHECKed).
Outcome<chain::Address> operator_of(const StateView& state, ValidatorNumber number);

/// Of the next validator that is made.
Outcome<ValidatorNumber> next_number(const StateView& state);

/// Writes the record, and all rows that follow from it: its names, if it is new, its place in the
/// order of powers, and the end of its unbonding. Who must write a validator that does not come
/// from a message (the genesis) needs nothing else.
Outcome<void> put_validator(StateView& state, const Member& member);

/// Erases the record, as it is stored, and what follows from it; what stays is that its consensus
/// key was in use, and `operator_of`.
Outcome<void> erase_validator(StateView& state, const Member& member);

Bytes encode_validator(const Validator& validator);
Result<Validator> decode_validator(ByteView bytes);

}  // namespace steelyard::staking
