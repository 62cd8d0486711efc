// Stored: what a peer at an earlier height needs first, read once for all peers there.
//
// Private to this folder.
#pragma once

#include "consensus/gossip/gossip.h"

namespace steelyard::gossip {

struct Gossip::Stored {
    chain::Height height{};
    chain::BlockMeta meta;
    chain::Commit commit;
};

}  // namespace steelyard::gossip
