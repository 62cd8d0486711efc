// VoteSet: the votes of one height, round and type, and how much power stands behind each value.
#pragma once

#include "chain/commit.h"
#include "chain/validator.h"

#include <map>
#include <optional>
#include <span>
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

    /// The value that this vote gave its quorum. Told once for each value, until votes for it are
    /// taken back.
    std::optional<VoteValue> quorum{};
};

/// Tallies votes that were verified. As in the paper, a validator that votes for two values counts
/// for both of them, since other nodes may have seen either vote first; it counts once for each
/// value, and once in the sum over all. A value type: it knows powers, not the validator set. It
/// takes room for the votes that it holds, not for those that may come.
class VoteSet {
public:
    /// A validator's third and later values count only where they are needed: for a value that more
    /// than a third of the power stands behind already. So a set holds few votes of each validator.
    static constexpr std::size_t values_per_validator_max = 2;

    /// No validator has more votes in a set. Its limit is never met where no votes are taken back:
    /// by two values of each validator, at most five values get more than a third of the power.
    static constexpr std::size_t votes_per_validator_max = values_per_validator_max + 5;

    VoteSet(std::size_t validators, chain::VotingPower total_power);

    /// Whether `add` would count it: worth the check of its signature.
    bool wants(const chain::Vote& vote) const;

    /// Counts a vote of the validator at vote.validator_index, which has `power`. CHECKs that all
    /// votes have one height, round and type.
    VoteOutcome add(const chain::Vote& vote, chain::VotingPower power);

    /// Takes back all votes of a validator, and with them the quorums that they were needed for.
    void remove(chain::ValidatorIndex index, chain::VotingPower power);

    bool empty() const { return votes_.empty(); }

    /// How many votes are held.
    std::size_t size() const { return votes_.size(); }

    /// The power of all that voted, each counted once.
    chain::VotingPower voters_power() const { return voters_power_; }
    chain::VotingPower power_for(const VoteValue& value) const;

    /// More than two thirds voted, for whatever.
    bool has_quorum_of_any() const;
    bool has_quorum_for(const VoteValue& value) const;

    /// The value with a quorum. Should more than a third be Byzantine there may be several: the
    /// first block, or nil where no block has one.
    const std::optional<VoteValue>& quorum() const { return quorum_; }

    /// Who voted; and a validator's first vote or nothing, which lives until the set changes.
    chain::BitArray voters() const;
    const chain::Vote* vote(chain::ValidatorIndex index) const;

    /// The votes for a value, by index; and all votes, by index.
    std::vector<chain::Vote> votes_for(const VoteValue& value) const;
    std::vector<chain::Vote> all() const;

    /// The same in no order, until the set changes.
    std::span<const chain::Vote> all_votes() const { return votes_; }

    /// The commit that these precommits make, one for the quorum's block: those for it, and nil
    /// ones; whoever voted for other blocks alone is absent, and, if `after` is given, whoever
    /// voted at a time that no block after that one may have. CHECKs that a block has a quorum.
    chain::Commit make_commit(std::optional<chain::Timestamp> after = {}) const;

private:
    /// Where a vote stands in votes_.
    struct Place {
        chain::ValidatorIndex validator = 0;
        std::uint32_t position = 0;
    };

    std::span<const Place> places_of(chain::ValidatorIndex validator) const;
    const chain::Vote* find(std::span<const Place> places, const VoteValue& value) const;
    void erase_vote(std::uint32_t position);

    std::size_t validators_;
    chain::VotingPower total_power_;
    chain::VotingPower voters_power_ = 0;
    std::vector<chain::Vote> votes_;  ///< in no order
    std::vector<Place> places_;       ///< by validator; of each, in the order in which they came
    std::map<VoteValue, chain::VotingPower> power_by_value_;
    std::optional<VoteValue> quorum_;
};

}  // namespace steelyard::consensus
