// Routes: CometBFT 0.38's methods as rows of the table of methods.
#pragma once

#include "chain/genesis.h"
#include "index/search.h"
#include "rpc/method.h"
#include "rpc/ports.h"
#include "rpc/tx_waits.h"

namespace steelyard::rpc {

class MethodTable;

/// What the routes answer from. Everything outlives the table, and is thread-safe.
struct RoutePorts {
    const ChainReader& chain;
    const ConsensusView& consensus;
    TxPoolView& pool;
    NetView& net;
    AppView& app;
    EvidenceView& evidence;
    const StatusView& status;
    index::BlockCache& blocks;
    const index::Indexer* indexer = nullptr;    ///< null: transactions are not indexed
    const index::Searcher* searcher = nullptr;  ///< null together with it
    TxWaits& waits;
};

struct RouteConfig {
    bool unsafe = false;  ///< offer dial_seeds, dial_peers and unsafe_flush_mempool
    std::chrono::nanoseconds commit_timeout = std::chrono::seconds(10);  ///< broadcast_tx_commit's
};

/// What the routes that only read the stores answer from. Everything outlives the table.
struct StoredPorts {
    const ChainReader& chain;
    index::BlockCache& blocks;
    const index::Indexer* indexer = nullptr;    ///< null: transactions are not indexed
    const index::Searcher* searcher = nullptr;  ///< null together with it
    std::function<bool()> catching_up{};        ///< empty: no blocks are being fetched
};

/// Adds the routes that need no running node, as CometBFT's `inspect`.
void add_stored_routes(MethodTable& table, const StoredPorts& ports);

/// Adds every route of CometBFT but for the subscriptions.
void add_routes(
    MethodTable& table,
    const RoutePorts& ports,
    const chain::GenesisDoc& genesis,
    const RouteConfig& config = {}
);

}  // namespace steelyard::rpc
