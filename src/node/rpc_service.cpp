#include "node/rpc_service.h"

#include "base/version.h"
#include "ledger/state/context.h"
#include "node/receipts.h"
#include "node/worker_service.h"
#include "rpc/market/market_routes.h"

namespace steelyard::node {

RpcService::RpcService(const RpcParts& parts)
    : parts_(parts),
      chain_(parts.stores.blocks(), parts.stores.states(), parts.applied),
      live_consensus_(parts.consensus, parts.peers),
      live_peers_(parts.peers),
      blocks_(chain_),
      metrics_({
          .metrics = parts.metrics,
          .consensus = parts.consensus,
          .mempool = parts.mempool,
          .peers = parts.peers,
      }) {
    if (parts_.indexer) {
        searcher_.emplace(*parts_.indexer, blocks_, clock_);
    }
    services_.emplace(
        service_ports(),
        services::ServiceConfig{
            .fee_denom = std::string(ledger::base_denom),
            .consensus_prefix = std::string(ledger::consensus_prefix),
            .retain_blocks = parts_.config.storage.retain_blocks,
        }
    );
}

RpcService::~RpcService() {
    stop();
}

Result<std::unique_ptr<RpcService>> RpcService::start(const RpcParts& parts) {
    std::unique_ptr<RpcService> service(new RpcService(parts));
    RpcService& self = *service;
    const rpc::ServerPorts ports{
        .health = [&self] { return self.health(); },
        .stuck_thread = parts.stuck_thread,
        .metrics = [&self] { return self.metrics_text(); },
        .client_gone = [&self](rpc::ClientId client
                       ) { self.parts_.subscribers.events.client_gone(client); },
        .blobs = parts.blobs,
        .blob_token = parts.blobs ? parts.blobs->token() : "",
    };
    TRY_ASSIGN(self.server_, rpc::Server::start(server_config(parts.config), self.table(), ports));
    self.serving_ = self.server_.get();
    if (parts.config.api.enable) {
        TRY_ASSIGN(self.rest_, RestService::start(parts.config, *self.services_));
        self.serving_rest_ = self.rest_.get();
    }
    return service;
}

void RpcService::stop() {
    if (rest_) {
        rest_->stop();
    }
    if (server_) {
        server_->stop();
    }
}

std::vector<std::uint16_t> RpcService::ports() const {
    return server_->ports();
}

std::vector<std::uint16_t> RpcService::rest_ports() const {
    return rest_ ? rest_->ports() : std::vector<std::uint16_t>();
}

services::ServicePorts RpcService::service_ports() {
    return {
        .chain = chain_,
        .blocks = blocks_,
        .pool = parts_.mempool,
        .app = *this,
        .status = *this,
        .indexer = parts_.indexer,
        .searcher = searcher_ ? &*searcher_ : nullptr,
    };
}

rpc::MethodTable RpcService::table() {
    rpc::MethodTable table{std::string(version)};
    const rpc::RoutePorts ports{
        .chain = chain_,
        .consensus = live_consensus_,
        .pool = parts_.mempool,
        .net = live_peers_,
        .app = *services_,
        .evidence = live_consensus_,
        .status = *this,
        .blocks = blocks_,
        .indexer = parts_.indexer,
        .searcher = searcher_ ? &*searcher_ : nullptr,
        .waits = parts_.subscribers.waits,
    };
    rpc::add_routes(table, ports, parts_.genesis, route_config(parts_.config));
    rpc::add_subscription_methods(table, parts_.subscribers.events);
    if (parts_.config.app == "ledger") {
        rpc::add_market_routes(
            table,
            {.app = *services_,
             .progress = [this](const rpc::JobName& name) { return progress_of(name); },
             .receipt =
                 [this](const rpc::JobName& name) {
                     return make_receipt(
                         *this, chain_, {market::OrderId{name.order_id}, name.task}
                     );
                 }}
        );
    }
    return table;
}

std::optional<rpc::JobProgress> RpcService::progress_of(const rpc::JobName& name) const {
    const auto report = parts_.job_reports.find(name.order_id, name.task);
    if (!report) {
        return std::nullopt;
    }
    return rpc::JobProgress{
        .stage = report->stage,
        .done = report->done,
        .of = report->of,
        .line = report->line,
        .time = report->at,
    };
}

rpc::Health RpcService::health() const {
    if (parts_.has_failed) {
        return {rpc::Health::State::halted, {"the chain cannot go on here; see the log"}};
    }
    if (parts_.consensus.is_syncing()) {
        return {rpc::Health::State::catching_up, {"fetching blocks"}};
    }
    return {};
}

std::string RpcService::metrics_text() {
    const auto number = [](auto value) { return static_cast<double>(value); };
    rpc::Metrics& metrics = parts_.metrics;
    const auto count_refusals = [&](std::string_view name, const rpc::ServerStats& stats) {
        const auto count = [&](std::string_view reason, std::uint64_t total) {
            metrics.set_total(name, number(total), {{"reason", reason}});
        };
        count("body_too_large", stats.refused_bodies);
        count("header_too_large", stats.refused_headers);
        count("malformed", stats.refused_malformed);
    };
    // The page may be asked for before `start` has returned.
    if (const rpc::Server* server = serving_) {
        const rpc::ServerStats stats = server->stats();
        metrics.set("rpc_open_connections", number(stats.open_connections));
        metrics.set("rpc_open_websockets", number(stats.open_websockets));
        metrics.set_total("rpc_connections_total", number(stats.connections));
        metrics.set_total("rpc_http_requests_total", number(stats.http_requests));
        metrics.set_total("rpc_websocket_messages_total", number(stats.websocket_messages));
        metrics.set_total("rpc_events_sent_total", number(stats.events_sent));
        metrics.set_total("rpc_slow_clients_total", number(stats.slow_clients));
        metrics.set_total("rpc_timeouts_total", number(stats.timeouts));
        count_refusals("rpc_requests_refused_total", stats);
        gather_blobs(stats);
    }
    if (const RestService* rest = serving_rest_) {
        const rpc::ServerStats stats = rest->stats();
        metrics.set("rest_open_connections", number(stats.open_connections));
        metrics.set_total("rest_http_requests_total", number(stats.http_requests));
        metrics.set_total("rest_timeouts_total", number(stats.timeouts));
        count_refusals("rest_requests_refused_total", stats);
    }
    if (parts_.publisher) {
        const rpc::ZmqStats stats = parts_.publisher->stats();
        metrics.set_total("zmq_published_total", number(stats.published));
        metrics.set_total("zmq_dropped_total", number(stats.dropped));
    }
    gather_workers();
    return metrics_.text();
}

void RpcService::gather_blobs(const rpc::ServerStats& stats) {
    if (parts_.blobs == nullptr) {
        return;
    }
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    const blob::BlobStore::Stats kept = parts_.blobs->store().stats();
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("blob_count", number(kept.blobs));
    metrics.set("blob_parts", number(kept.parts));
    metrics.set("blob_bytes", number(kept.bytes));
    metrics.set("blob_held_bytes", number(kept.held_bytes));
    metrics.set_total("blob_served_bytes_total", number(stats.body_bytes_sent));
    metrics.set_total("blob_uploaded_bytes_total", number(stats.blob_bytes_received));
    const auto exchange = parts_.blob_host == nullptr ? std::nullopt : parts_.blob_host->stats();
    if (!exchange) {
        return;
    }
    metrics.set("blob_exchange_fetches", static_cast<double>(exchange->fetches));
    metrics.set("blob_exchange_fetches_in_line", static_cast<double>(exchange->in_line));
    metrics.set_total("blob_exchange_fetched_total", number(exchange->blobs_fetched));
    metrics.set_total("blob_exchange_received_bytes_total", number(exchange->bytes_fetched));
    metrics.set_total("blob_exchange_sent_bytes_total", number(exchange->bytes_served));
    metrics.set_total("blob_exchange_bad_peers_total", number(exchange->bad_peers));
    metrics.set_total("blob_exchange_timeouts_total", number(exchange->timeouts));
}

void RpcService::gather_workers() {
    const WorkerService* const workers = workers_;
    if (workers == nullptr) {
        return;
    }
    const worker::LinkStats stats = workers->stats();
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    rpc::Metrics& metrics = parts_.metrics;
    metrics.set("worker_sessions", number(stats.sessions));
    metrics.set_total("worker_questions_total", number(stats.questions));
    metrics.set_total("worker_refused_total", number(stats.refused));
    metrics.set_total("worker_malformed_total", number(stats.malformed));
    metrics.set_total("worker_timeouts_total", number(stats.timeouts));
}

Result<abci::ApplicationInfo> RpcService::info() {
    return parts_.application.info();
}

Result<abci::QueryResult> RpcService::query(const abci::QueryRequest& request) {
    return parts_.application.query(request);
}

Result<abci::CheckTxResult> RpcService::check_tx(ByteView tx) {
    return parts_.mempool.pool().check_only(tx);
}

rpc::NodeDescription RpcService::node() const {
    rpc::NodeDescription description = describe(parts_.peers.node_info());
    description.other.emplace_back("steelyard_version", std::string(version));
    return description;
}

}  // namespace steelyard::node
