#include "node/node.h"

#include "base/log.h"
#include "chain/cached_verifier.h"
#include "consensus/engine/recovery.h"
#include "consensus/sync/stored_chain.h"
#include "node/applications.h"
#include "node/beacon_check.h"
#include "node/blob_host.h"
#include "node/blob_service.h"
#include "node/home_files.h"
#include "node/pruner.h"
#include "node/rpc_service.h"
#include "node/timed_application.h"
#include "node/worker_blobs.h"

namespace steelyard::node {
namespace {

/// Of good signatures remembered: some heights of the votes of a large validator set.
constexpr std::size_t verdicts_max = 16'384;

/// Whose transactions a node knows as committed when it starts.
constexpr std::int64_t recent_blocks = 20;

/// For a window to leave in.
constexpr std::chrono::seconds leave_patience{60};

const log::Logger& logger() {
    static const log::Logger instance("node");
    return instance;
}

}  // namespace

/// In the order in which one part needs the other; destroyed the other way round.
class Node::Impl {
public:
    Impl(const Config& config, std::function<void(const Error&)> failed)
        : config_(config), failed_(std::move(failed)), threads_(checker_threads(config)) {}
    ~Impl() { stop(); }

    Result<void> open();
    Result<void> begin();
    void stop();
    std::optional<std::string> find_stuck_thread();
    void leave_in_window(std::function<void()> left) {
        consensus_->leave_in_window(leave_patience, std::move(left));
    }
    NodeAddresses addresses() const;

private:
    Result<void> open_chain();
    engine::TxPreparer tx_preparer();
    Result<void> remember_recent_txs();
    Result<void> open_index();
    void make_pruner();
    void check_beacon_keys();
    std::optional<crypto::PublicKey> validator_key() const;
    void make_mempool();
    void make_blob_host();
    Result<void> make_consensus();
    Result<void> serve_workers();
    void fail(const Error& error);

    const Config config_;
    std::function<void(const Error&)> failed_;
    std::atomic<bool> has_failed_ = false;
    std::atomic<std::int64_t> applied_ = 0;
    bool is_stopped_ = false;

