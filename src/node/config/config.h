// Config: everything that an operator sets of a node, typed and checked.
#pragma once

#include "p2p/switch_config.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace steelyard::node {

/// [rpc]
struct RpcConfig {
    std::string laddr = "tcp://127.0.0.1:26657";  ///< several with commas; empty serves nothing
    std::vector<std::string> cors_allowed_origins{};
    std::vector<std::string> cors_allowed_methods{"HEAD", "GET", "POST"};
    std::vector<std::string> cors_allowed_headers{
        "Origin", "Accept", "Content-Type", "X-Requested-With", "X-Server-Time"
    };
    bool unsafe = false;
    std::int64_t max_open_connections = 2'000;
    std::int64_t max_subscription_clients = 1'000;
    std::int64_t max_subscriptions_per_client = 5;
    std::int64_t subscription_buffer_size = 10'000;  ///< events
    std::chrono::milliseconds timeout_broadcast_tx_commit{10'000};
    std::int64_t max_request_batch_size = 1'000;  ///< requests
    std::int64_t max_body_bytes = 1'000'000;
    std::int64_t max_header_bytes = 65'536;
    std::int64_t threads = 1;
};

/// [api]
struct ApiConfig {
    bool enable = true;
    std::string address = "tcp://127.0.0.1:1317";  ///< several with commas
    std::vector<std::string> cors_allowed_origins{};
    std::int64_t max_open_connections = 1'000;
    std::int64_t max_body_bytes = 2'000'000;
    std::int64_t max_header_bytes = 65'536;
    std::int64_t threads = 1;
};

/// [mempool]
struct MempoolConfig {
    bool recheck = true;
    bool broadcast = true;
    std::int64_t size = 20'000;               ///< transactions
    std::int64_t max_txs_bytes = 67'108'864;  ///< of all transactions
    std::int64_t max_tx_bytes = 1'048'576;    ///< of one
    std::int64_t cache_size = 100'000;        ///< hashes
    bool keep_invalid_txs_in_cache = false;
    std::int64_t max_txs_per_sender = 0;  ///< 0 is no limit
    std::int64_t threads = 0;             ///< that check signatures; 0 is one per processor
};

/// [blocksync]
struct BlockSyncConfig {
    bool enabled = true;
    std::int64_t max_buffered_bytes = 67'108'864;  ///< of blocks that wait to be applied
};

/// [consensus]
struct ConsensusConfig {
    std::chrono::milliseconds timeout_propose{3'000};
    std::chrono::milliseconds timeout_propose_delta{500};
    std::chrono::milliseconds timeout_prevote{1'000};
    std::chrono::milliseconds timeout_prevote_delta{500};
    std::chrono::milliseconds timeout_precommit{1'000};
    std::chrono::milliseconds timeout_precommit_delta{500};
    std::chrono::milliseconds target_block_interval{500};  ///< 0 is as fast as votes come
    /// A block without transactions comes after so many intervals (of at least 1 s); 0: as late as
    /// nobody's wait for a proposal ends.
    std::int64_t empty_block_factor = 4;
    bool skip_commit_wait = false;  ///< no pause where all have precommitted, whatever the interval
    std::int64_t double_sign_check_height = 0;  ///< blocks looked back at a start; 0 looks at none
};

/// [storage]
struct StorageConfig {
    std::int64_t retain_blocks = 0;              ///< 0 keeps all
    std::int64_t block_cache_bytes = 8'388'608;  ///< of each busy database
    std::int64_t memtable_bytes = 8'388'608;     ///< likewise
};

enum class Indexer : std::uint8_t { null, kv };

/// [tx_index]
struct TxIndexConfig {
    std::string indexer = "kv";  ///< "kv" or "null"

    Indexer kind() const { return indexer == "kv" ? Indexer::kv : Indexer::null; }
};

/// [instrumentation]
struct InstrumentationConfig {
    bool prometheus = false;
    std::string prometheus_listen_addr = "127.0.0.1:26660";
    std::int64_t max_open_connections = 3;
    std::string namespace_ = "cometbft";  ///< of the metrics' names
};

/// [zmq]
struct ZmqConfig {
    std::string laddr{};  ///< "tcp://127.0.0.1:26661"; empty publishes nothing
    std::vector<std::string> topics{"hashblock", "hashtx"};
    std::int64_t high_water_mark = 1'000;  ///< messages that wait for a subscriber
};

/// [blobs]
struct BlobsConfig {
    bool enable = true;
    std::string dir = "data/blobs";
    std::int64_t max_bytes = std::int64_t{64} << 30;
    std::chrono::milliseconds keep = std::chrono::hours(24);
    std::int64_t relay_bytes = std::int64_t{1} << 30;
    std::string token_file{};
};

/// [worker]
struct WorkerConfig {
    std::string laddr{};  ///< "tcp://127.0.0.1:26670"; empty serves no workers
    std::string key_file = "config/worker_link_key";
    std::vector<std::string> authorized_keys{};  ///< public ones in Z85
    std::int64_t max_sessions = 64;
};

/// Values that load_config (load.h) hands out are within the ranges of the table in options.h.
/// Paths are as they were given; `path` makes them absolute.
struct Config {
    std::filesystem::path home{};  ///< --home, STEELYARD_HOME, else ~/.steelyard; not in the file

    std::string moniker = "anonymous";
    std::string app = "ledger";  ///< the application that runs in the node
    std::string log_level = "info";
    std::string log_format = "plain";
    std::string genesis_file = "config/genesis.json";
    std::string priv_validator_key_file = "config/priv_validator_key.json";
    std::string node_key_file = "config/node_key.json";
    std::string db_dir = "data";  ///< databases, the log of consensus, what the signer signed last

    RpcConfig rpc{};
    ApiConfig api{};
    p2p::SwitchConfig p2p{};
    MempoolConfig mempool{};
    BlockSyncConfig blocksync{};
    ConsensusConfig consensus{};
    StorageConfig storage{};
    BlobsConfig blobs{};
    TxIndexConfig tx_index{};
    InstrumentationConfig instrumentation{};
    ZmqConfig zmq{};
    WorkerConfig worker{};

    Config() { p2p.addr_book_file = "config/addrbook.json"; }

    /// A path of the configuration: relative ones begin at home.
    std::filesystem::path path(const std::filesystem::path& given) const { return home / given; }
};

}  // namespace steelyard::node
