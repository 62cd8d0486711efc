// ProposerRotation: who proposes in each round of one height.
#pragma once

#include "chain/validator_set.h"

namespace steelyard::consensus {

/// Takes the turns of the rotation one by one (rule P5 of doc/spec/consensus-data.md), each only
/// once, and remembers whose each was.
class ProposerRotation {
public:
    /// The most turns that one call takes. Taking them is work: a round that a peer merely names
    /// must be bounded before it is asked about, with `reaches`.
    static constexpr std::int32_t rounds_ahead_max = 100'000;

    /// A set that stands at round 0 of the height.
    explicit ProposerRotation(chain::ValidatorSet validators);

    const chain::ValidatorSet& validators() const { return validators_; }

    /// Whether the round is at most rounds_ahead_max after the latest one that was asked about.
    bool reaches(chain::Round round) const;

    /// The proposer of a round that `reaches` admits. The reference is into `validators()`.
    const chain::Validator& proposer(chain::Round round);

private:
    chain::ValidatorSet validators_;
    chain::ValidatorSet latest_;  ///< at the last round of `by_round_`
    std::vector<chain::ValidatorIndex> by_round_;
};

}  // namespace steelyard::consensus
