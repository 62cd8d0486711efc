// ValidatorSet: the validators of one height, in a fixed order, with the rotation of proposers.
#pragma once

#include "chain/validator.h"

#include <optional>
#include <span>
#include <vector>

namespace steelyard::chain {

/// At least one validator; unique addresses; more power first, then the lower address; a total
/// power of at most total_voting_power_max. No value of this type breaks these rules.
class ValidatorSet {
public:
    /// A fresh set, after one turn of the rotation. Refuses no members, more than
    /// validators_max, one twice, and powers below 1 or above the limits.
    static Result<ValidatorSet> create(std::span<const ValidatorUpdate> members);

    /// A set as it was: order and priorities are kept, and checked, not made anew.
    static Result<ValidatorSet> restore(std::vector<Validator> validators, ValidatorIndex proposer);

    std::size_t size() const { return validators_.size(); }
    std::span<const Validator> validators() const { return validators_; }
    const Validator& operator[](ValidatorIndex index) const;  ///< CHECKs the index
    std::optional<ValidatorIndex> index_of(const Address& address) const;
    VotingPower total_power() const { return total_power_; }

    /// Whoever took the latest turn; if an update has removed it, the highest priority.
    const Validator& proposer() const { return validators_[proposer_]; }
    ValidatorIndex proposer_index() const { return proposer_; }

    /// Rescales and centres the priorities, then takes `turns` turns (at least 1). Consensus goes
    /// on one turn at a time, also where it skips rounds: several at once can end elsewhere, rule
    /// P5.
    void increment_proposer_priority(std::int32_t turns);

    /// The set that comes `turns` turns later.
    ValidatorSet after_turns(std::int32_t turns) const;

    /// Applies the changes at once; their order does not matter. Refuses, and changes nothing, if
    /// one validator is named twice, a stranger is removed, a power is negative, or the result
    /// would be empty or over a limit. Takes no turn; no changes is no update at all.
    Result<void> update(std::span<const ValidatorUpdate> changes);

    /// Merkle root over the SimpleValidators: the header's validators_hash.
    Hash256 hash() const;

    bool operator==(const ValidatorSet&) const = default;

private:
    ValidatorSet() = default;

    Result<std::vector<Validator>> merge(std::span<const ValidatorUpdate> changes) const;

    /// Sorts, and rebuilds what is derived from the list. False if an address is there twice.
    bool reindex();

    std::vector<Validator> validators_;
    std::vector<ValidatorIndex> by_address_;  ///< indices of validators_, by ascending address
    VotingPower total_power_ = 0;
    ValidatorIndex proposer_ = 0;
};

/// tendermint.types.ValidatorSet. The proposer must be a copy of a member. The total power is not
/// written, as CometBFT writes none, and one that is there is refused: it is computed, never read.
Bytes encode_validator_set(const ValidatorSet& set);
Result<ValidatorSet> decode_validator_set(ByteView bytes);

}  // namespace steelyard::chain
