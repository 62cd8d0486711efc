// RoundStep: where a node is in a round, as CometBFT numbers and names it (RoundStepType).
#pragma once

#include <cstdint>
#include <string_view>

namespace steelyard::chain {

enum class RoundStep : std::uint8_t {
    new_height = 1,
    new_round = 2,
    propose = 3,
    prevote = 4,
    prevote_wait = 5,
    precommit = 6,
    precommit_wait = 7,
    commit = 8,
};

/// "RoundStepPropose" and so on.
std::string_view to_string(RoundStep step);

}  // namespace steelyard::chain
