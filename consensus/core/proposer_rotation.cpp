#include "consensus/core/proposer_rotation.h"

namespace steelyard::consensus {

ProposerRotation::ProposerRotation(chain::ValidatorSet validators)
    : validators_(std::move(validators)),
      latest_(validators_),
      by_round_{validators_.proposer_index()} {
}

bool ProposerRotation::reaches(chain::Round round) const {
    const std::size_t latest = by_round_.size() - 1;
    return static_cast<std::size_t>(round.value()) <= latest + rounds_ahead_max;
}

const chain::Validator& ProposerRotation::proposer(chain::Round round) {
    CHECK(reaches(round));
    const auto index = static_cast<std::size_t>(round.value());
    while (by_round_.size() <= index) {
        latest_.increment_proposer_priority(1);
        by_round_.push_back(latest_.proposer_index());
    }
    return validators_[by_round_[index]];
}

}  // namespace steelyard::consensus
