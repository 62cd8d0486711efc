// Whether a validator's beacon key is one that the chain knows.
#pragma once

#include "abci/application.h"
#include "node/beacon_keys.h"

#include <optional>

namespace steelyard::node {

/// What to tell the operator of a validator: that it has no beacon key, or none that is registered.
/// Nothing: all is well, or there is no block yet that tells.
std::optional<std::string> doubt_about_beacon_keys(
    abci::Application& ledger, const BeaconKeys& keys
);

}  // namespace steelyard::node
