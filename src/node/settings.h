// From the configuration to the settings of each part.
#pragma once

#include "node/config/config.h"
#include "node/consensus_host.h"
#include "node/mempool_host.h"
#include "node/stores.h"
#include "rpc/routes.h"
#include "rpc/server.h"
#include "rpc/zmq_publisher.h"

namespace steelyard::node {

/// What peers are told of us.
p2p::NodeInfo node_info(
    const Config& config, const chain::ChainId& chain_id, std::uint64_t app_version
);

StoreOptions store_options(const Config& config);
MempoolSettings mempool_settings(const Config& config);
rpc::ServerConfig server_config(const Config& config);
rpc::ServerConfig rest_server_config(const Config& config);
rpc::RouteConfig route_config(const Config& config);
rpc::SubscriptionLimits subscription_limits(const Config& config);

engine::EngineConfig engine_config(const Config& config, const chain::SignatureVerifier& verify);

/// Three times what a block takes at most where all is well.
std::chrono::nanoseconds stall_after(const Config& config);

/// `validator_key` is the node's own, if it has one.
ConsensusSettings consensus_settings(
    const Config& config,
    const chain::GenesisDoc& genesis,
    const chain::SignatureVerifier& verify,
    const std::optional<crypto::PublicKey>& validator_key
);

/// Errors name the topic that there is none of.
Result<std::vector<rpc::ZmqBinding>> zmq_bindings(const Config& config);

/// Of the pool that checks signatures; at least one.
std::size_t checker_threads(const Config& config);

}  // namespace steelyard::node
