// What a node reads from its home when it starts: the chain's beginning, and who it is.
#pragma once

#include "chain/genesis.h"
#include "consensus/engine/log_file.h"
#include "consensus/engine/signer.h"
#include "node/config/config.h"
#include "p2p/node_key.h"

namespace steelyard::node {

Result<chain::GenesisDoc> read_genesis(const Config& config);

Result<p2p::NodeKey> read_node_key(const Config& config);

/// Null without a key: a node that only looks on. `folder` has what was signed last.
Result<std::unique_ptr<engine::Signer>> open_signer(
    const Config& config, const chain::ChainId& chain_id, engine::Directory& folder
);

}  // namespace steelyard::node
