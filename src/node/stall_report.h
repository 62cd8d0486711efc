// Why no block comes, in words for the log.
#pragma once

#include "consensus/core/state.h"

#include <string>

namespace steelyard::node {

struct StallReport {
    std::string step{};  ///< of the round: "prevote"
    std::string who{};   ///< is waited for: "3 of 4 validators: ADDRESS, ..."
    std::int64_t round = 0;
    std::int64_t percent = 0;  ///< of the voting power that has voted in this step
};

/// At most so many addresses are named.
inline constexpr std::size_t stall_names_max = 8;

StallReport describe_stall(const consensus::HeightState& height);

}  // namespace steelyard::node
