// VoteSet: the votes of one height, round and type, and how much power stands behind each value.
#pragma once

#include "chain/commit.h"
#include "chain/validator.h"

#include <map>
#include <vector>

namespace steelyard::consensus {

/// What a vote is for: a block, or nothing for nil.
using VoteValue = std::optional<chain::BlockId>;

/// What adding a vote did.
struct VoteOutcome {
    /// Whether the vote counts from now on; false for one that was there, or that is over a limit.
    bool added = false;

    /// The validator's first vote, when this is the first that contradicts it. Told once.
    std::optional<chain::Vote> contradicts{};

    /// The value that this vote gave its quorum. Told once for each value.
    std::optional<VoteValue> quorum{};
};

/// Tallies votes that were verified. As in the paper, a validator that votes for two values counts
/// for both of them, since other nodes may have seen either vote first; it counts once for each
/// value, and once in the sum over all. A value type: it knows powers, not the validator set.
class VoteSet {
public:
    /// A validator's third and later values count only where they are needed: for a value that more
    /// than a third of the power stands behind already. So a set holds few votes of each validator.
    static constexpr std::size_t values_per_validator_max = 2;

    VoteSet(std::size_t validators, chain::VotingPower total_power);

    /// Whether `add` would count it: worth the check of its signature.
    bool wants(const chain::Vote& vote) const;

    /// Counts a vote of the validator at vote.validator_index, which has `power`.
    VoteOutcome add(const chain::Vote& vote, chain::VotingPower power);

    /// Takes back all votes of a validator.
    void remove(chain::ValidatorIndex index, chain::VotingPower power);

    bool empty() const { return voters_power_ == 0; }

    /// The power of all that voted, each counted once.
    chain::VotingPower voters_power() const { return voters_power_; }
    chain::VotingPower power_for(const VoteValue& value) const;

    /// More than two thirds voted, for whatever.
    bool has_quorum_of_any() const;
    bool has_quorum_for(const VoteValue& value) const;

    /// The value with a quorum. Should more than a third be Byzantine there may be two: the first.
    const std::optional<VoteValue>& quorum() const { return quorum_; }

    /// Who voted, and a validator's first vote or nothing.
    chain::BitArray voters() const;
    const chain::Vote* vote(chain::ValidatorIndex index) const;

    /// The votes for a value, by index; and all votes, by index.
    std::vector<chain::Vote> votes_for(const VoteValue& value) const;
    std::vector<chain::Vote> all() const;

    /// The commit that these precommits make, one for the quorum's block: those for it, and nil
    /// ones; whoever voted for another block is absent. CHECKs that a block has a quorum.
    chain::Commit make_commit() const;

private:
    chain::VotingPower total_power_;
    chain::VotingPower voters_power_ = 0;
    std::vector<std::vector<chain::Vote>> votes_by_index_;  ///< in the order in which they came
    std::map<VoteValue, chain::VotingPower> power_by_value_;
    std::optional<VoteValue> quorum_;
};

}  // namespace steelyard::consensus
