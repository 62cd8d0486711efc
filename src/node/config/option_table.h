// The options, in two parts.
#pragma once

#include "node/config/option.h"

namespace steelyard::node {

std::span<const Option> network_options();  ///< [rpc], [api], [p2p]
std::span<const Option> chain_options();    ///< the top of the file
std::span<const Option> other_options();    ///< the other sections

/// Limits that several options share.
inline constexpr std::int64_t count_max = 1'000'000;
inline constexpr std::int64_t memory_max = std::int64_t{1} << 40;  ///< bytes
inline constexpr std::int64_t hour = 3'600'000;                    ///< milliseconds

}  // namespace steelyard::node

/// How an Option finds its member of Config.
#define STEELYARD_AT(member) [](Config& config) -> OptionTarget { return &config.member; }
