// What Switch::create makes of its configuration.
#pragma once

#include "p2p/peer_manager.h"
#include "p2p/switch_config.h"
#include "p2p/transport.h"

namespace steelyard::p2p {

struct SwitchOptions {
    std::optional<Endpoint> listen{};
    std::optional<Endpoint> external{};
    std::vector<NodeId> private_ids{};
    PeerManagerOptions manager{};
    TransportOptions transport{};
};

/// Reads every text and checks every number; an error names the option, and in a list the entry.
Result<SwitchOptions> read_options(const SwitchConfig& config, const NodeId& self);

}  // namespace steelyard::p2p
