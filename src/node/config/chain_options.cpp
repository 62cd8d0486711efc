#include "node/config/checks.h"
#include "node/config/option_table.h"

#define AT STEELYARD_AT

namespace steelyard::node {

namespace {

// clang-format off: a table reads best with a row to each option.
const Option top[] = {
    {"", "moniker", AT(moniker), "The node's name, for people.", {}, 0, 0, check_moniker},
    {"", "app", AT(app), "The application that runs in the node.", {}, 0, 0, check_application},
    {"", "log_level", AT(log_level), "debug, info, warn, error or none; or a level for each module, as \"consensus:debug,p2p:error,*:info\".", {}, 0, 0, check_log_level},
    {"", "log_format", AT(log_format), "\"plain\" (logfmt) or \"json\". Logs go to standard error.", {}, 0, 0, check_log_format},
    {"", "genesis_file", AT(genesis_file), "The genesis document. Paths are relative to the home.", {}, 0, 0, check_path},
    {"", "priv_validator_key_file", AT(priv_validator_key_file), "The validator's key. Readable by its owner only.", {}, 0, 0, check_path},
    {"", "node_key_file", AT(node_key_file), "The key that the node proves its id with. Readable by its owner only.", {}, 0, 0, check_path},
    {"", "db_dir", AT(db_dir), "Databases, the log of consensus, and priv_validator_state.json: what was signed last.", {}, 0, 0, check_path},
};

const Option others[] = {
    {"mempool", "recheck", AT(mempool.recheck), "Checks the transactions that wait again after each block."},
    {"mempool", "broadcast", AT(mempool.broadcast), "Passes transactions on to peers."},
    {"mempool", "size", AT(mempool.size), "Transactions that wait.", "transactions", 1, 10 * count_max},
    {"mempool", "max_txs_bytes", AT(mempool.max_txs_bytes), "Size of all transactions that wait.", "bytes", 1'024, memory_max},
    {"mempool", "max_tx_bytes", AT(mempool.max_tx_bytes), "Size of one transaction.", "bytes", 1, 1 << 26},
    {"mempool", "cache_size", AT(mempool.cache_size), "Transactions whose hashes are remembered, so that they are checked once.", "transactions", 0, 100 * count_max},
    {"mempool", "keep_invalid_txs_in_cache", AT(mempool.keep_invalid_txs_in_cache), "Remembers refused transactions too. Only where what is invalid stays so."},
    {"mempool", "max_txs_per_sender", AT(mempool.max_txs_per_sender), "Transactions of one sender that wait; 0 is no limit.", "transactions", 0, 10 * count_max},
    {"mempool", "threads", AT(mempool.threads), "Threads that check signatures; 0 is one per processor.", "threads", 0, 256},

    {"blocksync", "enabled", AT(blocksync.enabled), "Fetches blocks from peers until the node has caught up, at a start and when it fell behind."},
    {"blocksync", "max_buffered_bytes", AT(blocksync.max_buffered_bytes), "Size of the fetched blocks that wait to be applied.", "bytes", 1 << 20, memory_max},

    {"consensus", "timeout_propose", AT(consensus.timeout_propose), "How long the first round waits for a proposal.", {}, 1, hour},
    {"consensus", "timeout_propose_delta", AT(consensus.timeout_propose_delta), "What each further round adds.", {}, 0, hour},
    {"consensus", "timeout_prevote", AT(consensus.timeout_prevote), "How long to wait for more prevotes after two thirds that do not agree.", {}, 1, hour},
    {"consensus", "timeout_prevote_delta", AT(consensus.timeout_prevote_delta), "What each further round adds.", {}, 0, hour},
    {"consensus", "timeout_precommit", AT(consensus.timeout_precommit), "How long to wait for more precommits after two thirds that do not agree.", {}, 1, hour},
    {"consensus", "timeout_precommit_delta", AT(consensus.timeout_precommit_delta), "What each further round adds.", {}, 0, hour},
    {"consensus", "target_block_interval", AT(consensus.target_block_interval), "The pace of blocks with transactions; 0s is as fast as votes come.", {}, 0, hour},
    {"consensus", "empty_block_factor", AT(consensus.empty_block_factor), "An empty block comes after so many target intervals without transactions, but at most half of timeout_propose later than one with transactions, so that nobody's wait for a proposal ends before; 0 is that limit.", "intervals", 0, count_max},
    {"consensus", "skip_commit_wait", AT(consensus.skip_commit_wait), "Begins the next height without waiting for its interval, where all validators have precommitted the last."},
    {"consensus", "double_sign_check_height", AT(consensus.double_sign_check_height), "At a start, refuses to run if the validator's own signature is in one of so many last blocks; 0 looks at none.", "blocks", 0, count_max},

    {"storage", "retain_blocks", AT(storage.retain_blocks), "Blocks that are kept, and a few more; 0 keeps all. Those that evidence may still be about stay in any case: by default two days and 100,000 blocks.", "blocks", 0, std::int64_t{1} << 53},
    {"storage", "block_cache_bytes", AT(storage.block_cache_bytes), "Read cache of each busy database.", "bytes", 1 << 20, memory_max},
    {"storage", "memtable_bytes", AT(storage.memtable_bytes), "Write buffer of each busy database; up to two are in memory.", "bytes", 1 << 20, 1 << 30},

    {"blobs", "enable", AT(blobs.enable), "Keeps blobs (inputs and results of jobs) and serves them under /blobs of the RPC."},
    {"blobs", "dir", AT(blobs.dir), "The folder of the blobs. Relative to the home.", {}, 0, 0, check_path},
    {"blobs", "max_bytes", AT(blobs.max_bytes), "Size of all blobs, those that are not whole yet included.", "bytes", 1 << 20, std::int64_t{1} << 50},
    {"blobs", "keep", AT(blobs.keep), "How long a blob that no job holds is kept after its last use; then it makes room for others.", {}, 0, 24 * 365 * hour},
    {"blobs", "relay_bytes", AT(blobs.relay_bytes), "Size of the largest blob that is fetched for a peer; 0 fetches none.", "bytes", 0, std::int64_t{1} << 50},
    {"blobs", "token_file", AT(blobs.token_file), "A file with a token (16 to 256 printable characters, readable by its owner only) that lets others than this machine upload and list blobs. Empty lets nobody.", {}, 0, 0, check_optional_path},

    {"tx_index", "indexer", AT(tx_index.indexer), "\"kv\" finds transactions and blocks by hash and events; \"null\" keeps no index.", {}, 0, 0, check_indexer},

    {"instrumentation", "prometheus", AT(instrumentation.prometheus), "Serves metrics at prometheus_listen_addr under /metrics."},
    {"instrumentation", "prometheus_listen_addr", AT(instrumentation.prometheus_listen_addr), "HOST:PORT of the metrics; :PORT is on every address.", {}, 0, 0, check_host_port},
    {"instrumentation", "max_open_connections", AT(instrumentation.max_open_connections), "Connections to the metrics at a time.", "connections", 1, 10'000},
    {"instrumentation", "namespace", AT(instrumentation.namespace_), "What metrics' names begin with. The default lets CometBFT's dashboards work.", {}, 0, 0, check_metric_namespace},

    {"zmq", "laddr", AT(zmq.laddr), "Where a ZeroMQ PUB socket publishes. Empty publishes nothing.", {}, 0, 0, check_publish_address},
    {"zmq", "topics", AT(zmq.topics), "What is published: hashblock, rawblock, hashtx, rawtx, event.", {}, 0, 0, check_topic},
    {"zmq", "high_water_mark", AT(zmq.high_water_mark), "Messages that wait for a slow subscriber; further ones are lost to him.", "messages", 1, 10 * count_max},

    {"worker", "laddr", AT(worker.laddr), "Where workers of this node's provider connect (CURVE over ZeroMQ), such as tcp://127.0.0.1:26670. Empty serves none.", {}, 0, 0, check_publish_address},
    {"worker", "key_file", AT(worker.key_file), "The node's key of that link; it is made if it is not there. `steelyardd worker-key` shows the public one, which workers need.", {}, 0, 0, check_path},
    {"worker", "authorized_keys", AT(worker.authorized_keys), "Public keys, in Z85, of the workers that may connect: they use this node as their own. No others do.", {}, 0, 0, check_worker_key},
    {"worker", "max_sessions", AT(worker.max_sessions), "Workers at a time, one for each key.", "sessions", 1, 1'024},
};
// clang-format on

}  // namespace

std::span<const Option> chain_options() {
    return top;
}

std::span<const Option> other_options() {
    return others;
}

}  // namespace steelyard::node
