// RpcService: the RPC of a node: its routes, subscribers, servers and metrics; REST as well.
#pragma once

#include "index/block_cache.h"
#include "index/search.h"
#include "node/blob_host.h"
#include "node/blob_service.h"
#include "node/commit_pipeline.h"
#include "node/job_reports.h"
#include "node/metrics_source.h"
#include "node/rest_service.h"
#include "node/rpc_views.h"
#include "node/settings.h"
#include "rpc/market/market_routes.h"

namespace steelyard::node {

/// Who hears of committed blocks over RPC. Made before consensus runs.
struct Subscribers {
    explicit Subscribers(const rpc::SubscriptionLimits& limits) : events(limits) {}

    rpc::EventBus events;
    rpc::TxWaits waits{};
};

/// What the routes read. All of it outlives the service.
struct RpcParts {
    const Config& config;
    const chain::GenesisDoc& genesis;
    Stores& stores;
    abci::Application& application;
    p2p::Switch& peers;
    ConsensusHost& consensus;
    MempoolHost& mempool;
    rpc::Metrics& metrics;
    Subscribers& subscribers;
    index::Indexer* indexer = nullptr;
    const rpc::ZmqPublisher* publisher = nullptr;
    BlobService* blobs = nullptr;
    BlobHost* blob_host = nullptr;  ///< with `blobs`
    const JobReports& job_reports;
    std::optional<crypto::PublicKey> validator_key{};
    const std::atomic<bool>& has_failed;
    std::function<std::optional<std::string>()> stuck_thread{};
    const std::atomic<std::int64_t>& applied;
};

class WorkerService;

/// Serves from `start` until `stop`.
class RpcService final : private rpc::AppView, private rpc::StatusView {
public:
    static Result<std::unique_ptr<RpcService>> start(const RpcParts& parts);
    ~RpcService() override;

    void stop();
    std::vector<std::uint16_t> ports() const;
    std::vector<std::uint16_t> rest_ports() const;

    /// Whose sessions the metrics count, from now on.
    void show_workers(const WorkerService& workers) { workers_ = &workers; }

    /// The node's own services and the application, as all faces ask them. Thread-safe.
    rpc::AppView& queries() { return *services_; }

private:
    explicit RpcService(const RpcParts& parts);

    // rpc::AppView
    Result<abci::ApplicationInfo> info() override;
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override;
    Result<abci::CheckTxResult> check_tx(ByteView tx) override;

    // rpc::StatusView
    rpc::NodeDescription node() const override;
    bool catching_up() const override { return parts_.consensus.is_syncing(); }
    std::optional<crypto::PublicKey> validator_key() const override { return parts_.validator_key; }

    rpc::Health health() const;
    std::string metrics_text();
    void gather_blobs(const rpc::ServerStats& stats);
    void gather_workers();
    services::ServicePorts service_ports();
    rpc::MethodTable table();
    std::optional<rpc::JobProgress> progress_of(const rpc::JobName& name) const;

    RpcParts parts_;
    SystemClock clock_{};
    StoredChain chain_;
    LiveConsensus live_consensus_;
    LivePeers live_peers_;
    index::BlockCache blocks_;
    std::optional<index::Searcher> searcher_{};
    MetricsSource metrics_;
    std::optional<services::Services> services_{};  ///< before this, the application
    std::unique_ptr<rpc::Server> server_{};
    std::unique_ptr<RestService> rest_{};
    std::atomic<const rpc::Server*> serving_ = nullptr;       ///< once it runs, for metrics
    std::atomic<const RestService*> serving_rest_ = nullptr;  ///< likewise
    std::atomic<const WorkerService*> workers_ = nullptr;     ///< likewise
};

}  // namespace steelyard::node
