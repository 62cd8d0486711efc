// Services: the queries of the Cosmos SDK's services that the node answers itself, since they are
// of blocks, transactions and the node; all others go on to the application.
#pragma once

#include "index/search.h"
#include "rpc/ports.h"

#include <map>

namespace steelyard::services {

/// What the answers come from. Everything outlives the Services, and is thread-safe.
struct ServicePorts {
    const rpc::ChainReader& chain;
    index::BlockCache& blocks;
    rpc::TxPoolView& pool;
    rpc::AppView& app;  ///< where other queries go
    const rpc::StatusView& status;
    const index::Indexer* indexer = nullptr;    ///< null: transactions are not indexed
    const index::Searcher* searcher = nullptr;  ///< null together with it
};

struct ServiceConfig {
    std::string fee_denom{};            ///< such as "uyard"
    std::string consensus_prefix{};     ///< of validators' addresses in bech32
    std::int64_t retain_blocks = 0;     ///< 0 keeps all
    std::chrono::seconds patience{10};  ///< for the check of a transaction
};

/// An error is fatal for the node; a question without an answer is a result with a code.
using QueryDone = std::move_only_function<void(Result<abci::QueryResult>)>;

/// The application with the node's own services before it. Thread-safe. Outlives the answers that
/// it still owes.
class Services final : public rpc::AppView {
public:
    Services(const ServicePorts& ports, ServiceConfig config);
    ~Services() override;

    /// `done` is called once, by any thread, perhaps before this returns.
    void query(const abci::QueryRequest& request, QueryDone done);

    /// Waits for the answer.
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override;

    Result<abci::ApplicationInfo> info() override { return ports_.app.info(); }
    Result<abci::CheckTxResult> check_tx(ByteView tx) override { return ports_.app.check_tx(tx); }

    /// The paths that are answered here, "/package.Service/Method", sorted.
    std::vector<std::string_view> paths() const;

private:
    class Handlers;

    abci::QueryResult answered(Bytes value) const;

    ServicePorts ports_;
    ServiceConfig config_;
    std::unique_ptr<Handlers> handlers_;
};

}  // namespace steelyard::services