    SystemRandom random_{};
    SystemClock clock_{};
    ThreadPool threads_;
    chain::CachedVerifier verifier_{threads_, verdicts_max};
    std::optional<chain::GenesisDoc> genesis_{};
    std::optional<rpc::Metrics> metrics_{};
    std::unique_ptr<Stores> stores_{};
    std::unique_ptr<StoredChain> stored_{};
    std::unique_ptr<BlobService> blobs_{};
    std::unique_ptr<engine::Signer> signer_{};
    std::unique_ptr<abci::Application> application_{};
    std::unique_ptr<evidence::Pool> evidence_{};
    std::unique_ptr<p2p::Switch> switch_{};
    std::unique_ptr<MempoolHost> mempool_{};
    std::unique_ptr<BlobHost> blob_host_{};
    std::unique_ptr<engine::BlockExecutor> executor_{};
    std::unique_ptr<index::Indexer> indexer_{};
    std::unique_ptr<Subscribers> subscribers_{};
    std::unique_ptr<rpc::ZmqPublisher> publisher_{};
    std::unique_ptr<Pruner> pruner_{};
    std::optional<CommitMeter> commit_meter_{};
    std::optional<RoundMeter> round_meter_{};
    std::unique_ptr<CommitPipeline> commits_{};
    std::unique_ptr<sync::StoredChain> chain_{};
    std::unique_ptr<ConsensusHost> consensus_{};
    JobReports job_reports_{};
    std::unique_ptr<RpcService> rpc_{};
    std::unique_ptr<WorkerService> workers_{};
};

void Node::Impl::fail(const Error& error) {
    if (!has_failed_.exchange(true)) {
        failed_(error);
    }
}

Result<void> Node::Impl::open() {
    TRY_ASSIGN(genesis_, read_genesis(config_));
    TRY_ASSIGN(auto node_key, read_node_key(config_));
    TRY_ASSIGN(stores_, Stores::open(store_options(config_)));
    if (config_.blobs.enable) {
        TRY_ASSIGN(blobs_, BlobService::open(config_, clock_));
    }
    TRY_ASSIGN(signer_, open_signer(config_, genesis_->chain_id, stores_->signer_folder()));
    metrics_.emplace(
        config_.instrumentation.namespace_, genesis_->chain_id.text(), rpc::node_metrics()
    );
    TRY_ASSIGN(auto opened, open_application(config_, stores_->application()));
    application_ = std::make_unique<TimedApplication>(std::move(opened), *metrics_, clock_);
    TRY_ASSIGN(const auto application, application_->info());
    p2p::SwitchConfig peers = config_.p2p;
    if (!peers.addr_book_file.empty()) {
        peers.addr_book_file = config_.path(peers.addr_book_file);
    }
    TRY_ASSIGN(
        switch_,
        p2p::Switch::create(
            std::move(peers),
            std::move(node_key),
            node_info(config_, genesis_->chain_id, application.app_version),
            random_
        )
    );
    make_mempool();
    if (blobs_) {
        make_blob_host();
    }
    TRY(open_chain());
    TRY(open_index());
    make_pruner();
    check_beacon_keys();
    return make_consensus();
}

void Node::Impl::make_mempool() {
    MempoolSettings settings = mempool_settings(config_);
    settings.pool.prepare_txs = application_->prepares_txs();
    mempool_ = std::make_unique<MempoolHost>(
        settings,
        *application_,
        threads_,
        *switch_,
        clock_,
        MempoolHost::Events{
            .on_txs_available = [this] { consensus_->txs_available(); },
            .on_admitted = [sizes = metrics_->histogram("mempool_tx_size_bytes")](std::size_t size
                           ) mutable { sizes.observe(static_cast<double>(size)); },
            .on_failure = [this](const Error& error) { fail(error); },
        }
    );
}

/// Who asks the store for what is not there has it looked for, and what comes another way is told.
void Node::Impl::make_blob_host() {
    blob_host_ = std::make_unique<BlobHost>(
        blob::ExchangeConfig{.relay_bytes = static_cast<std::uint64_t>(config_.blobs.relay_bytes)},
        blobs_->store(),
        *switch_,
        clock_
    );
    blobs_->set_fetcher(
        [this](const blob::Hash256& id, std::chrono::seconds patience, BlobHost::Done done) {
            blob_host_->fetch(id, patience, std::move(done));
        }
    );
    blobs_->set_listener([this](const blob::Hash256& id) { blob_host_->added(id); });
}

/// What the last run left is brought to one height.
Result<void> Node::Impl::open_chain() {
    TRY_ASSIGN(
        evidence_,
        evidence::Pool::open(
            stores_->evidence(),
            stores_->history(),
            {.chain_id = genesis_->chain_id,
             .initial_height = genesis_->initial_height,
             .verifier = verifier_.function()}
        )
    );
    const engine::BlockExecutor::Parts parts{
        .states = stores_->states(),
        .blocks = stores_->blocks(),
        .evidence = *evidence_,
        .application = *application_,
        .pool = mempool_.get(),
        .prepare = tx_preparer(),
    };
    TRY_ASSIGN(executor_, engine::BlockExecutor::open(parts, *genesis_, verifier_.function()));
    // Before the index looks at the blocks: the last one may not have been executed yet.
    TRY(engine::apply_stored_block(*executor_, stores_->blocks(), nullptr));
    applied_ = executor_->state().last_height.value();
    const chain::BlockParams& limits = executor_->state().consensus_params.block;
    mempool_->pool().set_block_limits(limits.max_bytes, limits.max_gas);
    mempool_->pool().set_height(executor_->state().last_height);
    return remember_recent_txs();
}

/// Signatures are checked on all threads before a block's transactions are executed in order.
engine::TxPreparer Node::Impl::tx_preparer() {
    if (!application_->prepares_txs()) {
        return {};
    }
    return [this](std::span<const Bytes> txs) {
        threads_.parallel_for(txs.size(), [&](std::size_t index) {
            application_->prepare_tx(txs[index]);
        });
    };
}

/// What the mempool knows of committed transactions is lost when a node ends. A peer that has not
/// applied these blocks yet still holds and sends them, and a client may repeat them: without this
/// they would be taken, and proposed, once more.
Result<void> Node::Impl::remember_recent_txs() {
    const storage::BlockRange range = stores_->blocks().range();
    if (range.empty()) {
        return {};
    }
    const std::int64_t tip = range.tip.value();
    const std::int64_t first = std::max(range.base.value(), tip - recent_blocks + 1);
    for (std::int64_t height = first; height <= tip; ++height) {
        TRY_ASSIGN(const auto block, stores_->blocks().load_block(chain::Height(height)));
        TRY_ASSIGN(const auto results, stores_->states().load_results(chain::Height(height)));
        TRY(mempool_->pool().commit(block, results, [] { return Result<void>(); }));
    }
    return {};
}

void Node::Impl::make_pruner() {
    pruner_ = std::make_unique<Pruner>(Pruner::Parts{
        .retain_blocks = config_.storage.retain_blocks,
        .source = *stored_,
        .blocks = stores_->blocks(),
        .states = stores_->states(),
        .indexer = indexer_.get(),
        .failed = [this](const Error& error) { fail(error); },
    });
}

Result<void> Node::Impl::open_index() {
    stored_ = std::make_unique<StoredChain>(stores_->blocks(), stores_->states(), applied_);
    if (config_.tx_index.kind() == Indexer::null) {
        return {};
    }
    TRY_ASSIGN(indexer_, index::Indexer::open(stores_->index()));
    TRY_ASSIGN(const auto indexed, indexer_->recover(*stored_));
    if (indexed > 0) {
        logger().info("indexed blocks", {{"count", indexed}, {"height", applied_.load()}});
    }
    return {};
}

/// Of a validator: nobody else needs them.
void Node::Impl::check_beacon_keys() {
    const auto key = validator_key();
    const bool proposes = key && executor_->state().validators.index_of(key->address());
    if (config_.app != "ledger" || !proposes) {
        return;
    }
    if (const auto doubt = doubt_about_beacon_keys(*application_, BeaconKeys(config_.home))) {
        logger().warn("the beacon key will not do", {{"why", *doubt}});
    }
}

std::optional<crypto::PublicKey> Node::Impl::validator_key() const {
    return signer_ ? std::optional(signer_->public_key()) : std::nullopt;
}

Result<void> Node::Impl::make_consensus() {
    subscribers_ = std::make_unique<Subscribers>(subscription_limits(config_));
    TRY_ASSIGN(const auto bindings, zmq_bindings(config_));
    if (!bindings.empty()) {
        const auto high_water_mark = static_cast<int>(config_.zmq.high_water_mark);
        TRY_ASSIGN(publisher_, rpc::ZmqPublisher::start(bindings, high_water_mark));
    }
    const auto key = validator_key();
    commit_meter_.emplace(CommitMeter::Parts{
        .metrics = *metrics_,
        .blocks = stores_->blocks(),
        .states = stores_->states(),
        .address = key ? std::optional(key->address()) : std::nullopt,
    });
    round_meter_.emplace(*metrics_);
    commits_ = std::make_unique<CommitPipeline>(CommitPipeline::Parts{
        .indexer = indexer_.get(),
        .events = subscribers_->events,
        .waits = subscribers_->waits,
        .meter = *commit_meter_,
        .applied = applied_,
        .publisher = publisher_.get(),
        .pruner = pruner_.get(),
        .on_block =
            [this](const chain::Header& header) {
                if (workers_) {
                    workers_->committed(header.height, header.time);
                }
            },
        .failed = [this](const Error& error) { fail(error); },
    });
    // The block that a crash left to be applied was applied before the index was opened.
    TRY_ASSIGN(chain_, sync::StoredChain::open({*executor_, stores_->blocks(), commits_.get()}));
    consensus_ = std::make_unique<ConsensusHost>(
        consensus_settings(config_, *genesis_, verifier_.function(), validator_key()),
        ConsensusPorts{
            .executor = *executor_,
            .evidence = *evidence_,
            .blocks = stores_->blocks(),
            .chain = *chain_,
            .wal_directory = stores_->wal(),
            .random = random_,
            .signer = signer_.get(),
            .link = *switch_,
            .clock = clock_,
            .observer = *commits_,
            .events = subscribers_->events,
            .meter = *round_meter_,
            .failed = [this](const Error& error) { fail(error); },
            .peer_height = [this](
                               PeerId peer, chain::Height height
                           ) { mempool_->set_peer_height(peer, height); },
            .far_behind = [this](bool is_far) { mempool_->set_active(!is_far); },
        }
    );
    switch_->add_reactor(*consensus_);
    switch_->add_reactor(*mempool_);
    if (blob_host_) {
        switch_->add_reactor(*blob_host_);
    }
    return {};
}

Result<void> Node::Impl::begin() {
    TRY(switch_->open());  // the RPC shows what the switch tells of us
    TRY_ASSIGN(
        rpc_,
        RpcService::start({
            .config = config_,
            .genesis = *genesis_,
            .stores = *stores_,
            .application = *application_,
            .peers = *switch_,
            .consensus = *consensus_,
            .mempool = *mempool_,
            .metrics = *metrics_,
            .subscribers = *subscribers_,
            .indexer = indexer_.get(),
            .publisher = publisher_.get(),
            .blobs = blobs_.get(),
            .blob_host = blob_host_.get(),
            .job_reports = job_reports_,
            .validator_key = validator_key(),
            .has_failed = has_failed_,
            .stuck_thread = [this] { return find_stuck_thread(); },
            .applied = applied_,
        })
    );
    TRY(serve_workers());
    mempool_->start();
    if (blob_host_) {
        blob_host_->start();
    }
    consensus_->start();
    pruner_->start();
    TRY(switch_->start());
    logger().info(
        "the node runs",
        {{"id", switch_->node_info().id.text()},
         {"chain", genesis_->chain_id.text()},
         {"height", executor_->state().last_height.value()},
         {"validator", signer_ != nullptr}}
    );
    return {};
}

/// Before consensus runs, whose blocks workers are told of.
Result<void> Node::Impl::serve_workers() {
    if (config_.worker.laddr.empty()) {
        return {};
    }
    TRY_ASSIGN(
        workers_,
        WorkerService::start(
            config_,
            genesis_->chain_id,
            {.app = rpc_->queries(),
             .pool = *mempool_,
             .catching_up = [this] { return consensus_->is_syncing(); },
             .chain = *stored_,
             .indexer = indexer_.get(),
             .blobs = blobs_ ? worker_blobs(*blobs_, blob_host_.get()) : WorkerBlobs{},
             .reports = job_reports_,
             .clock = clock_}
        )
    );
    rpc_->show_workers(*workers_);
    if (const consensus::ChainState& state = executor_->state(); state.last_height.value() > 0) {
        workers_->committed(state.last_height, state.last_block_time);
    }
    return {};
}

void Node::Impl::stop() {
    if (std::exchange(is_stopped_, true)) {
        return;
    }
    if (rpc_) {
        rpc_->stop();
    }
    if (workers_) {
        workers_->stop();
    }
    if (switch_) {
        switch_->stop();
    }
    if (consensus_) {
        consensus_->stop();
    }
    if (pruner_) {
        pruner_->stop();
    }
    if (mempool_) {
        mempool_->stop();
    }
    if (blob_host_) {
        blob_host_->stop();
    }
}

std::optional<std::string> Node::Impl::find_stuck_thread() {
    if (!consensus_->look([](const consensus::State*, const consensus::ChainState&) {})) {
        return "consensus";
    }
    if (!mempool_->gossip_stats()) {
        return "mempool";
    }
    if (blob_host_ && !blob_host_->stats()) {
        return "blobs";
    }
    if (!switch_->answers(ConsensusHost::patience)) {
        return "peers";
    }
    return std::nullopt;
}

NodeAddresses Node::Impl::addresses() const {
    return {
        .id = switch_->node_info().id.text(),
        .p2p_port = switch_->listen_port(),
        .rpc_ports = rpc_->ports(),
        .rest_ports = rpc_->rest_ports(),
        .worker_address = workers_ ? workers_->address() : "",
    };
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::start(
    const Config& config, std::function<void(const Error&)> failed
) {
    auto impl = std::make_unique<Impl>(config, std::move(failed));
    TRY(impl->open());
    TRY(impl->begin());
    return std::unique_ptr<Node>(new Node(std::move(impl)));
}

void Node::stop() {
    impl_->stop();
}

void Node::leave_in_window(std::function<void()> left) {
    impl_->leave_in_window(std::move(left));
}

std::optional<std::string> Node::find_stuck_thread() {
    return impl_->find_stuck_thread();
}

NodeAddresses Node::addresses() const {
    return impl_->addresses();
}

}  // namespace steelyard::node
