#include "chain/proposer_priority.h"

#include "base/check.h"
#include "base/checked.h"

namespace steelyard::chain {
namespace {

/// The average of the priorities, rounded down. Fits, since it lies between two of them.
std::int64_t average_priority(std::span<const Validator> validators) {
    const auto count = static_cast<Int128>(validators.size());
    Int128 sum = 0;
    for (const Validator& validator : validators) {
        sum += validator.proposer_priority();
    }
    const Int128 towards_zero = sum / count;
    return static_cast<std::int64_t>(sum % count < 0 ? towards_zero - 1 : towards_zero);
}

bool has_lower_priority(const Validator& a, const Validator& b) {
    return a.proposer_priority() != b.proposer_priority()
               ? a.proposer_priority() < b.proposer_priority()
               : a.address() > b.address();
}

}  // namespace

void rescale_priorities(std::span<Validator> validators, std::int64_t window) {
    if (validators.empty() || window < 1) {
        return;
    }
    const auto [lowest, highest] =
        std::minmax_element(validators.begin(), validators.end(), [](const auto& a, const auto& b) {
            return a.proposer_priority() < b.proposer_priority();
        });
    const Int128 spread = Int128{highest->proposer_priority()} - lowest->proposer_priority();
    if (spread <= window) {
        return;
    }
    const Int128 ratio = (spread + window - 1) / window;
    for (Validator& validator : validators) {
        validator.set_proposer_priority(
            static_cast<std::int64_t>(validator.proposer_priority() / ratio)
        );
    }
}

void centre_priorities(std::span<Validator> validators) {
    CHECK(!validators.empty());
    const std::int64_t average = average_priority(validators);
    for (Validator& validator : validators) {
        validator.set_proposer_priority(clipped_sub(validator.proposer_priority(), average));
    }
}

ValidatorIndex index_of_highest_priority(std::span<const Validator> validators) {
    CHECK(!validators.empty());
    const auto highest = std::max_element(validators.begin(), validators.end(), has_lower_priority);
    return static_cast<ValidatorIndex>(highest - validators.begin());
}

ValidatorIndex take_proposer_turn(std::span<Validator> validators, VotingPower total_power) {
    for (Validator& validator : validators) {
        validator.set_proposer_priority(
            clipped_add(validator.proposer_priority(), validator.voting_power())
        );
    }
    const ValidatorIndex index = index_of_highest_priority(validators);
    Validator& proposer = validators[index];
    proposer.set_proposer_priority(clipped_sub(proposer.proposer_priority(), total_power));
    return index;
}

std::int64_t priority_of_newcomer(VotingPower total_power) {
    return -(total_power + (total_power >> 3));
}

}  // namespace steelyard::chain
