// Short texts of messages, for traces and findings.
#pragma once

#include "consensus/core/message.h"

#include <string>

namespace steelyard::sim {

/// The first bytes of a hash, in hex.
std::string describe(const chain::Hash256& hash);

/// "prevote 5/0 by 2 for 1a2b3c4d", and the like.
std::string describe(const chain::Vote& vote);
std::string describe(const consensus::Message& message);

}  // namespace steelyard::sim
