#include "node/settings.h"

#include <thread>

namespace steelyard::node {
namespace {

std::size_t size_of(std::int64_t number) {
    return static_cast<std::size_t>(number);
}

/// The parts of a list such as "tcp://127.0.0.1:26657,unix:///run/rpc.sock".
std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin < list.size()) {
        const std::size_t comma = std::min(list.find(',', begin), list.size());
        if (comma > begin) {
            parts.push_back(list.substr(begin, comma - begin));
        }
        begin = comma + 1;
    }
    return parts;
}

/// A chain as fast as votes come still rests while nobody wants anything of it.
std::chrono::nanoseconds empty_interval(const ConsensusConfig& given) {
    if (given.empty_block_factor == 0) {
        return consensus::TimeoutConfig::duration_max;
    }
    constexpr std::chrono::nanoseconds least = std::chrono::seconds(1);
    const std::chrono::nanoseconds interval = given.target_block_interval;
    return std::max(least, interval * given.empty_block_factor);
}

}  // namespace

p2p::NodeInfo node_info(
    const Config& config, const chain::ChainId& chain_id, std::uint64_t app_version
) {
    return {
        .protocol_version = {.app = app_version},
        .network = chain_id.text(),
        .version = std::string(rpc::comet_version),
        .moniker = config.moniker,
        .tx_index = config.tx_index.kind() == Indexer::kv ? "on" : "off",
        .rpc_address = config.rpc.laddr,
    };
}

StoreOptions store_options(const Config& config) {
    return {
        .folder = config.path(config.db_dir),
        .write_buffer_bytes = size_of(config.storage.memtable_bytes),
        .block_cache_bytes = size_of(config.storage.block_cache_bytes),
    };
}

MempoolSettings mempool_settings(const Config& config) {
    const MempoolConfig& given = config.mempool;
    MempoolSettings settings;
    settings.pool.max_txs = size_of(given.size);
    settings.pool.max_txs_bytes = size_of(given.max_txs_bytes);
    settings.pool.max_tx_bytes = size_of(given.max_tx_bytes);
    settings.pool.max_txs_per_sender = size_of(given.max_txs_per_sender);
    settings.pool.cache_size = size_of(given.cache_size);
    settings.pool.keep_invalid_txs_in_cache = given.keep_invalid_txs_in_cache;
    settings.pool.recheck = given.recheck;
    settings.pool.pending_txs_max = settings.pool.max_txs;
    settings.gossip.broadcast = given.broadcast;
    settings.gossip.max_tx_bytes = settings.pool.max_tx_bytes;
    return settings;
}

rpc::ServerConfig server_config(const Config& config) {
    const RpcConfig& given = config.rpc;
    rpc::ServerConfig server{.listen_addresses = split(given.laddr)};
    if (config.instrumentation.prometheus) {
        server.metrics_listen_address = config.instrumentation.prometheus_listen_addr;
    }
    server.max_open_metrics_connections = size_of(config.instrumentation.max_open_connections);
    server.threads = size_of(given.threads);
    server.max_open_connections = size_of(given.max_open_connections);
    server.max_body_bytes = size_of(given.max_body_bytes);
    server.max_header_bytes = size_of(given.max_header_bytes);
    server.websocket_queue_messages = size_of(given.subscription_buffer_size);
    server.cors_allowed_origins = given.cors_allowed_origins;
    server.cors_allowed_methods = given.cors_allowed_methods;
    server.cors_allowed_headers = given.cors_allowed_headers;
    server.dispatch.batch_size_max = size_of(given.max_request_batch_size);
    return server;
}

rpc::ServerConfig rest_server_config(const Config& config) {
    const ApiConfig& given = config.api;
    rpc::ServerConfig server{.listen_addresses = split(given.address)};
    server.threads = size_of(given.threads);
    server.max_open_connections = size_of(given.max_open_connections);
    server.max_body_bytes = size_of(given.max_body_bytes);
    server.max_header_bytes = size_of(given.max_header_bytes);
    server.cors_allowed_origins = given.cors_allowed_origins;
    server.cors_allowed_headers.emplace_back("X-Cosmos-Block-Height");
    return server;
}

rpc::RouteConfig route_config(const Config& config) {
    return {
        .unsafe = config.rpc.unsafe,
        .commit_timeout = config.rpc.timeout_broadcast_tx_commit,
    };
}

rpc::SubscriptionLimits subscription_limits(const Config& config) {
    return {
        .clients_max = size_of(config.rpc.max_subscription_clients),
        .per_client_max = size_of(config.rpc.max_subscriptions_per_client),
    };
}

engine::EngineConfig engine_config(const Config& config, const chain::SignatureVerifier& verify) {
    const ConsensusConfig& given = config.consensus;
    engine::EngineConfig engine{.skip_commit_wait = given.skip_commit_wait, .verify = verify};
    engine.timeouts.propose = given.timeout_propose;
    engine.timeouts.propose_delta = given.timeout_propose_delta;
    engine.timeouts.prevote = given.timeout_prevote;
    engine.timeouts.prevote_delta = given.timeout_prevote_delta;
    engine.timeouts.precommit = given.timeout_precommit;
    engine.timeouts.precommit_delta = given.timeout_precommit_delta;
    engine.pacing.block_interval = given.target_block_interval;
    engine.pacing.empty_interval = empty_interval(given);
    return engine;
}

std::chrono::nanoseconds stall_after(const Config& config) {
    const ConsensusConfig& given = config.consensus;
    const std::chrono::nanoseconds least = std::chrono::seconds(2);
    const auto expected = given.empty_block_factor == 0
                              ? std::chrono::nanoseconds(given.target_block_interval)
                              : empty_interval(given);
    return 3 * std::max(least, expected);
}

ConsensusSettings consensus_settings(
    const Config& config,
    const chain::GenesisDoc& genesis,
    const chain::SignatureVerifier& verify,
    const std::optional<crypto::PublicKey>& validator_key
) {
    ConsensusSettings settings{
        .engine = engine_config(config, verify),
        .block_sync = config.blocksync.enabled,
        .double_sign_check_height = config.consensus.double_sign_check_height,
        .stall_after = stall_after(config),
    };
    settings.gossip.initial_height = genesis.initial_height;
    settings.sync.verify = verify;
    settings.sync.buffered_bytes_max = size_of(config.blocksync.max_buffered_bytes);
    if (validator_key) {
        settings.sync.address = validator_key->address();
    }
    return settings;
}

Result<std::vector<rpc::ZmqBinding>> zmq_bindings(const Config& config) {
    std::vector<rpc::ZmqBinding> bindings;
    if (config.zmq.laddr.empty()) {
        return bindings;
    }
    for (const std::string& topic : config.zmq.topics) {
        TRY_ASSIGN(const auto parsed, rpc::parse_zmq_topic(topic));
        bindings.push_back({parsed, config.zmq.laddr});
    }
    return bindings;
}

std::size_t checker_threads(const Config& config) {
    const auto wanted = size_of(config.mempool.threads);
    return wanted > 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace steelyard::node
